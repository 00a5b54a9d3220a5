// SPDX-License-Identifier: BSL-1.0
//
// The k largest magnitudes against a stable sort, on rows that are hard: all equal, NaN, infinities, zeros of both
// signs, subnormals, one bit apart.
#include <lacuna/kv/exact_k.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"
#include "support/tight.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

template <class T>
using bits_of = std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint32_t>;

template <class T>
T random_value(test::random_source& random, int kind) {
  using U = bits_of<T>;
  const auto any = static_cast<U>(random.next());
  const U sign = static_cast<U>(any & (U{1} << (8 * sizeof(T) - 1)));
  const auto inf = std::bit_cast<U>(T(std::numeric_limits<float>::infinity()));
  switch (kind) {
    case 0:
      return T(random.any());
    case 1:
      return std::bit_cast<T>(any);
    case 2:  // few values, so that most tie
      return T(static_cast<float>(random.below(3)) - 1);
    case 3:
      return std::bit_cast<T>(
          static_cast<U>(sign | random.below(4)));  // zeros of both signs, the least subnormals
    case 4:
      return std::bit_cast<T>(
          static_cast<U>(sign | (inf + static_cast<U>(random.below(3)))));  // infinity and NaN
    case 5:
      return std::bit_cast<T>(static_cast<U>(sign | (0x1234 + static_cast<U>(random.below(2)))));
    default:
      return std::bit_cast<T>(static_cast<U>(sign | 0x3f80));  // all the same magnitude
  }
}

/// Of one row, the plain way.
template <class T>
std::vector<bool> kept_of(const T* row, index_t dim, index_t k) {
  std::vector<index_t> order(static_cast<std::size_t>(dim));
  std::iota(order.begin(), order.end(), index_t{0});
  const auto magnitude = [&](index_t c) {
    using U = bits_of<T>;
    return static_cast<U>(std::bit_cast<U>(row[c]) & (static_cast<U>(~U{0}) >> 1));
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](index_t a, index_t b) { return magnitude(a) > magnitude(b); });
  std::vector<bool> kept(static_cast<std::size_t>(dim));
  for (index_t n = 0; n < k; ++n) kept[static_cast<std::size_t>(order[static_cast<std::size_t>(n)])] = true;
  return kept;
}

template <class A, class T>
void check_rows(index_t rows, index_t dim, index_t k, int kind, test::random_source& random) {
  test::tight_matrix<T, row_major> x(rows, dim, random.below(3));
  for (index_t t = 0; t < rows; ++t)
    for (index_t c = 0; c < dim; ++c) x.view()(t, c) = random_value<T>(random, kind);
  test::tight<std::uint64_t> masks(rows * mask_words(dim), 99), again(rows * mask_words(dim), 99);
  test::tight<T> kept(rows * k);
  const matrix_view<const T> in = x.view();
  exact_k<A>(in, k, array_view<std::uint64_t>(masks.data(), masks.size()));
  prune_rows<A>(in, k, array_view<std::uint64_t>(again.data(), again.size()),
                array_view<T>(kept.data(), kept.size()));
  index_t slot = 0, wrong = 0;
  for (index_t t = 0; t < rows; ++t) {
    const auto need = kept_of(in.data() + t * in.stride(), dim, k);
    for (index_t c = 0; c < mask_words(dim) * 64; ++c) {
      const index_t word = t * mask_words(dim) + c / 64;
      const bool expected = c < dim && need[static_cast<std::size_t>(c)];
      wrong += expected != (masks[word] >> (c % 64) & 1);
      if (expected) wrong += std::memcmp(&kept[slot++], &in(t, c), sizeof(T)) != 0;
    }
  }
  for (index_t w = 0; w < masks.size(); ++w) wrong += masks[w] != again[w];
  if (wrong > 0 || slot != rows * k)
    FAIL(A::name << ", " << sizeof(T) << " bytes: " << rows << " rows of " << dim << ", k " << k << ", kind "
                 << kind << ": " << wrong << " wrong");
}

template <class A, class T>
void check_type(std::uint64_t seed) {
  test::random_source random(seed);
  for (const index_t dim : {1, 16, 63, 64, 65, 80, 96, 128, 200, 256, 257, 1024})
    for (int kind = 0; kind < 7; ++kind) {
      const index_t rows = dim > 256 ? 3 : 1 + random.below(35);
      const index_t halves[] = {0, dim / 2, dim, random.below(dim + 1)};
      for (const index_t k : halves) check_rows<A, T>(rows, dim, k, kind, random);
    }
}

TEMPLATE_LIST_TEST_CASE("exactly k magnitudes are kept, the largest " LACUNA_TEST_ISA, "[kv]",
                        std::tuple<simd::best>) {
  LACUNA_REQUIRE_ISA();
  check_type<TestType, bf16>(1);
  check_type<TestType, f16>(2);
  check_type<TestType, float>(3);
  CHECK(mask_words(129) == 3);
}

TEST_CASE("a NaN is kept first, and nothing is lost without it " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  std::vector<bf16> row(128, bf16(1.0f));
  row[70] = bf16::from_bits(0xff81);  // -NaN
  row[71] = bf16::from_bits(0xff80);  // -infinity
  row[3] = bf16(-2.0f);
  std::uint64_t mask[2];
  const matrix_view<const bf16> x(row.data(), 1, 128);
  exact_k(x, 1, array_view<std::uint64_t>(mask, 2));
  CHECK((mask[0] == 0 && mask[1] == std::uint64_t{1} << 6));
  exact_k(x, 4, array_view<std::uint64_t>(mask, 2));
  CHECK((mask[0] == 9 && mask[1] == std::uint64_t{3} << 6));
}

TEST_CASE("Mustafar's count of kept values " LACUNA_TEST_ISA, "[kv]") {
  CHECK(mustafar_keep(0.7, 128) == 40);
  CHECK(mustafar_keep(0.5, 128) == 65);
  CHECK(mustafar_keep(0, 128) == 128);
}

TEST_CASE("exact_k refuses what does not fit " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  std::vector<bf16> x(2 * 128);
  std::vector<std::uint64_t> masks(4);
  const matrix_view<const bf16> rows(x.data(), 2, 128);
  const auto with = [&](index_t k, index_t words) {
    return test::refusal([&] { exact_k(rows, k, array_view<std::uint64_t>(masks.data(), words)); });
  };
  CHECK(with(128, 4) == "nothing");
  CHECK(with(129, 4) ==
        "argument: exact_k: need rows of <= 1024 values and 0 <= k <= that; got 128 values, k 129");
  CHECK(with(-1, 4) ==
        "argument: exact_k: need rows of <= 1024 values and 0 <= k <= that; got 128 values, k -1");
  CHECK(with(5, 3) == "shape: exact_k: need 2 words of mask for each of 2 rows; got 3");
  CHECK(test::refusal([&] {
          prune_rows(rows, 5, array_view<std::uint64_t>(masks), array_view<bf16>(x.data(), 9));
        }) == "shape: prune_rows: need room for 2x5 values; got 9");
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
