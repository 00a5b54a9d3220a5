#pragma once
// SPDX-License-Identifier: BSL-1.0
// The whole check of arrays from outside, O(stored): after it every read of the matrix stays inside its arrays.
#include <lacuna/format/sparse_matrix.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// Cells whose scale is not finite, or whose zero is not a code. Negative scales are good: files have them, and no kernel
/// asks for the sign.
template <pattern P, codec C>
std::string find_cell_defect(const sparse_view<P, C>& a) {
  if constexpr (scaled_codec<C>)
    for (index_t i = 0; i < a.scales().size(); ++i) {
      const float scale = codec_of<C>::scale_of(a.scales()[i]), zero = codec_of<C>::zero_of(a.scales()[i]);
      if (!(scale >= -codec_of<C>::largest_scale && scale <= codec_of<C>::largest_scale))
        return defect_text(codec_of<C>::name, "finite scales", "another in cell " + count_text(i));
      if (!(zero >= codec_of<C>::least && zero <= codec_of<C>::most &&
            zero == static_cast<float>(static_cast<int>(zero))))
        return defect_text(codec_of<C>::name, "zero points that are codes",
                           "another in cell " + count_text(i));
    }
  return {};
}

/// The first broken rule and where, as a sentence; empty when there is none (or P has no rules to check).
template <sparse_operand A>
std::string find_defect(const A& a) {
  const view_of<A> v = a;
  std::string defect;
  if constexpr (requires { pattern_of<A>::find_defect(v.where()); })
    defect = pattern_of<A>::find_defect(v.where());
  return defect.empty() ? find_cell_defect(v) : defect;
}

/// Fails with errc::data and that sentence.
template <sparse_operand A>
void validate(const A& a) {
  const std::string defect = find_defect(a);
  if (!defect.empty()) fail(errc::data, defect);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
