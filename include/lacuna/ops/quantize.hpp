#pragma once
// SPDX-License-Identifier: BSL-1.0
// Tokens as 8-bit integers, for integer products: activations are never quantised behind the caller's back.
//
//   auto xq = quantize<int8>(x);      x[t,k] -> a dense matrix of codes with a scale for each token
//   linear(a, xq, y);                 the integer product, for weights of int8 or int4
//
// A matrix like any other: it decodes, converts, is saved. A token with a value that is not finite gets the scale NaN,
// and so gives NaN.
#include <lacuna/codec/int8.hpp>
#include <lacuna/core/matrix.hpp>
#include <lacuna/format/dense.hpp>
#include <lacuna/format/sparse_matrix.hpp>
#include <lacuna/simd/narrow.hpp>
#include <lacuna/simd/vec.hpp>
#include <limits>

namespace lacuna {

/// Tokens by rows: a code for each value, a float scale for each token.
using quantized_tokens = sparse_matrix<dense, int8<per_row, float>>;

inline namespace LACUNA_ARCH {
namespace kernel {

/// The largest |x| of n values; NaN when one is not finite.
template <class A>
LACUNA_INLINE float largest_of(const float* x, index_t n) {
  constexpr index_t L = A::lanes;
  const auto magnitude = simd::set_i32<A>(0x7fffffff);
  auto most = simd::zero<A>(), odd = simd::zero<A>();
  const auto take = [&](simd::f32<A> v) LACUNA_LAMBDA {
    most = simd::max(most, simd::as_f32(simd::as_i32(v) & magnitude));
    odd = odd + v * simd::zero<A>();  // NaN from infinity and NaN on
  };
  index_t i = 0;
  for (; i + L <= n; i += L) take(simd::load<A>(x + i));
  if (i < n) take(simd::load_first<A>(x + i, static_cast<int>(n - i)));
  float lanes[L], largest = simd::sum(odd);
  simd::store(lanes, most);
  for (index_t l = 0; l < L; ++l) largest = lanes[l] > largest ? lanes[l] : largest;
  return simd::sum(odd) == 0 ? largest : std::numeric_limits<float>::quiet_NaN();
}

/// Codes of n values, x * inverse to the nearest integer.
template <class A>
LACUNA_INLINE void codes_of(const float* x, index_t n, float inverse, std::int8_t* to) {
  constexpr index_t L = A::lanes;
  // At 1.5 * 2^23 floats are integers: the sum's low byte is the code.
  const auto factor = simd::set<A>(inverse), shift = simd::set<A>(0x1.8p23f);
  const auto code = [&](simd::f32<A> v) LACUNA_LAMBDA { return simd::as_i32(simd::fma(v, factor, shift)); };
  index_t i = 0;
  for (; i + L <= n; i += L) simd::store_bytes(to + i, code(simd::load<A>(x + i)));
  if (i == n) return;
  std::int8_t last[L];
  simd::store_bytes(last, code(simd::load_first<A>(x + i, static_cast<int>(n - i))));
  std::memcpy(to + i, last, static_cast<std::size_t>(n - i));
}

}  // namespace kernel

/// Tokens x[t,k] into q, made before for as many. Fails with errc::shape when it has another shape.
template <dense_operand X>
requires std::same_as <
    std::remove_const_t<std::remove_pointer_t<decltype(as_view(std::declval<X&>()).data())>>,
float > void quantize(const X& x, quantized_tokens& q) {
  using A = simd::best;
  const auto v = as_view(x);
  if (v.rows() != q.rows() || v.cols() != q.cols())
    fail(errc::shape, "quantize: need codes of the shape of X; got X " + shape_text(v.rows(), v.cols()) +
                          ", codes " + shape_text(q.rows(), q.cols()));
  constexpr bool by_rows = is_row_major<typename decltype(as_view(x))::layout>;
  buffer<float> copy(by_rows ? 0 : v.cols());
  for (index_t t = 0; t < v.rows(); ++t) {
    const float* row = nullptr;
    if constexpr (by_rows) {
      row = v.data() + t * v.stride();
    } else {
      for (index_t k = 0; k < v.cols(); ++k) copy[k] = v(t, k);
      row = copy.data();
    }
    const float scale = kernel::largest_of<A>(row, v.cols()) / 127;
    q.scales()[t] = scale;
    // 1 / scale of a subnormal scale is infinite, and its codes would be no numbers: such tokens become zeros.
    const float inverse = scale > 0x1p-120f ? 1 / scale : 0;
    kernel::codes_of<A>(row, v.cols(), inverse, q.values().data() + t * v.cols());
  }
}

/// The codes of tokens x[t,k]: quantize<int8>(x).
template <template <int, class, class> class Q, dense_operand X>
requires std::same_as<Q<per_row, float, symmetric>, int8<per_row, float, symmetric>> quantized_tokens
quantize(const X& x) {
  const auto v = as_view(x);
  quantized_tokens q(v.rows(), v.cols(), dense::arrays<owned>{});
  quantize(v, q);
  return q;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
