#pragma once
// SPDX-License-Identifier: BSL-1.0
// Memory that ends where the data ends, so that a sanitizer sees every read and write past it:
//
//   | 1 element | data ...... |end of the heap block        data is aligned for its type, and for no more
//
// and sparse and dense matrices made of it. Gaps between lines hold NaN: who reads one spreads it.
#include <cstdlib>
#include <lacuna/format/encode.hpp>
#include <memory>
#include <string>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

template <class T>
class tight {
 public:
  tight() : tight(0) {}
  explicit tight(index_t size, T value = T{})
      : block_(static_cast<T*>(std::malloc(static_cast<std::size_t>(size + 1) * sizeof(T)))), size_(size) {
    for (index_t i = 0; i <= size; ++i) block_.get()[i] = value;
  }
  template <array_like<const T> A>
  explicit tight(const A& from) : tight(static_cast<index_t>(from.size())) {
    for (index_t i = 0; i < size_; ++i) data()[i] = from.data()[i];
  }
  T* data() { return block_.get() + 1; }
  const T* data() const { return block_.get() + 1; }
  index_t size() const { return size_; }
  T& operator[](index_t i) { return data()[i]; }
  const T& operator[](index_t i) const { return data()[i]; }

 private:
  struct release {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T, release> block_;
  index_t size_;
};

/// rows x cols whose last line is followed by nothing; lines lie `gap` elements further apart than they must.
template <class T, class Layout>
class tight_matrix {
 public:
  tight_matrix(index_t rows, index_t cols, index_t gap)
      : rows_(rows),
        cols_(cols),
        stride_((is_row_major<Layout> ? cols : rows) + gap),
        block_(length(rows, cols, gap), std::numeric_limits<T>::quiet_NaN()) {}
  template <dense_operand M>
  tight_matrix(const M& m, index_t gap) : tight_matrix(as_view(m).rows(), as_view(m).cols(), gap) {
    const auto from = as_view(m);
    for (index_t i = 0; i < rows_; ++i)
      for (index_t j = 0; j < cols_; ++j) view()(i, j) = static_cast<T>(from(i, j));
  }
  matrix_view<T, Layout> view() { return {block_.data(), rows_, cols_, stride_}; }
  matrix_view<const T, Layout> view() const { return {block_.data(), rows_, cols_, stride_}; }
  bool gaps_intact() const {
    const index_t line = is_row_major<Layout> ? cols_ : rows_;
    for (index_t s = 0; s < block_.size(); ++s)
      if (s % stride_ >= line && block_[s] == block_[s]) return false;
    return true;
  }

 private:
  static index_t length(index_t rows, index_t cols, index_t gap) {
    const index_t lines = is_row_major<Layout> ? rows : cols, line = is_row_major<Layout> ? cols : rows;
    return lines == 0 ? 0 : (lines - 1) * (line + gap) + line;
  }
  index_t rows_, cols_, stride_;
  tight<T> block_;
};

/// The nonzeros of a dense matrix in pattern P; view<C>() and the copies it keeps end where their data ends.
template <pattern P>
class tight_sparse {
 public:
  template <dense_operand W>
  explicit tight_sparse(const W& w) : tight_sparse(encode<P, float>(w)) {}
  explicit tight_sparse(const sparse_matrix<P, float>& a)
      : rows_(a.rows()), cols_(a.cols()), where_(copy(a)), floats_(a.values()) {}

  /// The values in codec C; they must outlive the view.
  template <codec C>
  tight<element_t<C>> values() const {
    tight<element_t<C>> v(codec_of<C>::elements(floats_.size()));
    for (index_t s = 0; s < floats_.size(); ++s)
      codec_of<C>::encode(v.data(), s, static_cast<value_t<C>>(floats_[s]));
    return v;
  }
  template <codec C>
  sparse_view<P, C> view(const tight<element_t<C>>& values) const {
    return {rows_, cols_, where_.apply([](const auto&... a) { return typename positions<P>::arrays{a...}; }),
            values};
  }

 private:
  using arrays = typename P::template arrays<tight>;
  static arrays copy(const sparse_matrix<P, float>& a) {
    return a.where().apply([](const auto&... array) {
      return arrays{tight<typename std::remove_cvref_t<decltype(array)>::element>(array)...};
    });
  }
  index_t rows_, cols_;
  arrays where_;
  tight<float> floats_;
};

/// A copy of a matrix whose every array, the cells too, ends where its data ends.
template <pattern P, codec C>
class tight_copy {
 public:
  explicit tight_copy(const sparse_matrix<P, C>& a)
      : rows_(a.rows()), cols_(a.cols()), where_(copy(a)), values_(a.values()), scales_(a.scales()) {}
  sparse_view<P, C> view() const {
    return {rows_, cols_, where_.apply([](const auto&... a) { return typename positions<P>::arrays{a...}; }),
            values_, scales_};
  }

 private:
  using arrays = typename P::template arrays<tight>;
  static arrays copy(const sparse_matrix<P, C>& a) {
    return a.where().apply([](const auto&... array) {
      return arrays{tight<typename std::remove_cvref_t<decltype(array)>::element>(array)...};
    });
  }
  index_t rows_, cols_;
  arrays where_;
  tight<element_t<C>> values_;
  tight<cell_t<C>> scales_;
};

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
