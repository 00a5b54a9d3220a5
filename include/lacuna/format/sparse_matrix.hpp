#pragma once
// SPDX-License-Identifier: BSL-1.0
// A sparse matrix is a pattern (where) times a codec (how values are stored).
//
//   sparse_view<csr, float> a{rows, cols, {row_ptr, col_idx}, values};   borrows the caller's arrays
//   sparse_matrix<nm<2,4>, bf16>                                         owns; converts to the view
//   sparse_matrix<bsr<1,16>, int4<16>>                                   codes in values(), cells in scales()
//
// Construction checks the lengths of the arrays, O(1). Arrays from outside are checked whole by `validate`.
#include <lacuna/codec/plain.hpp>
#include <lacuna/format/pattern.hpp>
#include <lacuna/format/scale_grid.hpp>

namespace lacuna {

/// Borrowed, read-only: rows x cols, P's arrays, C's values and, for a codec that has one, its grid of cells. Fails with
/// errc::data on a wrong length.
template <pattern P, codec C>
class sparse_view {
 public:
  using pattern_type = P;
  using codec_type = C;
  using element = element_t<C>;
  using value_type = value_t<C>;
  using cell = cell_t<C>;
  using arrays = typename positions<P>::arrays;

  LACUNA_INLINE sparse_view(index_t rows, index_t cols, arrays where, array_view<const element> values = {},
                            array_view<const cell> scales = {})
      : where_{rows, cols, where}, values_(values), scales_(scales) {
    check_sizes<P>(rows, cols);
    nnz_ = P::stored(where_);
    check_length<P>("values", codec_of<C>::elements(value_slots<P>(nnz_)), values.size());
    check_length<P>("scales", grid_cells<P, C>(rows, cols, nnz_), scales.size());
  }

  LACUNA_INLINE index_t rows() const { return where_.rows; }
  LACUNA_INLINE index_t cols() const { return where_.cols; }
  /// Stored values, block fill and padding included.
  LACUNA_INLINE index_t nnz() const { return nnz_; }
  LACUNA_INLINE const positions<P>& where() const { return where_; }
  LACUNA_INLINE array_view<const element> values() const { return values_; }
  LACUNA_INLINE array_view<const cell> scales() const { return scales_; }
  /// What position (i, k) holds, whose slot this is.
  LACUNA_INLINE value_type value(index_t i, index_t k, index_t slot) const {
    const value_type v = codec_of<C>::decode(values_.data(), slot);
    if constexpr (scaled_codec<C>) {
      const cell& c = scales_[cell_at<P, C>(cols(), i, k, slot)];
      return (v - codec_of<C>::zero_of(c)) * codec_of<C>::scale_of(c);
    } else {
      return v;
    }
  }
  LACUNA_INLINE value_type value(index_t slot) const requires unscaled_codec<C> {
    return codec_of<C>::decode(values_.data(), slot);
  }
  /// f(column, value) for the stored values of row i, columns ascending.
  template <class F>
  LACUNA_INLINE void visit_row(index_t i, F&& f) const {
    P::visit_row(where_, i, [&](index_t k, index_t slot) { f(k, value(i, k, slot)); });
  }

 private:
  positions<P> where_;
  array_view<const element> values_;
  array_view<const cell> scales_;
  index_t nnz_ = 0;
};

/// Owned. Copies are deep. Its arrays are fixed at birth; `values()` and `scales()` may be written.
template <pattern P, codec C>
class sparse_matrix {
 public:
  using pattern_type = P;
  using codec_type = C;
  using element = element_t<C>;
  using value_type = value_t<C>;
  using cell = cell_t<C>;
  using arrays = typename P::template arrays<owned>;

  // Said here, or the compiler leaves them, with the instructions of these flags, in symbols that all objects share.
  LACUNA_INLINE sparse_matrix(const sparse_matrix&) = default;
  LACUNA_INLINE sparse_matrix(sparse_matrix&&) = default;
  LACUNA_INLINE sparse_matrix& operator=(const sparse_matrix&) = default;
  LACUNA_INLINE sparse_matrix& operator=(sparse_matrix&&) = default;
  LACUNA_INLINE sparse_matrix() : sparse_matrix(0, 0, P::build(0, 0, detail::any_rows{})) {}
  /// Takes over arrays, with values all zero; fails with errc::data when a length is wrong.
  LACUNA_INLINE sparse_matrix(index_t rows, index_t cols, arrays where)
      : rows_(rows), cols_(cols), where_(std::move(where)) {
    check_sizes<P>(rows, cols);
    nnz_ = P::stored({rows, cols, borrow<P>(where_)});
    values_ = buffer<element>(codec_of<C>::elements(value_slots<P>(nnz_)));
    scales_ = buffer<cell>(grid_cells<P, C>(rows, cols, nnz_));
  }
  /// Takes over arrays, values and cells.
  LACUNA_INLINE sparse_matrix(index_t rows, index_t cols, arrays where, buffer<element> values,
                              buffer<cell> scales = {})
      : rows_(rows),
        cols_(cols),
        where_(std::move(where)),
        values_(std::move(values)),
        scales_(std::move(scales)) {
    check_sizes<P>(rows, cols);
    nnz_ = P::stored({rows, cols, borrow<P>(where_)});
    check_length<P>("values", codec_of<C>::elements(value_slots<P>(nnz_)), values_.size());
    check_length<P>("scales", grid_cells<P, C>(rows, cols, nnz_), scales_.size());
  }

  LACUNA_INLINE index_t rows() const { return rows_; }
  LACUNA_INLINE index_t cols() const { return cols_; }
  /// Stored values, block fill and padding included.
  LACUNA_INLINE index_t nnz() const { return nnz_; }
  LACUNA_INLINE const arrays& where() const { return where_; }
  LACUNA_INLINE array_view<element> values() { return values_; }
  LACUNA_INLINE array_view<const element> values() const { return values_; }
  LACUNA_INLINE array_view<cell> scales() { return scales_; }
  LACUNA_INLINE array_view<const cell> scales() const { return scales_; }
  LACUNA_INLINE value_type value(index_t slot) const requires unscaled_codec<C> {
    return codec_of<C>::decode(values_.data(), slot);
  }
  template <class F>
  LACUNA_INLINE void visit_row(index_t i, F&& f) const {
    view().visit_row(i, f);
  }
  LACUNA_INLINE sparse_view<P, C> view() const { return {rows_, cols_, borrow<P>(where_), values_, scales_}; }
  LACUNA_INLINE operator sparse_view<P, C>() const { return view(); }

 private:
  owned_size rows_, cols_, nnz_;
  arrays where_;
  buffer<element> values_;
  buffer<cell> scales_;
};

namespace detail {
template <class A>
struct sparse_traits {};
template <class P, class C>
struct sparse_traits<sparse_view<P, C>> {
  using view = sparse_view<P, C>;
};
template <class P, class C>
struct sparse_traits<sparse_matrix<P, C>> {
  using view = sparse_view<P, C>;
};
}  // namespace detail

/// What every verb takes as its sparse operand: a sparse_view or a sparse_matrix.
template <class A>
concept sparse_operand = requires {
  typename detail::sparse_traits<std::remove_cvref_t<A>>::view;
};
template <sparse_operand A>
using view_of = typename detail::sparse_traits<std::remove_cvref_t<A>>::view;
template <sparse_operand A>
using pattern_of = typename view_of<A>::pattern_type;
template <sparse_operand A>
using codec_type_of = typename view_of<A>::codec_type;

inline namespace LACUNA_ARCH {

/// Bytes of everything stored: index arrays, values and cells.
template <sparse_operand A>
LACUNA_INLINE std::size_t stored_bytes(const A& a) {
  const view_of<A> v = a;
  return array_bytes<pattern_of<A>, borrowed>(v.where().at) +
         static_cast<std::size_t>(v.values().size()) * sizeof(typename view_of<A>::element) +
         static_cast<std::size_t>(v.scales().size()) * sizeof(typename view_of<A>::cell);
}

/// The same in closed form: what rows x cols takes in pattern P and codec C with so many stored values,
/// fill included (P::stored, nnz()).
template <pattern P, codec C>
LACUNA_INLINE std::size_t model_bytes(index_t rows, index_t cols, index_t stored) {
  return P::model_bytes(rows, cols, stored) +
         static_cast<std::size_t>(codec_of<C>::elements(value_slots<P>(stored))) * sizeof(element_t<C>) +
         static_cast<std::size_t>(grid_cells<P, C>(rows, cols, stored)) * sizeof(cell_t<C>);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
