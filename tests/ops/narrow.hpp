#pragma once
// SPDX-License-Identifier: BSL-1.0
// The typed suite for narrow codecs: they round, so the oracle multiplies with what they decode to. That is exact in
// float, (code - zero) of 9 bits times a scale of 8 or 11, and the bound is that of the sum alone again.
#include "ops/suite.hpp"
#include "support/narrow.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

template <codec C, pattern P>
void check_narrow_codec(const matrix<float>& w, turns& turn, std::uint64_t seed) {
  CAPTURE(codec_of<C>::name);
  const auto a = encode<P, C>(w);
  const tight_copy<P, C> copy(a);
  const auto decoded = decode(a);
  check_verbs<layouts::both>(exec<>{}, "native", copy.view(), decoded, turn, seed);
#ifndef LACUNA_TEST_NATIVE_ONLY
  check_verbs<layouts::both>(exec<serial, scalar>{}, "scalar", copy.view(), decoded, turn, seed);
#endif
  turn.next();
}

/// The suite for one pattern in some codecs, with groups of unlike sizes.
template <pattern P, codec... Codecs>
void check_narrow() {
  turns turn;
  for_each_filling_of<P>(
      4096,
      [](index_t rows, index_t cols, std::uint64_t seed) { return graded_for<P>(rows, cols, 0.3, seed); },
      [&](const matrix<float>& w, std::uint64_t seed) {
        (check_narrow_codec<Codecs, P>(w, turn, seed), ...);
      });
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
