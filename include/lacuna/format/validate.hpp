#pragma once
// SPDX-License-Identifier: BSL-1.0
// The whole check of arrays from outside, O(stored): after it every read of the matrix stays inside its arrays.
#include <lacuna/format/sparse_matrix.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// The first broken rule and where, as a sentence; empty when there is none (or P has no rules to check).
template <sparse_operand A>
std::string find_defect(const A& a) {
  const view_of<A> v = a;
  if constexpr (requires { pattern_of<A>::find_defect(v.where()); })
    return pattern_of<A>::find_defect(v.where());
  else
    return {};
}

/// Fails with errc::data and that sentence.
template <sparse_operand A>
void validate(const A& a) {
  const std::string defect = find_defect(a);
  if (!defect.empty()) fail(errc::data, defect);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
