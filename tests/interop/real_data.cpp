// SPDX-License-Identifier: BSL-1.0
// With LACUNA_TEST_DATA: every real matrix through every pattern and back.
#include "support/data.hpp"

#include <sstream>

#include "support/files.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

/// What differs first between two csr matrices; "" when they are the same arrays.
template <class C>
std::string unlike(const sparse_matrix<csr, C>& a, const sparse_matrix<csr, C>& b) {
  const auto same = [](const auto& x, const auto& y) {
    return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin());
  };
  if (a.rows() != b.rows() || a.cols() != b.cols()) return "shape";
  if (!same(a.where().row_ptr, b.where().row_ptr)) return "row_ptr";
  if (!same(a.where().col_idx, b.where().col_idx)) return "col_idx";
  return same(a.values(), b.values()) ? "" : "values";
}

/// Without stored zeros, which dense, bsr and nm cannot tell from fill.
sparse_matrix<csr, float> nonzeros(const sparse_matrix<csr, float>& a) {
  return assemble<csr, float>(a.rows(), a.cols(), [&](index_t i, auto&& f) {
    a.view().visit_row(i, [&](index_t k, float v) {
      if (v != 0) f(k, v);
    });
  });
}

/// The fullest group of M columns.
index_t fullest_group(const sparse_matrix<csr, float>& a, index_t m) {
  index_t most = 0;
  for (index_t i = 0; i < a.rows(); ++i) {
    index_t group = -1, n = 0;
    a.view().visit_row(i, [&](index_t k, float) {
      n = k / m == group ? n + 1 : 1;
      group = k / m;
      most = std::max(most, n);
    });
  }
  return most;
}

template <class P>
void check_through(const std::string& name, const sparse_matrix<csr, float>& a) {
  CAPTURE(P::name());
  if (!test::form_fits<P, float>(name, a)) return;
  if constexpr (requires { P::M; })
    if (fullest_group(a, P::M) > P::N) {
      CHECK(test::refusal([&] { convert<P>(a); }).find("pattern: " + P::name()) == 0);
      return;
    }
  const auto there = convert<P>(a);
  CHECK(find_defect(there) == "");
  CHECK(stored_bytes(there) == model_bytes<P, float>(a.rows(), a.cols(), there.nnz()));
  CHECK(there.nnz() == test::stored_in<P>(a));
  CHECK(unlike(convert<csr>(there), P::filled ? nonzeros(a) : a) == "");
}

}  // namespace

TEST_CASE("real matrices come through every pattern and every file", "[interop][data]") {
  const index_t count = test::for_each_real_matrix([](const std::string& name, const auto& a) {
    CHECK(find_defect(a) == "");
    check_through<dense>(name, a);
    check_through<bitmap>(name, a);
    check_through<bsr<4, 4>>(name, a);
    check_through<bsr<16, 1>>(name, a);
    check_through<bsr<1, 16>>(name, a);
    check_through<nm<2, 4>>(name, a);
    check_through<nm<4, 8>>(name, a);
    check_through<nm<33, 64>>(name, a);
    check_through<basic_csr<std::uint16_t, std::int32_t>>(name, a);

    const test::temporary_file file;
    write_matrix_market(file.path(), a);
    CHECK(unlike(read_matrix_market(file.path()), a) == "");
    write_smtx(file.path(), a);
    CHECK(unlike(read_smtx(file.path()), convert<csr, ones>(a)) == "");
  });
  if (count == 0) WARN("skipped: LACUNA_TEST_DATA names no folder with matrices");
}

TEST_CASE("the Lyra layers lie in whole 4x4 blocks", "[interop][data]") {
  test::for_each_real_matrix([](const std::string& name, const auto& a) {
    if (name.find("lyra") != 0) return;
    CHECK(test::stored_in<bsr<4, 4>>(a) == a.nnz());
  });
}
