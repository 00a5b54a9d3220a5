#pragma once
// SPDX-License-Identifier: BSL-1.0
// The patterns and codecs that `advise` tries, as type lists: a new one takes part by one word here.
#include <lacuna/format.hpp>
#include <type_traits>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

template <class... T>
struct types {};

/// csr with 16-bit columns: for fewer than 65536 of them.
using csr16 = basic_csr<std::uint16_t>;

using menu_patterns = types<dense, csr, csr16, bitmap, bsr<1, 16>, bsr<16, 1>, bsr<4, 4>, bsr<8, 8>,
                            bsr<16, 16>, nm<1, 4>, nm<1, 8>, nm<1, 16>, nm<2, 4>, nm<2, 8>, nm<4, 8>>;
/// Codecs with a value per slot; `ones` takes part on its own, where every value is 1.
using menu_codecs = types<float, bf16, f16>;
/// Structures that a dense matrix may be pruned to, at the fraction they stand for.
using prune_groups = types<nm<2, 4>, nm<4, 8>, nm<1, 4>, nm<2, 8>, nm<1, 8>, nm<1, 16>>;
/// Structures that a dense matrix may be pruned to at any fraction.
using prune_blocks = types<bsr<1, 16>, bsr<16, 1>, bsr<4, 4>, bsr<8, 8>>;

template <class P>
concept block_pattern = requires {
  P::R + P::C;
};
template <class P>
concept group_pattern = requires {
  P::N + P::M;
};

/// f(std::type_identity<T>{}) for each T.
template <class... T, class F>
LACUNA_INLINE void for_each_type(types<T...>, F&& f) {
  (static_cast<void>(f(std::type_identity<T>{})), ...);
}

/// f(std::type_identity<T>{}) for the T at `place`.
template <class... T, class F>
LACUNA_INLINE void at_place(types<T...> all, std::size_t place, F&& f) {
  std::size_t i = 0;
  for_each_type(all, [&](auto t) {
    if (i++ == place) f(t);
  });
}

template <pattern P>
std::string pattern_name() {
  return std::is_same_v<P, csr16> ? P::name() + "<u16>" : P::name();
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
