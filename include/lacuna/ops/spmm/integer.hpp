#pragma once
// SPDX-License-Identifier: BSL-1.0
// The integer product: weights of 8 or 4 bits times tokens of 8, four products a lane, one scale for each group.
//
//   y[t][row] = sx[t] * sum over groups of  s[row] * (sum u x - z sum x)
//
// One loop for every pattern that has code_walk (ops/codes); `product_integer_plain` is the same sum for the others. The
// sum of a group is exact; groups are added in order.
#include <lacuna/ops/codes/bitmap.hpp>
#include <lacuna/ops/codes/dense.hpp>
#include <lacuna/ops/codes/nm.hpp>
#include <lacuna/ops/spmm/stream.hpp>
#include <lacuna/ops/spmm/tokens.hpp>

namespace lacuna {

inline namespace LACUNA_ARCH {
namespace kernel {

/// The zero point is one number, so that z * sum x is taken off before a group begins.
template <class Walk, class C>
inline constexpr bool turns_first = !Walk::picks && !codec_of<C>::has_zero;

/// Packed tokens, in blocks as in stream.hpp: codes by steps, then of each group sum x, or -z * sum x, [group][T].
template <class Walk, class A>
struct integer_block {
  index_t steps, groups;
  LACUNA_INLINE explicit integer_block(index_t cols)
      : steps(Walk::steps(cols)), groups((steps + Walk::group_steps - 1) / Walk::group_steps) {}
  LACUNA_INLINE index_t sums_at(int T) const { return (steps * Walk::x_bytes * T + 63) / 64 * 64; }
  LACUNA_INLINE index_t bytes(int T) const { return sums_at(T) + (groups * T * 4 + 63) / 64 * 64; }
  /// Floats for n tokens, however they are cut into blocks.
  LACUNA_INLINE index_t floats(index_t n) const {
    constexpr int full = stream_tokens<A>;
    return stream_blocks<A>(n) * bytes(full) / 4;
  }
};

/// sums[n] = the sum of codes 4 n .. 4 n + 3 of a row.
template <class A>
LACUNA_INLINE void add_fours(const std::int8_t* q, index_t cols, std::int32_t* sums) {
  constexpr index_t L = A::lanes;
  index_t k = 0;
  for (; k + 4 * L <= cols; k += 4 * L)
    simd::store(sums + k / 4,
                simd::dot_u8i8(simd::zero_i32<A>(), simd::set_i32<A>(0x01010101), simd::load_raw<A>(q + k)));
  for (; k < cols; k += 4) {
    std::int32_t sum = 0;
    for (index_t j = k; j < cols && j < k + 4; ++j) sum += q[j];
    sums[k / 4] = sum;
  }
}

/// Blocks [first, last) of tokens q; `fours` has room for (cols + 3) / 4.
template <class Walk, class C, class A, class Tokens>
void integer_pack(const Tokens& q, index_t first, index_t last, float* to, std::int32_t* fours) {
  constexpr index_t full = stream_tokens<A>, group_columns = Walk::group_steps * Walk::step;
  const integer_block<Walk, A> shape(q.cols());
  for (index_t b = first; b < last; ++b) {
    const index_t t0 = b * full;
    const int T = stream_block<A>(q.rows() - t0);
    auto* const codes = reinterpret_cast<std::int8_t*>(to) + b * shape.bytes(full);
    auto* const sums = reinterpret_cast<std::int32_t*>(codes + shape.sums_at(T));
    for (index_t t = 0; t < T; ++t) {
      const index_t cols = t0 + t < q.rows() ? q.cols() : 0;
      const std::int8_t* const row = q.values().data() + (cols > 0 ? t0 + t : 0) * q.cols();
      for (index_t s = 0; s < shape.steps; ++s) Walk::pack(row, cols, s, codes + (s * T + t) * Walk::x_bytes);
      if constexpr (!Walk::picks) {
        add_fours<A>(row, cols, fours);
        for (index_t g = 0; g < shape.groups; ++g) {
          const index_t end = (g + 1) * group_columns < cols ? (g + 1) * group_columns : cols;
          std::int32_t sum = 0;
          for (index_t k = g * group_columns; k < end; k += 4) sum += fours[k / 4];
          sums[g * T + t] = sum * (turns_first<Walk, C> ? codec_of<C>::least : 1);
        }
      }
    }
  }
}

/// s of the rows of a panel, and z as integers in every byte and in every lane.
template <class View, class A>
struct group_scales {
  using C = typename View::codec_type;
  using of = codec_of<C>;
  static constexpr int R = panel_registers<A>, L = A::lanes;
  simd::f32<A> scale[R];
  simd::i32<A> zero[R], zero_bytes[R];

  LACUNA_INLINE explicit group_scales(const cell_t<C>* cells) {
    alignas(64) float s[panel_rows];
    alignas(64) std::int32_t z[panel_rows];
    for (index_t i = 0; of::has_zero && i < panel_rows; ++i) {
      s[i] = of::scale_of(cells[i]);
      z[i] = static_cast<std::int32_t>(of::zero_of(cells[i]));
    }
    simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
      if constexpr (of::has_zero) {
        scale[r] = simd::load<A>(s + r * L);
        zero[r] = simd::load<A>(z + r * L);
        zero_bytes[r] = zero[r] * simd::set_i32<A>(0x01010101);
      } else {
        scale[r] = simd::widen<A>(cells + r * L);
        zero[r] = simd::set_i32<A>(-of::least);
        zero_bytes[r] = simd::zero_i32<A>();
      }
    });
  }
};

/// out[t * 16 + row] = the sums of panel p for the T tokens of a packed block.
template <class Walk, int T, class A, class View>
LACUNA_NOINLINE void integer_panel(const View& a, index_t p, const std::int8_t* x, const std::int32_t* sums,
                                   float* out) {
  using C = typename View::codec_type;
  constexpr int R = panel_registers<A>, L = A::lanes, U = T * R >= 8 ? 1 : T * R >= 4 ? 2 : 4;
  constexpr bool one_cell = group_period<C> == 0, has_zero = codec_of<C>::has_zero;
  const integer_block<Walk, A> shape(a.cols());
  const cell_t<C>* cells = a.scales().data() + p * groups_of<C>(a.cols()) * panel_rows;
  index_t slot = Walk::start(a, p);
  simd::f32<A> total[T][R];
  simd::unroll<T * R>([&](auto i) LACUNA_LAMBDA { total[i / R][i % R] = simd::zero<A>(); });
  for (index_t g = 0; g < shape.groups; ++g, cells += one_cell ? 0 : panel_rows) {
    const index_t s0 = g * Walk::group_steps, most = s0 + Walk::group_steps;
    const group_scales<View, A> group(cells);
    simd::i32<A> sum[U][T][R], excess[R];
    simd::unroll<U * T * R>([&](auto i) LACUNA_LAMBDA {
      constexpr int u = i / (T * R), t = i / R % T;
      sum[u][t][i % R] =
          u > 0 || !turns_first<Walk, C> ? simd::zero_i32<A>() : simd::set_i32<A>(sums[g * T + t]);
    });
    simd::unroll<R>([&](auto r) LACUNA_LAMBDA { excess[r] = simd::zero_i32<A>(); });
    const auto add = [&](auto phase, const auto& w, const auto& x_at) LACUNA_LAMBDA {
      simd::unroll<T * R>([&](auto i) LACUNA_LAMBDA {
        constexpr int t = i / R, r = i % R;
        if constexpr (Walk::picks)
          sum[phase][t][r] = simd::dot_u8i8(sum[phase][t][r], x_at(t, r), w[r]);
        else
          sum[phase][t][r] = simd::dot_u8i8(sum[phase][t][r], w[r], x_at(t, r));
      });
      if constexpr (Walk::picks)  // X is 128 too large
        simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
          excess[r] =
              simd::dot_u8i8(excess[r], simd::set_i32<A>(static_cast<std::int32_t>(0x80808080u)), w[r]);
        });
    };
    Walk::template walk<U, T>(a, p, slot, s0, most < shape.steps ? most : shape.steps, group.zero_bytes, x,
                              add);
    simd::unroll<T * R>([&](auto i) LACUNA_LAMBDA {
      constexpr int t = i / R, r = i % R;
      auto exact = sum[0][t][r];
      simd::unroll<U - 1>([&](auto u) LACUNA_LAMBDA { exact = exact + sum[u + 1][t][r]; });
      if constexpr (Walk::picks)
        exact = exact - excess[r];
      else if constexpr (has_zero)
        exact = exact - group.zero[r] * simd::set_i32<A>(sums[g * T + t]);
      total[t][r] = simd::fma(simd::to_float(exact), group.scale[r], total[t][r]);
    });
  }
  simd::unroll<T * R>([&](auto i) LACUNA_LAMBDA {
    // N:M has half bytes 16 times too large.
    constexpr float unit = Walk::picks && codec_of<C>::bits == 4 ? 0.0625f : 1.0f;
    simd::store(out + i / R * panel_rows + i % R * L, total[i / R][i % R] * simd::set<A>(unit));
  });
}

/// The rows of r, which starts at a panel, for all tokens; x as integer_pack leaves it.
template <class Walk, class A, class View, class Scales, class Y, class Epilogue>
void product_integer(const View& a, row_range r, const float* x, const Scales& token_scale, const Y& y,
                     const Epilogue& finish) {
  constexpr index_t full = stream_tokens<A>;
  const integer_block<Walk, A> shape(a.cols());
  alignas(64) float out[full * panel_rows];
  for (index_t row = r.first; row < r.last; row += panel_rows) {
    const index_t rows = r.last - row < panel_rows ? r.last - row : panel_rows;
    for (index_t b = 0; b < stream_blocks<A>(y.cols()); ++b) {
      const index_t t0 = b * full, left = y.cols() - t0, live = left < full ? left : full;
      const int T = stream_block<A>(left);
      const auto* const codes = reinterpret_cast<const std::int8_t*>(x) + b * shape.bytes(full);
      const auto* const sums = reinterpret_cast<const std::int32_t*>(codes + shape.sums_at(T));
      with_block<A>(
          T, [&](auto block) { integer_panel<Walk, block, A>(a, row / panel_rows, codes, sums, out); });
      for (index_t t = 0; t < live; ++t)
        for (index_t i = 0; i < panel_rows; ++i) out[t * panel_rows + i] *= token_scale(t0 + t);
      put_panel<A>(out, row, rows, t0, live, y, finish);
    }
  }
}

/// The same sums for any pattern, in scalars: exact within a group, groups in order.
template <class View, class Tokens, class Scales, class Y, class Epilogue>
void product_integer_plain(const View& a, row_range r, const Tokens& q, const Scales& token_scale, const Y& y,
                           const Epilogue& finish) {
  using P = typename View::pattern_type;
  using C = typename View::codec_type;
  using of = codec_of<C>;
  const index_t columns = group_period<C> == 0 ? longest_group : group_period<C>;
  for (index_t m = r.first; m < r.last; ++m)
    for (index_t t = 0; t < y.cols(); ++t) {
      const std::int8_t* const x = q.values().data() + t * q.cols();
      float sum = 0, scale = 0;
      std::int32_t exact = 0;
      index_t group = -1;
      const auto close = [&] { sum = __builtin_fmaf(static_cast<float>(exact), scale, sum); };
      P::visit_row(a.where(), m, [&](index_t k, index_t slot) {
        const cell_t<C>& cell = a.scales()[cell_at<P, C>(a.cols(), m, k, slot)];
        if (k / columns != group) {
          close();
          group = k / columns;
          scale = of::scale_of(cell);
          exact = 0;
        }
        const float q_w = of::decode(a.values().data(), slot) - of::zero_of(cell);
        exact += static_cast<std::int32_t>(q_w) * x[k];
      });
      close();
      y(m, t) = finish(sum * token_scale(t), m, t);
    }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
