#pragma once
// SPDX-License-Identifier: BSL-1.0
// Columns and slashes of a sample, as sums over blocks of keys and of distances, and the way from them to kept keys.
//
//   const line_sums s = sample_lines(where, q, k, rows, scale, 128);
//   keep_columns(kept, h, s.columns, select::share_cut(s.column(h), .95), 128);
#include <lacuna/attention/mask/causal.hpp>
#include <lacuna/attention/sampled/kept.hpp>
#include <lacuna/attention/sampled/sample.hpp>

namespace lacuna {

/// [heads][blocks], each line summing to the rows of the sample.
struct line_sums {
  matrix<float> columns, slashes;
  index_t block = 1;  ///< keys, distances

  LACUNA_INLINE array_view<const float> column(index_t h) const { return {&columns(h, 0), columns.cols()}; }
  LACUNA_INLINE array_view<const float> slash(index_t h) const { return {&slashes(h, 0), slashes.cols()}; }
};

inline namespace LACUNA_ARCH {

/// Sums of `block` neighbours in a line.
inline matrix<float> fold_blocks(const matrix<float>& lines, index_t block) {
  matrix<float> to(lines.rows(), (lines.cols() + block - 1) / block);
  for (index_t h = 0; h < lines.rows(); ++h)
    for (index_t i = 0; i < lines.cols(); ++i) to(h, i / block) += lines(h, i);
  return to;
}

template <exec_policy Exec, class Q, class K>
line_sums sample_lines(const Exec& where, head_view<Q> q, head_view<K> k, array_view<const index_t> rows,
                       float scale, index_t block = 1) {
  line_sums s{matrix<float>(q.heads(), k.tokens()), matrix<float>(q.heads(), k.tokens()), block};
  sample_scores(where, q, k, rows, mask::causal{}, sample_options<>{.scale = scale},
                sums::columns{s.columns.view()}, sums::slashes{s.slashes.view()});
  if (block > 1) s = {fold_blocks(s.columns, block), fold_blocks(s.slashes, block), block};
  return s;
}

/// Lines, and the mass of each row by blocks of 64 keys, in one pass.
struct row_sums {
  line_sums lines;
  matrix<float> units;  ///< [heads * rows][blocks]
  index_t rows = 0;

  LACUNA_INLINE matrix_view<float> of(index_t h) const {
    return const_cast<matrix<float>&>(units).view().block(h * rows, 0, rows, units.cols());
  }
};
template <exec_policy Exec, class Q, class K>
row_sums sample_rows(const Exec& where, head_view<Q> q, head_view<K> k, array_view<const index_t> rows,
                     float scale, index_t block = 1) {
  matrix<float> columns(q.heads(), k.tokens()), slashes(q.heads(), k.tokens());
  matrix<float> units(q.heads() * rows.size(), (k.tokens() + 63) / 64);
  sample_scores(where, q, k, rows, mask::causal{}, sample_options<>{.scale = scale},
                sums::columns{columns.view()}, sums::slashes{slashes.view()}, sums::units{units.view(), 64});
  return {{fold_blocks(columns, block), fold_blocks(slashes, block), block}, std::move(units), rows.size()};
}

/// What a cut takes of lines of blocks, for all queries.
inline void keep_columns(kept_keys& kept, index_t list, array_view<const float> sums, const select::cut& c,
                         index_t block) {
  select::each_taken(sums, c, [&](index_t b) { kept.add_range(list, b * block, b * block + block); });
}
inline void keep_slashes(kept_keys& kept, index_t list, array_view<const float> sums, const select::cut& c,
                         index_t block) {
  select::each_taken(sums, c, [&](index_t b) { kept.add_strip(list, b * block, b * block + block); });
}
/// Single keys: f(h) is the cut of the columns of head h, of blocks of one key; the first `forced` come along.
template <class F>
void keep_single(kept_keys& kept, const line_sums& s, index_t forced, const F& f) {
  const index_t words = select::words_of(s.columns.cols());
  buffer<std::uint64_t> bits(s.columns.rows() * words);
  for (index_t h = 0; h < s.columns.rows(); ++h) {
    select::put_range(bits.data() + h * words, s.columns.cols(), 0, forced);
    select::take(s.column(h), f(h), bits.data() + h * words);
  }
  kept.set_keys(bits.data());
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
