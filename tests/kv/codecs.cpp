// SPDX-License-Identifier: BSL-1.0
// What a cache codec stores and how many bytes that takes.
#include <lacuna/kv.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/kv.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

using rows = std::vector<float>;

rows random_rows(kv_shape z, std::uint64_t seed) {
  test::random_source r(seed);
  rows x(std::size_t(z.page * z.width()));
  for (int t = 0; t < z.page; ++t)
    for (int d = 0; d < z.head_dim; ++d) x[std::size_t(t * z.width() + d)] = r.any();
  return x;
}

template <class A, class C>
std::vector<std::byte> written(const C& codec, std::size_t bytes, const rows& x, kv_shape z) {
  std::vector<std::byte> section(bytes + plane_slack, std::byte{0});
  if constexpr (in_place<C>) {
    for (int i = 0; i < z.page; ++i) {
      const int t = (i * 7) % z.page;  // any order: 7 divides no page
      codec.put(A{}, section.data(), t, x.data() + t * z.width(), z);
    }
  } else {
    codec.encode(A{}, section.data(), x.data(), z);
  }
  for (std::size_t i = bytes; i < section.size(); ++i) REQUIRE(section[i] == std::byte{0});
  section.resize(bytes);
  section.resize(bytes + plane_slack);
  return section;
}
template <class A, class C>
rows read(const C& codec, const std::vector<std::byte>& section, kv_shape z) {
  rows x(std::size_t(z.page * z.width()));
  for (int t = 0; t < z.page; ++t) codec.get(A{}, section.data(), t, x.data() + t * z.width(), z);
  return x;
}

/// The same bytes on every arch; a stored row stored again is itself, where no scale is made anew.
template <class C>
void check_codec(const C& codec, std::size_t bytes, kv_shape z, std::uint64_t seed, double step) {
  CAPTURE(z.head_dim, z.page, seed);
  const rows x = random_rows(z, seed);
  const auto a = written<simd::best>(codec, bytes, x, z), b = written<simd::plain>(codec, bytes, x, z);
  CHECK((a == b));
  const rows y = read<simd::best>(codec, a, z);
  CHECK((y == read<simd::plain>(codec, a, z)));
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (y[i] != 0) worst = std::max(worst, std::fabs(double(y[i]) - x[i]));
  CHECK(worst <= step);
  if (step == 0x1p-8)
    CHECK((read<simd::best>(codec, written<simd::best>(codec, bytes, y, z), z) == y));  // no scales
}

template <class Word>
void check_word(kv_shape z, double step) {
  key_codec_of<Word> key{};
  if constexpr (requires { key.keep = 1; }) key.keep = z.head_dim / 2;
  check_codec(key, key_bytes(key, z), z, 11, step);
  if constexpr (requires { typename value_codec_of<Word>; }) {
    value_codec_of<Word> value{};
    if constexpr (requires { value.keep = 1; }) value.keep = z.head_dim / 2;
    check_codec(value, value_bytes(value, z), z, 12, step);
  }
}

template <class Word>
inline constexpr bool scaled = false;
template <class Scale>
inline constexpr bool scaled<int8<per_row, Scale>> = true;
template <class Word, class Rule>
inline constexpr bool scaled<pruned<Word, Rule>> = true;

}  // namespace

TEMPLATE_TEST_CASE("cache codecs give back what they keep " LACUNA_TEST_ISA, "[kv]", float, f16, bf16, int8<>,
                   (pruned<bf16>), (pruned<int8<>>), (pruned<bf16, nm<2, 4>>), (pruned<int8<>, nm<4, 8>>)) {
  LACUNA_REQUIRE_ISA();
  // Values lie in (-1, 1): half a step of 1/127, and what the scale is rounded up by.
  for (const kv_shape z : {kv_shape{128, 64}, kv_shape{80, 16}, kv_shape{40, 48}, kv_shape{16, 32}})
    check_word<TestType>(z, scaled<TestType> ? 0.5 / 127 * (1 + 0x1p-6) : 0x1p-8);
}
TEMPLATE_TEST_CASE("4-bit cache codecs give back what they keep " LACUNA_TEST_ISA, "[kv]", (int4<32>),
                   (int4<32, f16, asymmetric>), (channelwise<int4<32>>),
                   (channelwise<int4<32, f16, asymmetric>>)) {
  LACUNA_REQUIRE_ISA();
  for (const kv_shape z : {kv_shape{128, 64}, kv_shape{80, 16}, kv_shape{40, 48}, kv_shape{16, 32}}) {
    const rows x = random_rows(z, 5);
    key_codec_of<TestType> key{};
    const auto a = written<simd::best>(key, key_bytes(key, z), x, z);
    CHECK((a == written<simd::plain>(key, key_bytes(key, z), x, z)));
    const rows y = read<simd::best>(key, a, z);
    // half a step of 1/7 or 2/15; the zero of an asymmetric code is off by another half, and clamped
    for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(std::fabs(double(y[i]) - x[i]) <= 1.0 / 7);
    if constexpr (in_place<key_codec_of<TestType>>) {
      value_codec_of<TestType> value{};
      const auto b = written<simd::best>(value, value_bytes(value, z), x, z);
      CHECK((read<simd::best>(value, b, z) == y));  // the same groups, so the same numbers
    }
  }
}

TEST_CASE("bytes of a page equal the byte model " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  const kv_shape z{128, 64};
  const auto both = [&](auto word_key, auto word_value) {
    return key_bytes(word_key, z) + value_bytes(word_value, z);
  };
  const std::size_t n = 64 * 128, dense = both(plain_key<bf16>{}, plain_value<bf16>{});
  CHECK(both(plain_key<float>{}, plain_value<float>{}) == 8 * n);
  CHECK(both(plain_key<f16>{}, plain_value<f16>{}) == 4 * n);
  CHECK(dense == 4 * n);
  CHECK(both(int8_key<bf16>{}, int8_value<bf16>{}) == 2 * (n + 64 * 2));
  CHECK(both(int8_key<float>{}, int8_value<float>{}) == 2 * (n + 64 * 4));
  CHECK(both(int4_key<int4<32>>{}, int4_value<int4<32>>{}) == 2 * (n / 2 + 64 * 4 * 2));
  CHECK(key_bytes(channelwise_key<int4<32>>{}, z) == n / 2 + 2 * 128 * 2);
  CHECK(key_bytes(channelwise_key<int4<32, bf16, asymmetric>>{}, z) == n / 2 + 2 * 128 * 4);
  for (const int keep : {38, 39, 40, 64, 65, 128}) {
    pruned_key<bf16, by_magnitude> k;
    pruned_value<bf16, by_magnitude> v;
    k.keep = v.keep = keep;
    const auto kept = static_cast<std::size_t>(64 * keep);
    CHECK(key_bytes(k, z) == n / 8 + 2 * kept);
    CHECK(value_bytes(v, z) == (64 + n / 8 + 2 * kept + 63) / 64 * 64);
    pruned_key<int8<>, by_magnitude> k8;
    pruned_value<int8<>, by_magnitude> v8;
    k8.keep = v8.keep = keep;
    CHECK(key_bytes(k8, z) == n / 8 + kept + 64 * 2);
    CHECK(value_bytes(v8, z) == (64 + n / 8 + kept + 64 * 2 + 63) / 64 * 64);
    if (keep == 40)  // Mustafar's rule at 70 %
      CHECK(static_cast<double>(both(k, v)) <= 0.40 * static_cast<double>(dense));
  }
  CHECK(key_bytes(pruned_key<bf16, nm<2, 4>>{}, z) == n / 8 + n);
}

TEST_CASE("a pruned page keeps the largest of each token " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  const kv_shape z{72, 32};
  rows x = random_rows(z, 21);
  for (int d = 0; d < 72; ++d) x[std::size_t(d)] = 1;  // all tie: the first 20 stay
  pruned_key<bf16, by_magnitude> key;
  key.keep = 20;
  const rows y = read<simd::best>(key, written<simd::best>(key, key_bytes(key, z), x, z), z);
  for (int t = 0; t < z.page; ++t) {
    std::vector<std::pair<float, int>> order;
    for (int d = 0; d < 72; ++d) order.push_back({-std::fabs(x[std::size_t(t * z.width() + d)]), d});
    std::sort(order.begin(), order.end());
    for (int i = 0; i < 72; ++i) {
      const auto at = std::size_t(t * z.width() + order[std::size_t(i)].second);
      CHECK(y[at] == (i < 20 ? static_cast<float>(bf16(x[at])) : 0.0f));
    }
  }
  pruned_value<int8<>, nm<2, 4>> value;
  const rows v = read<simd::best>(value, written<simd::best>(value, value_bytes(value, z), x, z), z);
  for (std::size_t i = 0; i < v.size(); i += 4) {
    int kept = 0;
    for (std::size_t j = i; j < i + 4; ++j) kept += v[j] != 0;
    CHECK(kept <= 2);
  }
  key.keep = 73;
  CHECK(test::refusal([&] { written<simd::best>(key, key_bytes(key, z), x, z); }) ==
        "argument: pruned: need 1 <= keep <= head_dim 72; got 73");
}

TEST_CASE("rows that are not finite stay so " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  const kv_shape z{64, 16};
  rows x = random_rows(z, 31);
  x[5] = std::bit_cast<float>(0xffffffffu);
  x[64 + 7] = std::numeric_limits<float>::infinity();
  const auto check = [&](const auto& codec, std::size_t bytes) {
    const rows y = read<simd::best>(codec, written<simd::best>(codec, bytes, x, z), z);
    CHECK(!std::isfinite(y[5]));
    CHECK(!std::isfinite(y[64 + 7]));
    for (std::size_t i = 128; i < y.size(); ++i) REQUIRE(std::isfinite(y[i]));
  };
  check(plain_key<bf16>{}, key_bytes(plain_key<bf16>{}, z));
  check(int8_key<bf16>{}, key_bytes(int8_key<bf16>{}, z));
  check(int8_value<bf16>{}, value_bytes(int8_value<bf16>{}, z));
  pruned_key<bf16, by_magnitude> key;
  pruned_value<int8<>, by_magnitude> value;
  key.keep = value.keep = 20;
  check(key, key_bytes(key, z));
  check(value, value_bytes(value, z));
}
