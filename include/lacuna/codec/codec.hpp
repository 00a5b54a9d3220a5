#pragma once
// SPDX-License-Identifier: BSL-1.0
// A codec says how a stored value is kept: `codec_of<C>` is its one face, whatever C is.
//
//   slot 0 1 2 3 ...   the n-th stored value of a matrix, in the order of its pattern
//        | | | |
//   element array      elements(slots) of them; decode(array, slot) reads one back
//
// A codec of your own is a type with these members; float, bf16 ... are given theirs in codec/plain.hpp.
#include <concepts>
#include <lacuna/core/types.hpp>
#include <type_traits>

namespace lacuna {

/// The members of codec C. A codec that is not a plain number type names them itself.
template <class C>
struct codec_of {};
template <class C>
requires std::is_class_v<C>
struct codec_of<C> : C {
};

/// C says what its array holds and what comes back. Asked first, so that an `int` is refused in one line.
template <class C>
concept has_codec_types = requires {
  typename codec_of<C>::element;
  typename codec_of<C>::value_type;
};

/// C stores values that can be read back one by one.
/// - `element`: what the value array is made of. `value_type`: what comes back, float or double.
/// - `elements(slots)`: the length of the array for so many values.
/// - `roundoff`: bound of |decode(encode(v)) - v| / |v| for v in the codec's normal range.
template <class C>
concept codec = has_codec_types<C> &&
    requires(typename codec_of<C>::element* out, const typename codec_of<C>::element* in, index_t slot,
             typename codec_of<C>::value_type v) {
  { codec_of<C>::elements(slot) } -> std::convertible_to<index_t>;
  { codec_of<C>::decode(in, slot) } -> std::convertible_to<decltype(v)>;
  {codec_of<C>::encode(out, slot, v)};
  { codec_of<C>::roundoff } -> std::convertible_to<double>;
  { codec_of<C>::name } -> std::convertible_to<const char*>;
};

/// The element of a scale grid that nobody has.
struct no_cell {};

namespace detail {
template <class C>
struct cell_of {
  using type = no_cell;
};
template <class C>
requires requires { typename codec_of<C>::cell; }
struct cell_of<C> {
  using type = typename codec_of<C>::cell;
};
}  // namespace detail

/// C stores integers, `decode` gives them as floats, and a grid of cells says what they mean:
///   value(i, k) = (decode(slot of (i, k)) - zero) * scale      with the cell of row i, columns [g * group, (g + 1) * group)
/// - `cell`: {scale} or {scale, zero}, told apart by scale_of and zero_of; scale is finite, of either sign. `group`: columns of a cell, or per_row.
/// - `cell_for(low, high)`: the cell for values in [low, high], which holds 0, without clipping.
/// - `code(v, cell)`: the integer nearest to v. `largest`: of |v| that any cell holds.
template <class C>
concept scaled_codec = codec<C> && requires(float v, typename detail::cell_of<C>::type cell) {
  { codec_of<C>::group } -> std::convertible_to<index_t>;
  { codec_of<C>::cell_for(v, v) } -> std::same_as<decltype(cell)>;
  { codec_of<C>::scale_of(cell) } -> std::same_as<float>;
  { codec_of<C>::zero_of(cell) } -> std::same_as<float>;
  { codec_of<C>::code(v, cell) } -> std::same_as<float>;
};
/// A slot alone says its value.
template <class C>
concept unscaled_codec = codec<C> && !scaled_codec<C>;

/// As the columns of a group: a cell for each row.
inline constexpr int per_row = 0;

/// What the scale grid of C is made of; `no_cell`, and none of them, where C needs no grid.
template <codec C>
using cell_t = typename detail::cell_of<C>::type;

/// C stores nothing: every stored position has the value 1.
template <class C>
concept valueless_codec = codec<C> && codec_of<C>::elements(1)
== 0;

template <codec C>
using element_t = typename codec_of<C>::element;
template <codec C>
using value_t = typename codec_of<C>::value_type;

}  // namespace lacuna
