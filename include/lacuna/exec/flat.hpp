#pragma once
// SPDX-License-Identifier: BSL-1.0
// Cuts the stored units of rows (entries of csr, blocks of bsr<1,C>) into pieces of one length, wherever rows end: one long
// row is many pieces' work. What GQSA (arXiv 2412.17560) and Stream-K (arXiv 2301.03598) call flat, with a fix-up.
//
//   rows     |aaaa|bb||ccccccccccccccc|dd|
//   pieces   |...... |...... |...... |...|      a, b whole;  c = tail of piece 0 + piece 1 + head of piece 2, in this order
//
// The length is chosen by the shape, never by the threads: same bits for any number of them.
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// Units [first, last) of the rows [row, end); the first and the last of them may be parts.
template <class Offset>
struct flat_piece {
  const Offset* row_ptr;
  index_t first, last, row, end;

  LACUNA_INLINE index_t start(index_t m) const {
    const auto e = static_cast<index_t>(row_ptr[m]);
    return e < first ? first : e;
  }
  LACUNA_INLINE index_t stop(index_t m) const {
    const auto e = static_cast<index_t>(row_ptr[m + 1]);
    return e > last ? last : e;
  }
  LACUNA_INLINE bool begins(index_t m) const { return static_cast<index_t>(row_ptr[m]) >= first; }
  LACUNA_INLINE bool ends(index_t m) const { return static_cast<index_t>(row_ptr[m + 1]) <= last; }
};

/// Rows cut into pieces of `each` units, the last one shorter. At most `most` pieces.
template <class Offset>
class flat_cut {
 public:
  LACUNA_INLINE flat_cut(const Offset* row_ptr, index_t rows, index_t least_each, index_t most = 256)
      : row_ptr_(row_ptr), rows_(rows), units_(static_cast<index_t>(row_ptr[rows])) {
    each_ = (units_ + most - 1) / most;
    if (each_ < least_each) each_ = least_each;
  }
  LACUNA_INLINE index_t pieces() const { return units_ <= each_ ? 1 : (units_ + each_ - 1) / each_; }
  /// Rows without units lie in the piece where the next unit does, or in the last.
  LACUNA_INLINE flat_piece<Offset> piece(index_t p) const {
    const index_t first = p * each_, last = p + 1 == pieces() ? units_ : first + each_;
    const index_t row = p == 0 ? 0 : row_at(first), end = p + 1 == pieces() ? rows_ : row_at(last);
    const bool continues = p > 0 && static_cast<index_t>(row_ptr_[row]) > first;  // the row before goes on
    return {row_ptr_, first, last, continues ? row - 1 : row, end};
  }

 private:
  /// The first row that begins at this unit or after it.
  LACUNA_INLINE index_t row_at(index_t unit) const {
    index_t low = 0, high = rows_;
    while (low < high) {
      const index_t mid = low + (high - low) / 2;
      if (static_cast<index_t>(row_ptr_[mid]) < unit)
        low = mid + 1;
      else
        high = mid;
    }
    return low;
  }
  const Offset* row_ptr_;
  index_t rows_, units_, each_;
};

/// Of run_flat, for sums of n numbers a row.
template <class Offset>
LACUNA_INLINE index_t flat_floats(const flat_cut<Offset>& cut, index_t n) {
  return cut.pieces() == 1 ? 0 : cut.pieces() * 2 * n;
}

/// sums(piece, p, done) for every piece p: it calls done(m, rows, from, stride) for its rows, each once, in any order, with the
/// n sums of row m + i at from + i * stride, which may be changed. put(m, rows, from, stride) gets the same for whole rows,
/// from the threads that summed them or, where a row was cut, from the caller. `partial` has flat_floats.
template <class Threads, class Offset, class Sums, class Put>
void run_flat(const Threads& threads, const flat_cut<Offset>& cut, index_t n, bool serially, float* partial,
              const Sums& sums, const Put& put) {
  const index_t pieces = cut.pieces();
  const auto one = [&](index_t p) {
    const auto piece = cut.piece(p);
    sums(piece, p, [&](index_t m, index_t rows, float* from, index_t stride) {
      while (rows > 0 && !(piece.begins(m) && piece.ends(m))) {  // at most the first row and the last
        std::memcpy(partial + (2 * p + piece.begins(m)) * n, from,
                    static_cast<std::size_t>(n) * sizeof(float));
        ++m, --rows, from += stride;
      }
      const index_t last = m + rows - 1;
      const bool cut_off = rows > 0 && !piece.ends(last);
      if (cut_off)
        std::memcpy(partial + (2 * p + 1) * n, from + (rows - 1) * stride,
                    static_cast<std::size_t>(n) * sizeof(float));
      if (rows > cut_off) put(m, rows - cut_off, from, stride);
    });
  };
  if (serially || pieces == 1)
    for (index_t p = 0; p < pieces; ++p) one(p);
  else
    threads.run(pieces, one);
  for (index_t p = 0; p < pieces; ++p) {
    const auto piece = cut.piece(p);
    const index_t m = piece.end - 1;
    if (m < piece.row || piece.ends(m) || !piece.begins(m)) continue;
    float* const sum = partial + (2 * p + 1) * n;
    for (index_t q = p + 1; q < pieces; ++q) {
      const float* const more = partial + 2 * q * n;
      for (index_t t = 0; t < n; ++t) sum[t] += more[t];
      if (cut.piece(q).ends(m)) break;
    }
    put(m, index_t{1}, sum, n);
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
