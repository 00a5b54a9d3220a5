#pragma once
// SPDX-License-Identifier: BSL-1.0
// The law of storage: what is encoded comes back, bit for bit, for values that the codec can hold.
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/shapes.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

inline void check_same(const std::string& names, const std::string& differs, const std::string& defect) {
  CAPTURE(names);
  CHECK(defect == "");
  CHECK(differs == "");
}

template <class P, class C>
void check_round_trip(const matrix<float>& w) {
  const auto a = encode<P, C>(w);
  check_same(P::name() + " x " + codec_of<C>::name, test::difference(decode(a), w), find_defect(a));
}

template <class P>
void check_round_trips(std::uint64_t seed) {
  for (const test::shape s : test::shapes())
    for (const test::filling f : test::fillings()) {
      CAPTURE(s.rows, s.cols, test::text(f), seed);
      const auto w = test::filled(
          test::random_for<P>(s.rows, s.cols, 0.3, seed), f, !requires { P::M; });
      for_each_type(number_codecs{}, [&](auto c) { check_round_trip<P, decltype(c)>(w); });
    }
}

template <class P>
void check_ones_round_trip(std::uint64_t seed) {
  for (const test::shape s : test::shapes()) {
    CAPTURE(P::name(), s.rows, s.cols, seed);
    auto w = test::random_for<P>(s.rows, s.cols, 0.3, seed, true);
    for (index_t i = 0; i < s.rows; ++i)
      for (index_t j = 0; j < s.cols; ++j) w(i, j) = w(i, j) != 0 ? 1.0f : 0.0f;
    const auto a = encode<P, ones>(w);
    CHECK(a.values().size() == 0);
    CHECK(find_defect(a) == "");
    CHECK(test::difference(decode(a), w) == "");
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
