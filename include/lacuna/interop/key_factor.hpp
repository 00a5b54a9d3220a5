#pragma once
// SPDX-License-Identifier: BSL-1.0
// ShadowKV's keys of low rank (arXiv 2410.21465): all keys of a prompt before RoPE, all KV heads side by side, as a product.
//
//   K [tokens, kv_heads * dim]  ~  tokens [tokens, rank] * basis [rank, kv_heads * dim]      rank 160 of 1024 in the paper
//
// The truncated SVD by way of the Gram matrix K^T K: its eigenvectors are the basis, their eigenvalues the squares of the
// singular values, so the squared error is the sum of those left out. That costs one pass over K and Eigen's symmetric solver
// for W channels, whatever the length; singular values below 1e-8 of the largest are lost in it (squares in double).
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <lacuna/core/matrix.hpp>
#include <vector>

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
  using by_rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::MatrixXd keys =
      Eigen::Map<const by_rows, 0, Eigen::OuterStride<>>(K.data(), N, W, Eigen::OuterStride<>(K.stride()))
          .cast<double>();
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(W, W);
  gram.selfadjointView<Eigen::Lower>().rankUpdate(keys.transpose());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> found(gram);  // reads the lower half; values ascend
  key_factor f{matrix<float>(N, rank), matrix<float>(rank, W),
               std::vector<double>(static_cast<std::size_t>(W))};
  for (index_t i = 0; i < W; ++i)
    f.squares[static_cast<std::size_t>(i)] = std::max(0.0, found.eigenvalues()(W - 1 - i));
  const by_rows basis = found.eigenvectors().rightCols(rank).rowwise().reverse().transpose().cast<float>();
  const by_rows tokens = (keys * basis.transpose().cast<double>()).cast<float>();
  for (index_t r = 0; r < rank; ++r) {
    for (index_t j = 0; j < W; ++j) f.basis(r, j) = basis(r, j);
    for (index_t t = 0; t < N; ++t) f.tokens(t, r) = tokens(t, r);
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
