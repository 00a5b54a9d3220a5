#pragma once
// SPDX-License-Identifier: BSL-1.0
// Eigenvalues and eigenvectors of a symmetric matrix: Householder to three diagonals, then QL with implicit shifts.
// For offline tools: doubles, about 5 n^3 products, one thread. Ascending order; Q's columns are the vectors.
#include <algorithm>
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <vector>

namespace lacuna {
namespace detail {

struct symmetric_eigen {
  std::vector<double> values;  ///< ascending
  matrix<double> vectors;      ///< [n, n]: row i is the vector of values[i]
};

inline namespace LACUNA_ARCH {

/// a becomes Q^T (rows: the reflected axes), d its diagonal, e what lies beside it: A = Q T Q^T.
inline void to_three_diagonals(matrix<double>& a, std::vector<double>& d, std::vector<double>& e) {
  const index_t n = a.rows();
  matrix<double> q(n, n);
  for (index_t i = 0; i < n; ++i) q(i, i) = 1;
  std::vector<double> v(static_cast<std::size_t>(n)), p(v);
  const auto at = [](std::vector<double>& x, index_t i) -> double& { return x[static_cast<std::size_t>(i)]; };
  for (index_t k = 0; k + 2 < n; ++k) {
    double size = 0;
    for (index_t i = k + 1; i < n; ++i) size += a(i, k) * a(i, k);
    size = std::sqrt(size);
    const double head = a(k + 1, k) > 0 ? -size : size, below = a(k + 1, k) - head;
    double square = below * below;
    for (index_t i = k + 2; i < n; ++i) square += a(i, k) * a(i, k);
    if (square == 0) continue;
    at(v, k + 1) = below;
    for (index_t i = k + 2; i < n; ++i) at(v, i) = a(i, k);
    // A -= v w^T + w v^T with w = p - (v.p / v.v) v, p = 2 A v / v.v
    double vp = 0;
    for (index_t i = k; i < n; ++i) {
      double s = 0;
      for (index_t j = k + 1; j < n; ++j) s += a(i, j) * at(v, j);
      at(p, i) = 2 * s / square;
      if (i > k) vp += at(v, i) * at(p, i);
    }
    at(v, k) = 0;
    for (index_t i = k; i < n; ++i) at(p, i) -= vp / square * at(v, i);
    for (index_t i = k; i < n; ++i)
      for (index_t j = k; j < n; ++j) a(i, j) -= at(v, i) * at(p, j) + at(p, i) * at(v, j);
    // Q^T <- H Q^T, row by row: s = v^T Q^T
    std::vector<double> s(static_cast<std::size_t>(n));
    for (index_t i = k + 1; i < n; ++i)
      for (index_t j = 0; j < n; ++j) at(s, j) += at(v, i) * q(i, j);
    for (index_t i = k + 1; i < n; ++i)
      for (index_t j = 0; j < n; ++j) q(i, j) -= 2 / square * at(v, i) * at(s, j);
  }
  d.resize(static_cast<std::size_t>(n)), e.assign(static_cast<std::size_t>(n), 0);
  for (index_t i = 0; i < n; ++i) at(d, i) = a(i, i);
  for (index_t i = 0; i + 1 < n; ++i) at(e, i) = a(i + 1, i);
  a = std::move(q);
}

/// Rotates d, e to a diagonal, and the rows of q with them.
inline void diagonalise(std::vector<double>& d, std::vector<double>& e, matrix<double>& q) {
  const std::size_t n = d.size();
  for (std::size_t l = 0; l < n; ++l)
    for (int round = 0; round < 60; ++round) {
      std::size_t m = l;
      while (m + 1 < n && std::fabs(e[m]) > 1e-16 * (std::fabs(d[m]) + std::fabs(d[m + 1]))) ++m;
      if (m == l) break;
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      const double r = std::hypot(g, 1.0);
      g = d[m] - d[l] + e[l] / (g + std::copysign(r, g));
      double s = 1, c = 1, p = 0;
      bool cut = false;
      for (std::size_t i = m; i-- > l;) {
        const double f = s * e[i], b = c * e[i], h = std::hypot(f, g);
        e[i + 1] = h;
        if (h == 0) {  // it falls apart here
          d[i + 1] -= p, e[m] = 0, cut = true;
          break;
        }
        s = f / h, c = g / h;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2 * c * b;
        p = s * t, d[i + 1] = g + p, g = c * t - b;
        double *const x = &q(static_cast<index_t>(i), 0), *const y = &q(static_cast<index_t>(i) + 1, 0);
        for (std::size_t k = 0; k < n; ++k) {
          const double z = y[k];
          y[k] = s * x[k] + c * z, x[k] = c * x[k] - s * z;
        }
      }
      if (cut) continue;
      d[l] -= p, e[l] = g, e[m] = 0;
    }
}

/// Of a symmetric matrix, both halves given.
inline symmetric_eigen eigen_of(matrix<double> a) {
  const index_t n = a.rows();
  std::vector<double> d, e;
  to_three_diagonals(a, d, e);
  diagonalise(d, e, a);
  std::vector<index_t> order(static_cast<std::size_t>(n));
  for (index_t i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
  std::sort(order.begin(), order.end(), [&](index_t x, index_t y) {
    return d[static_cast<std::size_t>(x)] < d[static_cast<std::size_t>(y)];
  });
  symmetric_eigen r{std::vector<double>(static_cast<std::size_t>(n)), matrix<double>(n, n)};
  for (index_t i = 0; i < n; ++i) {
    const index_t from = order[static_cast<std::size_t>(i)];
    r.values[static_cast<std::size_t>(i)] = d[static_cast<std::size_t>(from)];
    for (index_t k = 0; k < n; ++k) r.vectors(i, k) = a(from, k);
  }
  return r;
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
