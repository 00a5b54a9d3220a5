#pragma once
// SPDX-License-Identifier: BSL-1.0
// Attention over a set of keys before it is divided: a monoid, so that sets may be attended apart and merged.
//
//   o = sum 2^(s - m) v      l = sum 2^(s - m)      m = the largest score s (base 2) of a row
//   merge    rescales both to the larger m and adds: associative up to rounding, the empty set is its identity
//   finish   out = o / l, lse = ln sum e^(score);   nothing attended: out = 0, lse = -inf
//
// Split KV, shared prefixes, shards of other machines: attend each, merge, finish. Sets must be disjoint. (FlashInfer's
// and DKernel's merge operator.)
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <limits>

namespace lacuna {

/// Rows of states in the caller's memory: o has `dim` floats a row.
struct state_view {
  float* o = nullptr;
  float* m = nullptr;
  float* l = nullptr;
  index_t rows = 0, dim = 0;
};

/// The largest score of nothing: finite, so that differences of two of them are 0.
inline constexpr float no_score = -1e30f;

inline namespace LACUNA_ARCH {

inline void clear(const state_view& s) {
  for (index_t i = 0; i < s.rows * s.dim; ++i) s.o[i] = 0;
  for (index_t r = 0; r < s.rows; ++r) s.m[r] = no_score, s.l[r] = 0;
}

/// a += b, row by row.
inline void merge(const state_view& a, const state_view& b) {
  if (a.rows != b.rows || a.dim != b.dim)
    fail(errc::shape, "merge: need two states of the same rows and head size; got " +
                          shape_text(a.rows, a.dim) + ", " + shape_text(b.rows, b.dim));
  for (index_t r = 0; r < a.rows; ++r) {
    const float m = a.m[r] > b.m[r] ? a.m[r] : b.m[r];
    const float x = std::exp2(a.m[r] - m), y = std::exp2(b.m[r] - m);
    for (index_t d = r * a.dim; d < (r + 1) * a.dim; ++d) a.o[d] = a.o[d] * x + b.o[d] * y;
    a.l[r] = a.l[r] * x + b.l[r] * y;
    a.m[r] = m;
  }
}

/// ln sum e^(score) of row r.
inline float log_sum(const state_view& s, index_t r) {
  if (s.l[r] == 0) return -std::numeric_limits<float>::infinity();
  return static_cast<float>((static_cast<double>(s.m[r]) + std::log2(static_cast<double>(s.l[r]))) *
                            0.69314718055994530942);
}

/// out[rows, <= dim]; columns past out's are padding.
template <dense_operand Out>
void finish(const state_view& s, Out&& out) {
  const auto y = as_view(out);
  if (y.rows() != s.rows || y.cols() > s.dim)
    fail(errc::shape, "finish: need out[rows, head size] of a state; got state " + shape_text(s.rows, s.dim) +
                          ", out " + shape_text(y.rows(), y.cols()));
  for (index_t r = 0; r < s.rows; ++r) {
    const float whole = s.l[r] == 0 ? 0 : 1 / s.l[r];
    for (index_t d = 0; d < y.cols(); ++d) y(r, d) = s.l[r] == 0 ? 0 : s.o[r * s.dim + d] * whole;
  }
}

}  // namespace LACUNA_ARCH

/// States of `rows` queries, owned; empty sets at first.
class attention_state {
 public:
  attention_state() = default;
  LACUNA_INLINE attention_state(index_t rows, index_t dim)
      : memory_(checked_product("attention_state", rows, checked_sum(dim))), rows_(rows), dim_(dim) {
    clear(view());
  }
  LACUNA_INLINE index_t rows() const { return rows_; }
  LACUNA_INLINE index_t dim() const { return dim_; }
  /// Its memory; the view of a const state is read only by promise.
  LACUNA_INLINE state_view view() const {
    float* const p = const_cast<float*>(memory_.data());
    return {p, p + rows_ * dim_, p + rows_ * dim_ + rows_, rows_, dim_};
  }

 private:
  LACUNA_INLINE static index_t checked_sum(index_t dim) { return dim < 0 ? dim : dim + 2; }
  buffer<float> memory_;
  owned_size rows_, dim_;
};

inline namespace LACUNA_ARCH {

inline void merge(attention_state& a, const attention_state& b) { merge(a.view(), b.view()); }
template <dense_operand Out>
void finish(const attention_state& s, Out&& out) {
  finish(s.view(), out);
}
/// ln sum e^(score) of each row.
inline buffer<float> log_sums(const attention_state& s) {
  buffer<float> lse(s.rows());
  for (index_t r = 0; r < s.rows(); ++r) lse[r] = log_sum(s.view(), r);
  return lse;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
