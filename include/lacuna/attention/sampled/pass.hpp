#pragma once
// SPDX-License-Identifier: BSL-1.0
// What every scores-only pass does: all keys packed once, then tiles of 64 sampled rows against tiles of 64 keys.
//
//   scratch   packed key tiles | [worker] sampled_scratch | log2 sums of the rows
//
// Scores stay in the worker's tile; the first pass leaves one number for each row.
#include <lacuna/attention/prefill/plan.hpp>
#include <lacuna/attention/sampled/rows.hpp>
#include <lacuna/attention/sampled/tile.hpp>
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/take_items.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// One call of any scores-only pass.
template <class T, class Q, class K, class M>
struct sampled_job {
  head_view<const Q> q;
  head_view<const K> k;
  array_view<const index_t> rows;
  const M& mask;
  sampled_shape<T> shape;
  float scale;
  index_t nq, nk;  ///< folded tokens
  float *packed = nullptr, *workers = nullptr, *log2_sums = nullptr;
  index_t each = sampled_scratch<T>::floats(shape);

  index_t group() const { return q.heads() / k.heads(); }
  index_t key_tiles() const { return tiles_of(nk); }
  index_t row_tiles() const { return tiles_of(rows.size()); }
  index_t tile_floats() const { return tile_side * shape.words(); }
  LACUNA_INLINE sampled_scratch<T> scratch(index_t worker) const {
    carver part(workers + worker * each);
    return sampled_scratch<T>(shape, part);
  }
  LACUNA_INLINE const float* keys(index_t h, index_t c) const {
    return packed + (h / group() * key_tiles() + c) * tile_floats();
  }
  LACUNA_INLINE index_t rows_of(index_t t) const {
    const index_t left = rows.size() - t * tile_side;
    return left < tile_side ? left : tile_side;
  }
  void carve(carver& part, index_t width) {
    packed = part.take<float>(k.heads() * key_tiles() * tile_floats());
    workers = part.take<float>(width * each);
    log2_sums = part.take<float>(q.heads() * rows.size());
  }
};

template <class T, class Q, class K, class M>
sampled_job<T, std::remove_const_t<Q>, std::remove_const_t<K>, M> make_sample(const head_view<Q>& q,
                                                                              const head_view<K>& k,
                                                                              array_view<const index_t> rows,
                                                                              const M& m, float scale,
                                                                              index_t fold) {
  const float natural = 1 / (std::sqrt(static_cast<float>(q.dim())) * static_cast<float>(fold));
  return {q,
          k,
          rows,
          m,
          {q.dim(), fold},
          (scale != 0 ? scale : natural) * log2e,
          q.tokens() / fold,
          k.tokens() / fold};
}

template <class A, class Threads, class Job>
void pack_all_keys(const Threads& threads, index_t workers, const Job& j) {
  take_items(threads, workers, j.k.heads() * j.key_tiles(), [&](index_t i, index_t w) {
    const index_t h = i / j.key_tiles(), k0 = i % j.key_tiles() * tile_side, left = j.nk - k0;
    pack_sampled_keys<A>(j.shape, j.k, h, k0, left < tile_side ? left : tile_side, j.scratch(w).rows,
                         j.packed + i * j.tile_floats());
  });
}

/// Packs tile t of the sample of head h; positions ascend.
template <class A, class Job, class Scratch>
void pack_row_tile(const Job& j, index_t h, index_t t, const Scratch& own, float* queries) {
  const index_t n = j.rows_of(t);
  const index_t* const list = j.rows.data() + t * tile_side;
  for (index_t i = 0; i < n; ++i) own.position[i] = list[i] + j.nk - j.nq;
  pack_sample<A>(j.shape, j.q, h, list, n, j.scale, own.rows, queries);
}

/// Scores of the packed rows `queries` and key tile c of head h to own.scores, -inf where not seen; false if none is.
template <class A, class T, class Q, class K, class M>
bool score_sample(const sampled_job<T, Q, K, M>& j, index_t h, index_t t, index_t c, const float* queries,
                  const sampled_scratch<T>& own) {
  const auto m = mask::of_head(j.mask, h);
  const index_t n = j.rows_of(t), k0 = c * tile_side;
  const mask::cover kind = covered(m, own.position, n, k0, j.nk);
  if (kind == mask::cover::absent) return false;
  tile_pair step;
  step.add(j.keys(h, c), nullptr, k0, kind);
  score_tiles<A>(j.shape.tile, queries, step, own.scores);
  if (kind == mask::cover::full) return true;
  seen_by(m, own.position, n, k0, j.nk, own.seen);
  for (index_t b = 0; b * 16 < n; ++b)
    change_scores<A>(own.scores + b * tile_side * 16, logit::unchanged{}, {}, own.seen, static_cast<int>(b));
  return true;
}

/// The log2 sums of tile t of head h.
template <class A, class T, class Q, class K, class M>
void sum_row_tile(const sampled_job<T, Q, K, M>& j, index_t h, index_t t, const sampled_scratch<T>& own) {
  const index_t n = j.rows_of(t);
  pack_row_tile<A>(j, h, t, own, own.queries);
  for (index_t i = 0; i < tile_side; ++i) own.m[i] = no_score, own.l[i] = 0;
  for (index_t c = 0; c < j.key_tiles(); ++c) {
    if (!score_sample<A>(j, h, t, c, own.queries, own)) continue;
    for (index_t b = 0; b * 16 < n; ++b) {
      float* const s = own.scores + b * tile_side * 16;
      weigh<A, float>(s, tile_side, own.m + 16 * b, own.l + 16 * b, own.rescale, s);
    }
  }
  for (index_t i = 0; i < n; ++i)
    j.log2_sums[h * j.rows.size() + t * tile_side + i] =
        own.l[i] == 0 ? std::numeric_limits<float>::infinity() : own.m[i] + std::log2(own.l[i]);
}

template <class Q, class K>
void check_sample(const char* operation, const head_view<Q>& q, const head_view<K>& k,
                  array_view<const index_t> rows, index_t fold) {
  const bool groups = k.heads() > 0 ? q.heads() % k.heads() == 0 : q.heads() == 0;
  if (!groups || q.dim() != k.dim() || q.dim() < 1 || fold < 1)
    fail(errc::shape,
         std::string(operation) +
             ": need Q[heads][n][dim], K[kv heads][tokens][dim] with kv heads dividing heads and a "
             "fold >= 1; got Q " +
             count_text(q.heads()) + " heads of " + shape_text(q.tokens(), q.dim()) + ", K " +
             count_text(k.heads()) + " heads of " + shape_text(k.tokens(), k.dim()) + ", fold " +
             count_text(fold));
  index_t before = -1;
  for (const index_t r : rows) {
    if (r <= before || r >= q.tokens() / fold)
      fail(errc::argument, std::string(operation) + ": need rows that ascend below " +
                               count_text(q.tokens() / fold) + "; got " + count_text(r) + " after " +
                               count_text(before));
    before = r;
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
