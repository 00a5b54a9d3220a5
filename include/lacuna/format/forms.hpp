#pragma once
// SPDX-License-Identifier: BSL-1.0
// A form is a pattern x codec; a list of forms is what may be asked for at run time:
//
//   using mine = forms<sparse_matrix<csr, float>, packed_matrix<bitmap, bf16>>;      named by the matrices that own them
#include <lacuna/format/sparse_matrix.hpp>

namespace lacuna {

template <sparse_operand... A>
struct forms {
  static_assert(sizeof...(A) > 0, "lacuna: a list of forms names at least one");
};

template <class T>
inline constexpr bool is_forms = false;
template <class... A>
inline constexpr bool is_forms<forms<A...>> = true;
/// A list of forms.
template <class T>
concept form_list = is_forms<T>;

inline namespace LACUNA_ARCH {

/// "csr x bf16", as messages call a form.
inline std::string form_name(const std::string& pattern, const std::string& codec) {
  return pattern + " x " + codec;
}
template <sparse_operand A>
std::string form_name() {
  return form_name(pattern_of<A>::name(), codec_of<codec_type_of<A>>::name);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
