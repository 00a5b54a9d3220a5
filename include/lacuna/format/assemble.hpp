#pragma once
// SPDX-License-Identifier: BSL-1.0
// The one way a sparse matrix is made: positions first, then values. Every conversion, encoding and reader
// goes through here, so n sources and m patterns need n + m pieces.
//
//   entries(i, f)   the source: f(column, value) for row i, columns ascending; called more than once a row
#include <lacuna/codec/fit.hpp>
#include <lacuna/format/sparse_matrix.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

[[noreturn]] LACUNA_NOINLINE inline void fail_fill(const std::string& name, const char* codec, index_t i,
                                                   index_t k) {
  fail(errc::pattern, name + " x " + codec +
                          ": need a nonzero in every slot, for a fill would count as 1; got none at (" +
                          count_text(i) + ", " + count_text(k) + ")");
}

[[noreturn]] LACUNA_NOINLINE inline void fail_value(const std::string& name, const char* codec, index_t i,
                                                    index_t k) {
  fail(errc::data, name + " x " + codec +
                       ": need finite weights within the range of the codec; got another at (" +
                       count_text(i) + ", " + count_text(k) + ")");
}
/// Fails with errc::data unless C can hold v.
template <pattern P, codec C>
LACUNA_INLINE void check_value(value_t<C> v, index_t i, index_t k) {
  if constexpr (requires { codec_of<C>::largest; })
    if (!(v >= -codec_of<C>::largest && v <= codec_of<C>::largest))
      fail_value(P::name(), codec_of<C>::name, i, k);
}

/// The source holds values of C already.
template <class Entries, class C>
concept values_of = std::same_as<typename Entries::codec_type, C>;
/// Its codes and cells can be had: codes(i, f) calls f(column, code), cells(i, f) f(group, cell).
template <class Entries, class C>
concept codes_for = scaled_codec<C> && values_of<Entries, C>;

}  // namespace LACUNA_ARCH
namespace detail {
inline namespace LACUNA_ARCH {

/// A row on its way into slots: what each column holds, as the codec's `encode` takes it.
template <pattern P, codec C>
struct row_of_values {
  buffer<value_t<C>> value;
  buffer<char> has;
  explicit row_of_values(index_t cols) : value(cols), has(cols) {}

  template <class Entries, class Fit>
  LACUNA_INLINE void read(const Entries& entries, index_t i, const Fit&) {
    entries(i, [&](index_t k, auto v) {
      value[k] = static_cast<value_t<C>>(v);
      has[k] = 1;
      // What C holds it may go on holding: an infinity of f8_e5m2, a NaN.
      if constexpr (!values_of<Entries, C>) check_value<P, C>(value[k], i, k);
    });
  }
  LACUNA_INLINE void put(element_t<C>* values, no_cell*, index_t i, index_t k, index_t slot) const {
    if (has[k])
      codec_of<C>::encode(values, slot, value[k]);
    else if constexpr (valueless_codec<C>)
      fail_fill(P::name(), codec_of<C>::name, i, k);
  }
  LACUNA_INLINE void put_cells(no_cell*, index_t) const {}
};

/// The same for a codec with a grid: codes, and the cell of each group.
template <pattern P, scaled_codec C>
struct row_of_values<P, C> {
  using of = codec_of<C>;
  buffer<float> value, group;
  buffer<char> has;
  buffer<cell_t<C>> cells;
  explicit row_of_values(index_t cols) : value(cols), group(cols), has(cols), cells(groups_of<C>(cols)) {}

  template <class Entries, class Fit>
  LACUNA_INLINE void read(const Entries& entries, index_t i, const Fit& fit) {
    if constexpr (codes_for<Entries, C>) {
      if (cells.size() > 0) cells.clear();
      entries.cells(i, [&](index_t g, const cell_t<C>& c) { cells[g] = c; });
      entries.codes(i, [&](index_t k, float q) {
        value[k] = q;
        has[k] = 1;
      });
    } else {
      entries(i, [&](index_t k, auto v) {
        value[k] = static_cast<float>(v);
        has[k] = 1;
        check_value<P, C>(value[k], i, k);
      });
      for (index_t g = 0; g < cells.size(); ++g) fit_group(g, fit);
    }
  }
  LACUNA_INLINE void put(element_t<C>* values, cell_t<C>* scales, index_t i, index_t k, index_t slot) const {
    const cell_t<C>& c = cells[group_at<C>(k)];
    of::encode(values, slot, has[k] ? value[k] : of::zero_of(c));
    if constexpr (groups_in_blocks<P, C>) scales[cell_at<P, C>(value.size(), i, k, slot)] = c;
  }
  LACUNA_INLINE void put_cells(cell_t<C>* scales, index_t i) const {
    if constexpr (!groups_in_blocks<P, C>)
      for (index_t g = 0; g < cells.size(); ++g)
        scales[cell_at<P, C>(value.size(), i, g * of::group, 0)] = cells[g];
  }

 private:
  template <class Fit>
  LACUNA_INLINE void fit_group(index_t g, const Fit& fit) {
    const index_t first = g * of::group, columns = of::group == per_row ? value.size() : of::group;
    const index_t last = first + columns < value.size() ? first + columns : value.size();
    index_t n = 0;
    for (index_t k = first; k < last; ++k)
      if (has[k]) group[n++] = value[k];
    cells[g] = fit(fit::for_codec<C>{}, group.data(), n);
    for (index_t k = first; k < last; ++k)
      if (has[k]) value[k] = of::code(value[k], cells[g]);
  }
};

}  // namespace LACUNA_ARCH
}  // namespace detail
inline namespace LACUNA_ARCH {

/// Values for the rows [first, last) of a, whose positions the source's entries built; slots without an entry are
/// left as they are, or hold the code of 0. Rows may be filled by several threads.
template <pattern P, codec C, class Entries, class Fit = fit::absmax>
void fill_rows(sparse_matrix<P, C>& a, const Entries& entries, index_t first, index_t last,
               const Fit& fit = {}) {
  const positions<P> where{a.rows(), a.cols(), borrow<P>(a.where())};
  element_t<C>* const values = a.values().data();
  cell_t<C>* const scales = a.scales().data();
  detail::row_of_values<P, C> row(a.cols());
  for (index_t i = first; i < last; ++i) {
    row.read(entries, i, fit);
    P::visit_row(where, i, [&](index_t k, index_t slot) { row.put(values, scales, i, k, slot); });
    row.put_cells(scales, i);
    entries(i, [&](index_t k, auto) { row.has[k] = 0; });
  }
}

/// Positions for the entries of a source, every slot 0.
template <pattern P, codec C, class Entries>
sparse_matrix<P, C> assemble_zero(index_t rows, index_t cols, const Entries& entries) {
  const auto kept = [&](index_t i, auto&& f) { entries(i, [&](index_t k, auto) { f(k); }); };
  check_sizes<P>(rows, cols);
  sparse_matrix<P, C> a(rows, cols, P::build(rows, cols, kept));
  if constexpr (P::filled && !valueless_codec<C> && !scaled_codec<C>)
    for (index_t slot = 0; slot < a.nnz(); ++slot)
      codec_of<C>::encode(a.values().data(), slot, value_t<C>{0});
  return a;
}

/// Pattern P and codec C for the rows x cols entries of a source. Slots without an entry hold 0; `fit` chooses the cells
/// of a codec that has them. Fails with errc::pattern when P cannot hold an entry, or when a valueless codec would turn
/// fill into ones, with errc::data when C cannot hold a value.
template <pattern P, codec C, class Entries, class Fit = fit::absmax>
sparse_matrix<P, C> assemble(index_t rows, index_t cols, const Entries& entries, const Fit& fit = {}) {
  auto a = assemble_zero<P, C>(rows, cols, entries);
  fill_rows(a, entries, 0, rows, fit);
  return a;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
