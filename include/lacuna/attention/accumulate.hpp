#pragma once
// SPDX-License-Identifier: BSL-1.0
// The second half of a decode chunk: o = o * rescale + sum of weight * value.
//
// Values are walked page by page over all panels, as they lie in memory; sums wait in L1 in between. A codec whose
// weights differ from panel to panel (int4: a scale per 32 channels) is walked panel by panel.
#include <lacuna/attention/score.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Where the sections of a walk begin and how long they are, for its prefetch.
struct panel_walk_bytes {
  std::size_t first, bytes;
};

/// sums[j * B + g] += the rows of panel p of page i.
template <class A, int B, int NV, value_codec V>
LACUNA_NOINLINE void accumulate_panel(const V& value, const weight_form& w, int g0, const chunk_pages& c,
                                      int i, int p, panel_walk_bytes walk, kv_shape z,
                                      typename V::template sums<A>* sums) {
  typename V::template sums<A> acc[NV][B];
  simd::unroll<NV * B>([&](auto k) LACUNA_LAMBDA { acc[k / B][k % B] = sums[k]; });
  const int rows = V::unit_rows != 0 ? V::unit_rows : z.page;
  const std::size_t step = value.unit_bytes(p, z);
  const std::byte* unit = value.panel(c.value[i], p, z);
  for (int t = 0; t < z.page; t += rows, unit += step) {
    if (V::unit_rows != 0 && (c.tokens[i] >> t & low_tokens(rows)) == 0) continue;  // weights of 0
    const auto offset = static_cast<std::size_t>(unit - c.value[i]) - walk.first;
    const std::byte* const next = later(c.value, i, walk.bytes, offset + V::ahead) + walk.first;
    value.axpy(A{}, w, g0, i * z.page + t, rows, unit, next, acc);
  }
  simd::unroll<NV * B>([&](auto k) LACUNA_LAMBDA { sums[k] = acc[k / B][k % B]; });
}

/// Panels [p0, p1) of all pages of the chunk, for B queries.
template <class A, int B, value_codec V>
LACUNA_NOINLINE void accumulate(const V& value, const weight_form& w, int g0, const chunk_pages& c, int p0,
                                int p1, kv_shape z, const float* rescale, const state_view& st) {
  typename V::template sums<A> sums[most_head_dim / 16 * B];
  const int base = z.panel_first(p0);
  const int end = p1 < z.panels() ? z.panel_first(p1) : z.width();
  for (int k = 0; k < (end - base) / 16 * B; ++k) simd::clear(sums[k]);
  [[maybe_unused]] const bool all = p0 == 0 && p1 == z.panels();
  panel_walk_bytes walk{0, value.section_bytes(z)};
  if constexpr (V::weights_per_panel)
    if (!all)
      walk = {static_cast<std::size_t>(value.panel(c.value[0], p0, z) - c.value[0]),
              value.unit_bytes(p0, z) * static_cast<std::size_t>(z.page / V::unit_rows)};
  for (int i = 0; i < c.count; ++i)
    for (int p = p0; p < p1; ++p) {
      auto* const at = sums + (z.panel_first(p) - base) / 16 * B;
      if (z.panel_width(p) == 64)
        accumulate_panel<A, B, 4>(value, w, g0, c, i, p, walk, z, at);
      else
        accumulate_panel<A, B, 1>(value, w, g0, c, i, p, walk, z, at);
    }
  for (int p = p0; p < p1; ++p)
    for (int j = 0; j < z.panel_width(p) / 16; ++j)
      for (int g = 0; g < B; ++g) {
        const int channel = z.panel_first(p) + 16 * j;
        const auto r = value.result(A{}, sums[(channel - base) / 16 * B + g], w, g0 + g, j);
        float* const o = st.o + (g0 + g) * st.dim + channel;
        simd::store16(o, fma(simd::load16<A>(o), simd::set16<A>(rescale[g0 + g]), r));
      }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
