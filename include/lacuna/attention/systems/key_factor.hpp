#pragma once
// SPDX-License-Identifier: BSL-1.0
// ShadowKV's keys of low rank (arXiv 2410.21465): all keys of a prompt before RoPE, all KV heads side by side, as a product.
//
//   K [tokens, kv_heads * dim]  ~  tokens [tokens, rank] * basis [rank, kv_heads * dim]      rank 160 of 1024 in the paper
//
// The truncated SVD by way of the Gram matrix K^T K: its eigenvectors are the basis, their eigenvalues the squares of the
// singular values, so the squared error is the sum of those left out. That costs one pass over K and about 5 W^3 products
// for W channels, whatever the length; singular values below 1e-8 of the largest are lost in it (squares in double).
#include <lacuna/attention/systems/symmetric_eigen.hpp>

namespace lacuna {

struct key_factor {
  matrix<float> tokens;         ///< [tokens, rank]: U S
  matrix<float> basis;          ///< [rank, channels]: V^T, best first
  std::vector<double> squares;  ///< of all singular values, descending

  LACUNA_INLINE index_t rank() const { return basis.rows(); }
  /// The squared error of all keys together: what the truncation left out.
  LACUNA_INLINE double left_out() const {
    double sum = 0;
    for (std::size_t i = static_cast<std::size_t>(rank()); i < squares.size(); ++i) sum += squares[i];
    return sum;
  }
  LACUNA_INLINE index_t bytes() const {
    return 4 * (tokens.rows() * tokens.cols() + basis.rows() * basis.cols());
  }
};

inline namespace LACUNA_ARCH {

/// K [tokens, channels]. Fails with errc::argument unless 1 <= rank <= channels.
inline key_factor factor_keys(matrix_view<const float> K, index_t rank) {
  const index_t W = K.cols(), N = K.rows();
  if (rank < 1 || rank > W)
    fail(errc::argument, "factor_keys: need 1 <= rank <= " + count_text(W) + "; got " + count_text(rank));
  matrix<double> gram(W, W);
  for (index_t t = 0; t < N; ++t)
    for (index_t i = 0; i < W; ++i) {
      const double x = K(t, i);
      for (index_t j = 0; j <= i; ++j) gram(i, j) += x * K(t, j);
    }
  for (index_t i = 0; i < W; ++i)
    for (index_t j = i + 1; j < W; ++j) gram(i, j) = gram(j, i);
  const detail::symmetric_eigen e = detail::eigen_of(std::move(gram));
  key_factor f{matrix<float>(N, rank), matrix<float>(rank, W),
               std::vector<double>(static_cast<std::size_t>(W))};
  for (index_t i = 0; i < W; ++i) {
    const double square = e.values[static_cast<std::size_t>(W - 1 - i)];
    f.squares[static_cast<std::size_t>(i)] = square > 0 ? square : 0;
    for (index_t j = 0; i < rank && j < W; ++j) f.basis(i, j) = static_cast<float>(e.vectors(W - 1 - i, j));
  }
  for (index_t t = 0; t < N; ++t)
    for (index_t r = 0; r < rank; ++r) {
      double s = 0;
      for (index_t j = 0; j < W; ++j) s += double(K(t, j)) * f.basis(r, j);
      f.tokens(t, r) = static_cast<float>(s);
    }
  return f;
}

/// Channels [first, first + out.size()) of token `token`, rebuilt into a row: one KV head of it, say.
inline void rebuild_key(const key_factor& f, index_t token, index_t first, array_view<float> out) {
  for (index_t d = 0; d < out.size(); ++d) out[d] = 0;
  for (index_t r = 0; r < f.rank(); ++r) {
    const float x = f.tokens(token, r);
    for (index_t d = 0; d < out.size(); ++d) out[d] += x * f.basis(r, first + d);
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
