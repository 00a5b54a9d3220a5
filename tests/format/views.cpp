// SPDX-License-Identifier: BSL-1.0
// A view reads the caller's arrays where they are; an owner copies deeply and lends itself as a view.
#include <array>
#include <span>
#include <vector>
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/generators.hpp"

using namespace lacuna;

TEST_CASE("a view borrows vectors, spans, arrays and pointers", "[format]") {
  const std::vector<std::int64_t> row_ptr{0, 2, 3};
  const std::vector<std::int32_t> col_idx{1, 3, 0};
  std::vector<float> values{5, 6, 7};
  const auto check = [&](const sparse_view<csr, float>& a) {
    CHECK(a.nnz() == 3);
    CHECK(a.values().data() == values.data());
    CHECK(a.where().at.row_ptr.data() == row_ptr.data());
    CHECK(a.where().at.col_idx.data() == col_idx.data());
    CHECK(decode(a)(0, 3) == 6);
  };
  check({2, 4, {row_ptr, col_idx}, values});
  check({2, 4, {std::span(row_ptr), std::span(col_idx)}, std::span<const float>(values)});
  check({2, 4, {{row_ptr.data(), 3}, {col_idx.data(), 3}}, {values.data(), 3}});
  const std::array<double, 2> two{1, 2};
  CHECK((sparse_view<dense, double>{1, 2, {}, two}.value(1)) == 2);

  const sparse_view<csr, float> a{2, 4, {row_ptr, col_idx}, values};
  values[1] = 9;
  CHECK(decode(a)(0, 3) == 9);
}

TEST_CASE("a view asks for no alignment and reads nothing past the end", "[format]") {
  // Exact-size heap blocks: a read past the end is a fault under the address sanitizer.
  std::vector<std::uint8_t> index(3);
  const std::vector<float> values(6, 2.0f);
  index[0] = 0b01'00, index[1] = 0b11'10, index[2] = 0b10'01;
  const auto w = decode(sparse_view<nm<2, 4>, float>{3, 4, {index}, values});
  CHECK(w(0, 0) == 2);
  CHECK(w(1, 3) == 2);
  CHECK(w(2, 1) == 2);
  const std::vector<std::uint64_t> bits{0, 1, 3};
  const std::vector<std::int64_t> row_ptr{0, 2};
  const sparse_view<bitmap, float> b{1, 64, {{bits.data() + 2, 1}, row_ptr}, {values.data() + 1, 2}};
  CHECK(decode(b)(0, 1) == 2);
}

TEST_CASE("a copy of an owner is deep, a move takes the arrays along", "[format]") {
  const auto w = test::random_matrix(9, 20, 0.3, 21);
  auto a = encode<csr, float>(w);
  const float* const where = a.values().data();
  auto b = a;
  b.values()[0] += 1;
  CHECK(test::difference(decode(a), w) == "");
  CHECK(test::difference(decode(b), w) != "");
  const auto c = std::move(a);
  CHECK(c.values().data() == where);
  CHECK(test::difference(decode(c), w) == "");
  b = c;
  CHECK(test::difference(decode(b), w) == "");
}

TEST_CASE("an owner is a sparse operand like its view", "[format]") {
  const auto w = test::random_matrix(5, 70, 0.3, 22);
  const auto a = encode<bitmap, bf16>(w);
  const sparse_view<bitmap, bf16> v = a;
  CHECK(v.values().data() == a.values().data());
  CHECK(v.nnz() == a.nnz());
  CHECK(test::difference(decode(convert<csr, float>(v)), w) == "");
  CHECK(stored_bytes(v) == stored_bytes(a));
}
