#pragma once
// SPDX-License-Identifier: BSL-1.0
// A pattern says where the stored values are. The bare noun (csr, bitmap, nm<2,4>) is a tag with static members:
//
//   arrays<Array>           its index arrays, made of Array<T> = borrowed<T> or owned<T>;
//                           its member apply(f) returns f(all arrays, in order)
//   stored(w)               how many values are stored: the slots 0 .. stored - 1
//   visit_row(w, i, f)      f(column, slot) for the values of row i, columns ascending
//   build(rows, cols, kept) the owned arrays for the positions that kept(i, f) -> f(column) names, ascending
//   filled                  true when a slot may hold a zero that is not a nonzero (dense, blocks, N:M)
//   name()                  how messages and tables call it
//
// where w is a `positions<P>`. That is all a pattern from outside needs; these make it faster or safer:
//
//   stored_before(w, i)     values in the rows above i, O(1): work is cut by it
//   positions_a_value       how many positions cost a row as much as a stored value, where it is walked by positions
//   find_defect(w)          the first broken rule as a sentence, or an empty string, O(stored)
//   model_bytes(r, c, s)    the bytes of its arrays for r x c with s stored values, in closed form
//   slack                   slots after the last that hold nothing: a register may then be loaded from any slot
#include <lacuna/core/aligned.hpp>
#include <limits>
#include <string>

namespace lacuna {

/// Where the stored values of an rows x cols matrix are: its shape and P's borrowed arrays.
template <class P>
struct positions {
  using arrays = typename P::template arrays<borrowed>;
  index_t rows = 0, cols = 0;
  arrays at{};
};

namespace detail {
struct any_visitor {
  void operator()(index_t, index_t) const {}
};
struct any_rows {
  template <class F>
  void operator()(index_t, F&&) const {}
};
struct any_sink {
  template <class... A>
  int operator()(const A&...) const {
    return 0;
  }
};
}  // namespace detail

/// The ability every verb needs.
template <class P>
concept row_visitable = requires(const positions<P>& w, index_t i) {
  { P::stored(w) } -> std::convertible_to<index_t>;
  P::visit_row(w, i, detail::any_visitor{});
};

template <class P>
concept pattern = row_visitable<P> && requires(index_t n, const typename P::template arrays<owned>& o) {
  { P::build(n, n, detail::any_rows{}) } -> std::same_as<typename P::template arrays<owned>>;
  { P::filled } -> std::convertible_to<bool>;
  { P::name() } -> std::convertible_to<std::string>;
  o.apply(detail::any_sink{});
};

/// Work can be cut so that every piece has as many stored values.
template <class P>
concept counts_rows = requires(const positions<P>& w, index_t i) {
  { P::stored_before(w, i) } -> std::convertible_to<index_t>;
};

/// How many slots the array of values has for so many stored ones.
template <class P>
LACUNA_INLINE constexpr index_t value_slots(index_t stored) {
  if constexpr (requires { P::slack; })
    return stored + P::slack;
  else
    return stored;
}

inline namespace LACUNA_ARCH {

/// The borrowed face of owned arrays.
template <pattern P>
LACUNA_INLINE auto borrow(const typename P::template arrays<owned>& o) {
  return o.apply([](const auto&... a) { return typename P::template arrays<borrowed>{a...}; });
}

/// The bytes of a pattern's arrays.
template <pattern P, template <class> class Array>
LACUNA_INLINE std::size_t array_bytes(const typename P::template arrays<Array>& arrays) {
  return arrays.apply([](const auto&... a) {
    return (std::size_t{0} + ... + (static_cast<std::size_t>(a.size()) * sizeof(a[0])));
  });
}

/// The sentence for a broken rule of an array: `csr: need <rule>; got <got>`.
inline std::string defect_text(const std::string& name, const std::string& rule, const std::string& got) {
  return name + ": need " + rule + "; got " + got;
}

// What fails is out of line: the checks themselves are a comparison at every door.
[[noreturn]] LACUNA_NOINLINE inline void fail_sizes(const std::string& name, index_t rows, index_t cols) {
  const bool negative = rows < 0 || cols < 0;
  fail(negative ? errc::shape : errc::overflow,
       defect_text(name, negative ? "sizes >= 0" : "sizes <= 2^56", shape_text(rows, cols)));
}
[[noreturn]] LACUNA_NOINLINE inline void fail_length(const std::string& name, const char* array, index_t need,
                                                     index_t got) {
  fail(errc::data, defect_text(name, std::string(array) + " of length " + count_text(need), count_text(got)));
}
[[noreturn]] LACUNA_NOINLINE inline void fail_fits(const std::string& name, const char* what, index_t most,
                                                   index_t got) {
  fail(errc::overflow, defect_text(name, std::string(what) + " <= " + count_text(most) + " (its index type)",
                                   count_text(got)));
}

/// Fails unless 0 <= rows, cols <= 2^56, which leaves a byte for what patterns add and multiply (rows + 1,
/// fields of 8 bits): no size overflows unseen after this.
template <class P>
LACUNA_INLINE void check_sizes(index_t rows, index_t cols) {
  constexpr index_t most = index_t{1} << 56;
  if (rows < 0 || cols < 0 || rows > most || cols > most) fail_sizes(P::name(), rows, cols);
}

/// Fails with errc::data unless an array of pattern P has the length its shape asks for.
template <class P>
LACUNA_INLINE void check_length(const char* array, index_t need, index_t got) {
  if (got != need) fail_length(P::name(), array, need, got);
}

/// Fails with errc::overflow unless `count` fits the index type I.
template <class I>
LACUNA_INLINE void check_fits(const std::string& name, const char* what, index_t count) {
  constexpr auto most = sizeof(I) >= sizeof(index_t) ? std::numeric_limits<index_t>::max()
                                                     : static_cast<index_t>(std::numeric_limits<I>::max());
  if (count > most) fail_fits(name, what, most, count);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
