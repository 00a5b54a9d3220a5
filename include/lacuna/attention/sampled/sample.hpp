#pragma once
// SPDX-License-Identifier: BSL-1.0
// sample_scores: the attention weights of some query rows over all keys, reduced tile by tile and never stored.
//
//   const auto list = rows::tails(n, 32, 16);
//   sample_scores(q, k, array_view<const index_t>(list), mask::causal{}, {}, sums::columns{c}, sums::slashes{s});
//
//   pass 1   log2 sum of each row, online          pass 2   the same scores again -> p = 2^(s - log2 sum) -> reductions
//
// Twice the scores of the sample (5 % of the rows: 5 % of a dense prefill) buys memory of one tile a worker. The last
// query stands at the last key; a batch of sequences is a call each. Same bits for any number of threads: the rows
// of a list are dealt to a number of pieces that depends on the shape only, and merged in order.
#include <lacuna/attention/sampled/pass.hpp>
#include <lacuna/attention/sampled/sums.hpp>

namespace lacuna {

/// Whose weights a reduction gets: each query head's, or their sum over the heads of a KV head.
enum class share { head, group };

/// Product: as in prefill_options.
template <class Product = float>
struct sample_options {
  float scale = 0;  ///< of a score; 0: 1 / sqrt(dim), and 1 / (sqrt(dim) * fold) of a folded one
  index_t fold =
      1;  ///< tokens of a row (tile.hpp); positions, masks, rows and units then count folded tokens
  lacuna::share share = lacuna::share::head;
  array_view<float>
      log2_sums{};  ///< [heads * rows], or none: log2 sum 2^s of each row, +inf where nothing is seen
};

inline namespace LACUNA_ARCH {
namespace kernel {

/// A reduction of the caller's own, or one of sums::.
template <class R>
concept reduction = requires(const R& r, index_t i, const weight_tile& t, float* p) {
  { r.fits(i, i, i) } -> std::convertible_to<bool>;
  r.clear();
  { r.lines(i) } -> std::convertible_to<index_t>;
  r.template add<simd::plain>(t, i, p);
  r.finish(i, i, p);
};

/// p (+)= 2^(s - whole): 64 keys of the blocks of n rows.
template <class A>
LACUNA_NOINLINE void normalise(const float* s, const float* whole, index_t n, bool first, float* p) {
  for (index_t b = 0; b * 16 < n; ++b, s += tile_side * 16, p += tile_side * 16) {
    const auto w = simd::load16<A>(whole + b * 16);
    for (index_t k = 0; k < tile_side; ++k) {
      const auto x = simd::exp2(simd::load16<A>(s + k * 16) - w);
      simd::store16(p + k * 16, first ? x : simd::load16<A>(p + k * 16) + x);
    }
  }
}

/// How the second pass is cut.
struct sampled_lists {
  index_t lists, heads_each, pieces, rows, nk;
};

/// Weights of row tile t to f, summed over the heads of the list, key tile by key tile: no more than a tile is held.
template <class A, class T, class Job, class F>
void weigh_row_tile(const Job& j, const sampled_lists& s, index_t list, index_t t,
                    const sampled_scratch<T>& own, float* queries, const F& f) {
  const index_t n = j.rows_of(t), words = j.tile_floats();
  for (index_t g = 0; g < s.heads_each; ++g)
    pack_row_tile<A>(j, list * s.heads_each + g, t, own, queries + g * words);
  for (index_t c = 0; c < j.key_tiles(); ++c) {
    bool first = true;
    for (index_t g = 0; g < s.heads_each; ++g) {
      const index_t h = list * s.heads_each + g;
      if (!score_sample<A>(j, h, t, c, queries + g * words, own)) continue;
      const float* const whole = j.log2_sums + h * s.rows + t * tile_side;
      for (index_t i = 0; i < tile_side; ++i)
        own.l[i] = i < n ? whole[i] : std::numeric_limits<float>::infinity();
      normalise<A>(own.scores, own.l, n, first, own.weights);
      first = false;
    }
    const index_t left = s.nk - c * tile_side;
    if (!first)
      f(weight_tile{own.weights, own.position, list, t * tile_side, n, c * tile_side,
                    left < tile_side ? left : tile_side});
  }
}

template <class A, class Threads, class Job, class... R>
void run_reductions(const Threads& threads, index_t workers, const Job& j, const sampled_lists& s,
                    float* partial, float* queries, const R&... reductions) {
  const index_t each = (index_t{0} + ... + reductions.lines(s.nk));
  std::fill_n(partial, s.lists * s.pieces * each, 0.0f);
  take_items(threads, workers, s.lists * s.pieces, [&](index_t i, index_t w) {
    const index_t list = i / s.pieces;
    for (index_t t = i % s.pieces; t < j.row_tiles(); t += s.pieces)
      weigh_row_tile<A>(
          j, s, list, t, j.scratch(w), queries + w * s.heads_each * j.tile_floats(),
          [&](const weight_tile& tile) {
            float* shared = partial + i * each;
            ((reductions.template add<A>(tile, s.rows, shared), shared += reductions.lines(s.nk)), ...);
          });
  });
  take_items(threads, workers, s.lists, [&](index_t list, index_t) {
    float* const sum = partial + list * s.pieces * each;
    for (index_t p = 1; p < s.pieces; ++p)
      for (index_t i = 0; i < each; ++i) sum[i] += sum[p * each + i];
    const float* shared = sum;
    ((reductions.finish(list, s.nk, shared), shared += reductions.lines(s.nk)), ...);
  });
}

/// Takes memory and runs both passes.
template <class A, class Threads, class Job, class... R>
void run_sample(const Threads& threads, workspace& memory, Job& j, const sampled_lists& s,
                array_view<float> log2_sums, const R&... reductions) {
  const index_t workers = threads.width();
  float *partial = nullptr, *queries = nullptr;
  const auto carve = [&](carver& part) {
    j.carve(part, workers);
    partial = part.template take<float>(s.lists * s.pieces * (index_t{0} + ... + reductions.lines(s.nk)));
    queries = part.template take<float>(workers * s.heads_each * j.tile_floats());
  };
  carver count(nullptr);
  carve(count);
  carver part(memory.floats(count.floats()));
  carve(part);
  pack_all_keys<A>(threads, workers, j);
  take_items(threads, workers, j.q.heads() * j.row_tiles(), [&](index_t i, index_t w) {
    sum_row_tile<A>(j, i / j.row_tiles(), i % j.row_tiles(), j.scratch(w));
  });
  if (log2_sums.size() > 0) std::copy_n(j.log2_sums, log2_sums.size(), log2_sums.data());
  if constexpr (sizeof...(R) > 0) run_reductions<A>(threads, workers, j, s, partial, queries, reductions...);
}

inline void check_sample_results(const sampled_lists& s, bool fit, index_t log2_sums, index_t heads) {
  if (!fit || (log2_sums > 0 && log2_sums != heads * s.rows))
    fail(errc::shape, "sample_scores: need results for " + count_text(s.lists) + " lists, " +
                          count_text(s.rows) + " rows and " + count_text(s.nk) +
                          " keys; got one of another shape");
}

}  // namespace kernel

/// Gives each reduction the weights of `rows` (ascending) under mask m. Fails with errc::shape or errc::argument unless
/// the sizes fit. Tokens past the last whole fold are left out.
template <exec_policy Exec, class Q, class K, mask::pattern M, class T = float, kernel::reduction... R>
void sample_scores(const Exec& where, head_view<Q> q, head_view<K> k, array_view<const index_t> rows,
                   const M& m, const sample_options<T>& o, const R&... reductions) {
  using A = simd::arch_of_t<std::remove_cvref_t<decltype(where.simd)>>;
  kernel::check_sample("sample_scores", q, k, rows, o.fold);
  const bool grouped = o.share == share::group && k.heads() > 0 && q.heads() > k.heads();
  kernel::sampled_lists s{grouped ? k.heads() : q.heads(), grouped ? q.heads() / k.heads() : 1, 1,
                          rows.size(), k.tokens() / o.fold};
  kernel::check_sample_results(s, (reductions.fits(s.lists, s.rows, s.nk) && ...), o.log2_sums.size(),
                               q.heads());
  (reductions.clear(), ...);
  if (q.heads() == 0 || s.rows == 0 || s.nk == 0) return;
  auto j = kernel::make_sample<T>(q, k, rows, m, o.scale, o.fold);
  const index_t spread = (16 + s.lists - 1) / s.lists;
  s.pieces = spread < j.row_tiles() ? spread : j.row_tiles();
  workspace own;
  kernel::run_sample<A>(where.threads, where.scratch ? *where.scratch : own, j, s, o.log2_sums,
                        reductions...);
}
template <class Q, class K, mask::pattern M, class T = float, kernel::reduction... R>
void sample_scores(head_view<Q> q, head_view<K> k, array_view<const index_t> rows, const M& m,
                   const sample_options<T>& o, const R&... reductions) {
  sample_scores(exec{}, q, k, rows, m, o, reductions...);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
