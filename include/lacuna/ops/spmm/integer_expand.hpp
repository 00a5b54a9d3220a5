#pragma once
// SPDX-License-Identifier: BSL-1.0
// The integer product for many tokens: a chunk of a few panels is decoded once to bytes, then a micro-kernel runs over
// all tokens, as in expand.hpp; the same tiles, four products a lane.
//
// For patterns whose rows share a step's X. Packed X is that of integer.hpp.
#include <lacuna/ops/spmm/expand.hpp>
#include <lacuna/ops/spmm/integer.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The panels of a tile: their decoded chunks, `stride` bytes apart, and the cells of the chunk's first group.
template <class C>
struct integer_rows {
  const std::uint8_t* u;
  index_t stride;
  const cell_t<C>* cells;
  index_t cells_stride;
};

/// out[t][v] = the exact sums of `steps` steps, v over the registers of a tile's rows. A function of its own: with the
/// scaling of groups around it g++ keeps half of the sums in memory (32 tokens, 4096 x 4096: 6.2 ms, not 3.8).
template <class Walk, int Panels, int T, class A>
LACUNA_NOINLINE void integer_sums(const std::uint8_t* u, index_t stride, const std::int8_t* x, index_t steps,
                                  std::int32_t* out) {
  constexpr int R = panel_registers<A>, V = Panels * R, L = A::lanes, B = Walk::x_bytes / 4;
  simd::i32<A> sum[T][V];
  simd::unroll<T * V>([&](auto i) LACUNA_LAMBDA { sum[i / V][i % V] = simd::zero_i32<A>(); });
  for (index_t s = 0; s < steps; ++s, u += B * panel_rows * 4, x += T * Walk::x_bytes)
    simd::unroll<B>([&](auto b) LACUNA_LAMBDA {
      simd::i32<A> row[V];
      simd::unroll<V>([&](auto v) LACUNA_LAMBDA {
        row[v] = simd::load_raw<A>(u + v / R * stride + (b * R + v % R) * (4 * L));
      });
      simd::unroll<T>([&](auto t) LACUNA_LAMBDA {
        const auto word = broadcast_codes<B, T, A>{x, b}(t, 0);
        simd::unroll<V>([&](auto v) LACUNA_LAMBDA { sum[t][v] = simd::dot_u8i8(sum[t][v], row[v], word); });
      });
    });
  simd::unroll<T * V>([&](auto i) LACUNA_LAMBDA { simd::store(out + i * L, sum[i / V][i % V]); });
}

/// c[p * c_stride + t * 16 + row] += the sums of `steps` steps, whole groups from the one that `sums` starts with.
template <class Walk, int Panels, int T, class A, class View>
LACUNA_INLINE void integer_tile(const integer_rows<typename View::codec_type>& rows, const std::int8_t* x,
                                const std::int32_t* sums, index_t steps, float* c, index_t c_stride) {
  using C = typename View::codec_type;
  constexpr int R = panel_registers<A>, V = Panels * R, L = A::lanes;
  constexpr bool one_cell = group_period<C> == 0;
  alignas(64) std::int32_t exact[T * V * L];
  for (index_t s = 0, g = 0; s < steps; s += Walk::group_steps, ++g) {
    const index_t n = s + Walk::group_steps < steps ? Walk::group_steps : steps - s;
    integer_sums<Walk, Panels, T, A>(rows.u + s * (Walk::x_bytes * panel_rows), rows.stride,
                                     x + s * (T * Walk::x_bytes), n, exact);
    simd::unroll<Panels>([&](auto p) LACUNA_LAMBDA {
      const group_scales<View, A> group(rows.cells + p * rows.cells_stride + (one_cell ? 0 : g * panel_rows));
      simd::unroll<T * R>([&](auto i) LACUNA_LAMBDA {
        constexpr int t = i / R, r = i % R;
        const auto shift = simd::set_i32<A>(sums[g * T + t]);
        const auto sum = simd::load<A>(exact + (t * V + p * R + r) * L);
        float* const to = c + p * c_stride + t * panel_rows + r * L;
        simd::store(
            to, simd::fma(simd::to_float(turns_first<Walk, C> ? sum + shift : sum - group.zero[r] * shift),
                          group.scale[r], simd::load<A>(to)));
      });
    });
  }
}

/// Steps decoded at a time: whole groups, at most 512 columns.
template <class Walk>
inline constexpr index_t integer_chunk = longest_group / (Walk::group_steps * Walk::step) * Walk::group_steps;

/// Panel p's bytes u of steps [s0, s1), a register after the other.
template <class Walk, class A, class View>
LACUNA_NOINLINE void integer_decode(const View& a, index_t p, index_t& slot, index_t s0, index_t s1,
                                    std::uint8_t* u) {
  using C = typename View::codec_type;
  constexpr index_t group = Walk::group_steps;
  constexpr bool one_cell = group_period<C> == 0;
  const cell_t<C>* cells = a.scales().data() + p * groups_of<C>(a.cols()) * panel_rows;
  const auto put = [&](auto, const auto& w, const auto&) LACUNA_LAMBDA {
    simd::unroll<panel_registers<A>>([&](auto r) LACUNA_LAMBDA {
      simd::store_raw(u, w[r]);
      u += 4 * A::lanes;
    });
  };
  for (index_t s = s0; s < s1; s += group) {
    const group_scales<View, A> scales(cells + (one_cell ? 0 : s / group * panel_rows));
    Walk::template walk<1, 0>(a, p, slot, s, s + group < s1 ? s + group : s1, scales.zero_bytes, nullptr,
                              put);
  }
}

/// Floats of scratch for a piece: the sums of a tile, and its decoded chunk.
template <class Walk, class A>
index_t integer_expand_floats(index_t n) {
  return tile_panels<A> * panel_rows * (padded_tokens<A>(n) + integer_chunk<Walk> * Walk::x_bytes / 4);
}

/// f(constant<p>) for the number of panels p of a tile.
template <class A, class F>
LACUNA_INLINE void with_panels(index_t panels, F&& f) {
  if constexpr (tile_panels<A> >= 3)
    if (panels == 3) return f(constant<3>{});
  if constexpr (tile_panels<A> >= 2)
    if (panels == 2) return f(constant<2>{});
  f(constant<1>{});
}

/// The rows of r, which starts at a panel, for all tokens; x as integer_pack leaves it.
template <class Walk, class A, class View, class Scales, class Y, class Epilogue>
void product_integer_expand(const View& a, row_range r, const float* x, const Scales& token_scale, const Y& y,
                            const Epilogue& finish, float* scratch) {
  using C = typename View::codec_type;
  constexpr index_t full = stream_tokens<A>, chunk = integer_chunk<Walk>, tile = tile_panels<A>;
  const integer_block<Walk, A> shape(a.cols());
  const index_t c_stride = padded_tokens<A>(y.cols()) * panel_rows, groups = groups_of<C>(a.cols());
  constexpr index_t u_stride = chunk * Walk::x_bytes * panel_rows;
  auto* const u = reinterpret_cast<std::uint8_t*>(scratch + tile * c_stride);
  for (index_t p0 = r.first / panel_rows; p0 < panels_of(r.last); p0 += tile) {
    const index_t panels = panels_of(r.last) - p0 < tile ? panels_of(r.last) - p0 : tile;
    index_t slot[tile];
    for (index_t p = 0; p < panels; ++p) slot[p] = Walk::start(a, p0 + p);
    for (index_t i = 0; i < panels * c_stride; ++i) scratch[i] = 0;
    for (index_t s = 0; s < shape.steps; s += chunk) {
      const index_t end = s + chunk < shape.steps ? s + chunk : shape.steps, g = s / Walk::group_steps;
      for (index_t p = 0; p < panels; ++p)
        integer_decode<Walk, A>(a, p0 + p, slot[p], s, end, u + p * u_stride);
      const integer_rows<C> rows{
          u, u_stride, a.scales().data() + (p0 * groups + (group_period<C> == 0 ? 0 : g)) * panel_rows,
          groups * panel_rows};
      for (index_t b = 0; b < stream_blocks<A>(y.cols()); ++b) {
        const int T = stream_block<A>(y.cols() - b * full);
        const auto* const codes = reinterpret_cast<const std::int8_t*>(x) + b * shape.bytes(full);
        const auto* const sums = reinterpret_cast<const std::int32_t*>(codes + shape.sums_at(T)) + g * T;
        float* const c = scratch + b * full * panel_rows;
        with_panels<A>(panels, [&](auto count) {
          with_block<A>(T, [&](auto block) {
            integer_tile<Walk, count, block, A, View>(rows, codes + s * T * Walk::x_bytes, sums, end - s, c,
                                                      c_stride);
          });
        });
      }
    }
    for (index_t p = 0; p < panels; ++p) {
      const index_t row = (p0 + p) * panel_rows, left = r.last - row < panel_rows ? r.last - row : panel_rows;
      float* const c = scratch + p * c_stride;
      for (index_t t = 0; t < y.cols(); ++t)
        for (index_t i = 0; i < panel_rows; ++i) c[t * panel_rows + i] *= token_scale(t);
      put_panel<A>(c, row, left, 0, y.cols(), y, finish);
    }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
