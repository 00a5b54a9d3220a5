// SPDX-License-Identifier: BSL-1.0
// A layer from a file whose form is known when it is opened.
#include <lacuna/format.hpp>
#include <lacuna/interop/any_file.hpp>
#include <lacuna/ops.hpp>
#include <type_traits>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/generators.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

constexpr index_t rows = 37, depth = 96;

matrix<float> any_matrix(index_t m, index_t n, std::uint64_t seed) {
  return test::random_matrix(m, n, 1, seed, [](test::random_source& r) { return r.any(); });
}

using wide_csr = basic_csr<std::int64_t, std::int64_t>;
using mine = forms<sparse_matrix<csr, float>, packed_matrix<bitmap, bf16>>;

}  // namespace

static_assert(std::is_nothrow_move_constructible_v<any_linear> && !std::is_copy_constructible_v<any_linear>);
static_assert(std::is_convertible_v<any_file<>, any_linear> &&
              std::is_convertible_v<any_file<mine>, any_linear>);
static_assert(!std::is_convertible_v<sparse_matrix<csr, float>, any_linear>);

TEST_CASE("a layer of a list of one's own", "[interop]") {
  const test::temporary_file file;
  const auto w = test::random_for<bitmap>(rows, depth, 0.4, 3);
  const auto a = pack(encode<bitmap, bf16>(w));
  save(file.path(), a);
  any_linear layer = load<mine>(file.path(), {.check = file_check::header});
  any_linear moved(std::move(layer));
  CHECK(layer.rows() == 0);
  CHECK(layer.form() == "nothing");
  CHECK(moved.form() == "panel<bitmap,2> x bf16");
  layer = load<mine>(file.path());  // and over an older one
  CHECK(layer.rows() == rows);
  CHECK(open_form<mine>(file.path(), [](auto m) { return form_name<decltype(m)>(); }) ==
        "panel<bitmap,2> x bf16");
}

TEST_CASE("a layer gives the bits of its matrix, wherever it runs", "[interop]") {
  const auto a = pack(encode<bitmap, bf16>(test::random_for<bitmap>(277, 413, 0.9, 4)));
  const any_linear owner(a), borrower(a.view());
  const auto x = any_matrix(21, 413, 5);
  matrix<float> y(21, 277), z(21, 277), plain(21, 277);
  linear(a, x, y);
  linear(exec{serial{}, scalar{}}, a, x, plain);
  const auto same = [&](const auto& where, const matrix<float>& want) {
    std::fill_n(z.data(), z.rows() * z.cols(), 0.0f);
    linear(where, owner, x, z);
    CHECK(test::difference(want, z) == "");
  };
  workspace scratch;
  const test::pool pool(3);
  same(exec{}, y);
  same(exec{serial{}, native{}, &scratch}, y);
  CHECK(scratch.bytes() > 0);
  same(exec{pool_ref{pool, pool.size()}}, y);
#ifdef _OPENMP
  same(exec{openmp{2}}, y);
#endif
  same(exec{serial{}, scalar{}}, plain);
  same(exec{serial{}, native{}, nullptr, regime::reference}, plain);
  linear(borrower, x, z);
  CHECK(test::difference(y, z) == "");
  // Lines that lie further apart than they must.
  matrix<float> wide(21, 300);
  linear(owner, x, wide.view().block(0, 10, 21, 277));
  CHECK(test::difference(y, wide.view().block(0, 10, 21, 277)) == "");
}

TEST_CASE("layers take epilogues and quantised tokens", "[interop]") {
  const auto a = pack(encode<nm<2, 4>, int8<>>(test::random_for<nm<2, 4>>(rows, depth, 0.9, 9)));
  const any_linear layer(a), floats(encode<csr, float>(test::random_for<csr>(rows, depth, 0.3, 10)));
  const auto x = any_matrix(5, depth, 11), r = any_matrix(5, rows, 12);
  const auto q = quantize<int8>(x);
  buffer<float> b(rows);
  for (index_t i = 0; i < rows; ++i) b[i] = static_cast<float>(i) - 18;
  const auto finish = epilogue::bias{b} | epilogue::relu{} | epilogue::residual(r);
  matrix<float> want(5, rows), got(5, rows);
  const auto same = [&](const auto& tokens, const auto& stages) {
    want = r, got = r;
    linear(a, tokens, want, stages);
    linear(layer, tokens, got, stages);
    CHECK(test::difference(want, got) == "");
  };
  same(x, finish);
  same(q, finish);
  same(x, epilogue::accumulate{});
  same(q, epilogue::swiglu{} | epilogue::relu{});
  same(q, epilogue::none{});
  const buffer<float> few(3);
  CHECK(test::refusal([&] {
          linear(layer, x, got, epilogue::bias{few});
        }).find("epilogue::bias: need one value") != std::string::npos);
  CHECK(test::refusal([&] { linear(floats, q, got); }) ==
        "argument: linear: need a layer of codes for quantised tokens; got csr x float");
}

TEST_CASE("what a layer refuses", "[interop]") {
  using test::refusal;
  const test::temporary_file file;
  const auto open = [&] { return refusal([&] { any_linear layer = load<mine>(file.path()); }); };
  const std::string in = " in " + file.path();
  const auto w = test::random_for<dense>(rows, depth, 0.4, 6);
  save(file.path(), encode<csr, f16>(w));
  CHECK(open() ==
        "argument: matrix_file: need one of csr x float, panel<bitmap,2> x bf16; got csr x f16" + in);
  save(file.path(), encode<wide_csr, float>(w));
  CHECK(open() == "argument: matrix_file: need array 1 of int32 for this csr; got int64" + in);
  CHECK(refusal([] { any_linear layer = load<mine>("/nowhere/at/all"); }).find("io: file: need ") == 0);

  matrix<float> x(2, depth), y(2, rows + 1);
  CHECK(refusal([&] { linear(any_linear(), x, y); }) ==
        "argument: linear: need a layer that holds a matrix; got an empty one");
  CHECK(refusal([&] { linear(any_linear(encode<csr, float>(w)), x, y); }) ==
        "shape: linear: need X[t,k] * A[m,k]^T -> Y[t,m]; got A 37x96, X 2x96, Y 2x38");
}
