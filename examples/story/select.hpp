#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which keys a token attends, chosen at run time: "NAME[:BUDGET[:PAGE]]".
//
//   exact:16          the 16 best keys of each query head, by their own scores: the oracle of all others
//   quest:25%         a quarter of the keys, in pages of 16, by the bound of their boxes
//   quest:64:4        64 keys in pages of 4
//
// All keys stay in float32; what is chosen is attended exactly. Every layer selects, the first ones, too.
#include "kv.hpp"

namespace story {

/// Of "NAME[:BUDGET[:PAGE]]", BUDGET a number of keys or a share of them (1/4), PAGE the keys that are chosen together (16). Fails with errc::argument and the menu.
select_form parse_select_form(const std::string& words);
std::string text_of(const select_form& form);

/// A cache of float32 keys and values whose attend() reads what the form selects.
kv_pointer make_selected(const select_form& form, const cache_shape& shape);

}  // namespace story
