#pragma once
// SPDX-License-Identifier: BSL-1.0
// prune: from weights to the mask of those that stay. sparsify: prune and encode in one call.
//
//   auto kept = prune(w, keep::per_row{0.5}, score::wanda{norms});
//   auto a = encode<bitmap, bf16>(w, kept);
//   auto b = sparsify<nm<2,4>, bf16>(w);               the keep of an N:M pattern is known
//   auto c = sparsify<bsr<4,4>, float>(w, keep::blocks<4,4>{0.1});
#include <bit>
#include <lacuna/format/encode.hpp>
#include <lacuna/prune/keep_groups.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// The positions of w that `keep` chooses by `score`, as a mask of w's shape. `score` is called once or twice
/// for each weight, with a float (a double when w holds doubles). Fails as keep and score say.
template <dense_operand W, keep_policy K, scorer S = score::magnitude>
position_mask prune(const W& w, const K& keep, const S& score = {}) {
  const auto v = as_view(w);
  using View = std::remove_const_t<decltype(v)>;
  if constexpr (requires { score.check(v.rows(), v.cols()); }) score.check(v.rows(), v.cols());

  const index_t words = bitmap::words(v.cols());
  bitmap::arrays<owned> at{buffer<std::uint64_t>(checked_product("prune", v.rows(), words)),
                           buffer<std::int64_t>(v.rows() + 1)};
  keep.select(scored_matrix<View, S>{v, score}, [&at, &v, words](index_t i, index_t j) {
    if (i < 0 || i >= v.rows() || j < 0 || j >= v.cols())
      fail(errc::argument,
           "prune: need a keep that takes positions inside " + shape_text(v.rows(), v.cols()));
    at.mask[i * words + j / 64] |= std::uint64_t{1} << (j % 64);
  });
  for (index_t i = 0; i < v.rows(); ++i) {
    at.row_ptr[i + 1] = at.row_ptr[i];
    for (index_t q = 0; q < words; ++q) at.row_ptr[i + 1] += std::popcount(at.mask[i * words + q]);
  }
  return position_mask(v.rows(), v.cols(), std::move(at));
}

/// sparse_matrix<P, C> of what `keep` chooses of w by `score`. Fails as prune and encode do.
template <pattern P, codec C, dense_operand W, keep_policy K, scorer S = score::magnitude>
auto sparsify(const W& w, const K& keep, const S& score = {}) {
  return encode<P, C>(w, prune(w, keep, score));
}

/// The same with the keep that an N:M pattern stands for.
template <pattern P, codec C, dense_operand W>
auto sparsify(const W& w) {
  static_assert(grouped<P>,
                "lacuna::sparsify<P, C>(w) knows what to keep for N:M patterns only: for others "
                "say it, as in sparsify<P, C>(w, keep::fraction{0.5})");
  return sparsify<P, C>(w, keep::groups<P>{});
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
