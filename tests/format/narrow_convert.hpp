#pragma once
// SPDX-License-Identifier: BSL-1.0
// The law of narrow conversion: codes and cells go from pattern to pattern bit for bit.
#include "format/convert.hpp"
#include "support/narrow.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

using narrow_open_kinds = std::tuple<dense, csr, bitmap, bsr<3, 5>>;
using narrow_group_kinds =
    std::tuple<bsr<2, 16>, nm<3, 7>, panel<dense, 8>, panel<bitmap, 4>, panel<nm<1, 16>, 8>>;

inline void check_bytes(const std::string& names, const std::string& got, const std::string& want) {
  CAPTURE(names, got.size(), want.size());
  CHECK(got == want);
}

/// From P to every pattern of a list, and back: as if encoded at once. No code is that of zero, for such would not
/// come out of a filled pattern.
template <class P, class C, class List>
void check_narrow_convert(List, std::uint64_t seed) {
  CAPTURE(seed);
  for (const test::shape s : test::shapes()) {
    const auto w = test::even_sized(thin_matrix(s.rows, s.cols, seed), seed);
    const auto a = encode<P, C>(w);
    const std::string bytes = test::all_bytes(a.view());
    for_each_type(List{}, [&](auto q) {
      using Q = decltype(q);
      const std::string names = std::string(codec_of<C>::name) + " " + P::name() + " to " + Q::name() +
                                " of " + shape_text(s.rows, s.cols);
      const auto b = convert<Q>(a);
      check_bytes(names, test::all_bytes(b.view()), test::all_bytes(encode<Q, C>(w).view()));
      check_bytes(names + " and back", test::all_bytes(convert<P>(b).view()), bytes);
    });
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
