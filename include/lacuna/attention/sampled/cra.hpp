#pragma once
// SPDX-License-Identifier: BSL-1.0
// How much attention a mask keeps: the cumulative residual attention of SampleAttention (arXiv:2406.15486).
//
//   mass(row) = sum of the dense weights of the keys that the mask keeps      least: the CRA, over rows      mean: beside it
//
//   const retained r = retained_mass(q, k, rows::all(n), mask::causal{}, kept);
//
// One pass over the scores: both sums run beside one maximum, so a mask that keeps all has exactly 1. Rows that see
// nothing count as 1. No value of V is read, so a mask is judged before it is used.
#include <lacuna/attention/sampled/pass.hpp>
#include <lacuna/core/matrix.hpp>

namespace lacuna {

/// Of all rows of a sample; `head`, `row`: where the least is.
struct retained {
  double least = 1, mean = 1;
  index_t head = 0, row = 0;
};

inline namespace LACUNA_ARCH {
namespace kernel {

/// 16 rows, 64 keys [key][16]: all += sum 2^(s - m), part += those whose bit of `seen` is set (nullptr: of all keys).
template <class A>
LACUNA_NOINLINE void weigh_kept(const float* s, const std::uint64_t* seen, bool any, int block, float* m,
                                float* all, float* part) {
  const auto old = simd::load16<A>(m);
  auto best = old;
  for (index_t k = 0; k < tile_side; ++k) best = simd::max(simd::load16<A>(s + k * 16), best);
  auto sum = simd::set16<A>(0), kept = sum;
  const auto zero = sum;
  for (index_t k = 0; k < tile_side; ++k) {
    const auto x = simd::exp2(simd::load16<A>(s + k * 16) - best);
    sum = sum + x;
    if (seen != nullptr)
      kept = kept + simd::blend(static_cast<std::uint32_t>(seen[k] >> (16 * block)) & 0xffffu, x, zero);
  }
  if (seen == nullptr && any) kept = sum;
  const auto factor = simd::exp2(old - best);
  simd::store16(m, best);
  simd::store16(all, simd::load16<A>(all) * factor + sum);
  simd::store16(part, simd::load16<A>(part) * factor + kept);
}

/// Mass of the rows of tile t of head h to `to`.
template <class A, class T, class Q, class K, class M, class Kept>
void mass_of_rows(const sampled_job<T, Q, K, M>& j, index_t h, index_t t, const Kept& kept,
                  const sampled_scratch<T>& own, float* to) {
  const index_t n = j.rows_of(t);
  pack_row_tile<A>(j, h, t, own, own.queries);
  float *const all = own.l, *const part = own.l + tile_side;
  for (index_t i = 0; i < tile_side; ++i) own.m[i] = no_score, all[i] = part[i] = 0;
  for (index_t c = 0; c < j.key_tiles(); ++c) {
    if (!score_sample<A>(j, h, t, c, own.queries, own)) continue;
    const mask::cover kind = covered(kept, own.position, n, c * tile_side, j.nk);
    const bool partial = kind == mask::cover::partial;
    if (partial) seen_by(kept, own.position, n, c * tile_side, j.nk, own.seen);
    for (index_t b = 0; b * 16 < n; ++b)
      weigh_kept<A>(own.scores + b * tile_side * 16, partial ? own.seen : nullptr,
                    kind != mask::cover::absent, static_cast<int>(b), own.m + b * 16, all + b * 16,
                    part + b * 16);
  }
  for (index_t i = 0; i < n; ++i) to[i] = all[i] == 0 ? 1 : part[i] / all[i];
}

}  // namespace kernel

/// The mass that `kept` keeps of what `whole` sees, row by row to mass[heads, rows] (or nowhere). Fails with errc::shape or
/// errc::argument unless the sizes fit.
template <class T = float, exec_policy Exec, class Q, class K, mask::pattern M, mask::pattern Kept>
retained retained_mass(const Exec& where, head_view<Q> q, head_view<K> k, array_view<const index_t> rows,
                       const M& whole, const Kept& kept, float scale = 0, matrix_view<float> mass = {}) {
  using A = simd::arch_of_t<std::remove_cvref_t<decltype(where.simd)>>;
  kernel::check_sample("retained_mass", q, k, rows, 1);
  if (mass.data() != nullptr && (mass.rows() != q.heads() || mass.cols() < rows.size()))
    fail(errc::shape, "retained_mass: need mass[heads, >= rows], " + shape_text(q.heads(), rows.size()) +
                          "; got " + shape_text(mass.rows(), mass.cols()));
  retained r;
  if (q.heads() == 0 || rows.size() == 0) return r;
  auto j = kernel::make_sample<T>(q, k, rows, whole, scale, 1);
  const index_t workers = where.threads.width();
  kernel::carver count(nullptr);
  j.carve(count, workers);
  workspace own;
  kernel::carver part((where.scratch ? *where.scratch : own).floats(count.floats()));
  j.carve(part, workers);
  kernel::pack_all_keys<A>(where.threads, workers, j);
  kernel::take_items(where.threads, workers, q.heads() * j.row_tiles(), [&](index_t i, index_t w) {
    const index_t h = i / j.row_tiles(), t = i % j.row_tiles();
    kernel::mass_of_rows<A>(j, h, t, mask::of_head(kept, h), j.scratch(w),
                            j.log2_sums + h * rows.size() + t * kernel::tile_side);
  });
  double sum = 0;
  for (index_t i = 0; i < q.heads() * rows.size(); ++i) {
    const double x = static_cast<double>(j.log2_sums[i]);
    if (x < r.least) r = {x, 1, i / rows.size(), rows[i % rows.size()]};
    sum += x;
    if (mass.data() != nullptr) mass(i / rows.size(), i % rows.size()) = j.log2_sums[i];
  }
  r.mean = sum / static_cast<double>(q.heads() * rows.size());
  return r;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
