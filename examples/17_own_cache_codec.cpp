// SPDX-License-Identifier: BSL-1.0
// A cache codec of one's own, from outside the library: values of one byte as f8_e5m2, with the keys in bf16.
//
// A value codec says how large a section is, how a row is put and read back, and how weighted rows are added: `axpy`
// gets the weights of a chunk in form.p, 1024 floats a query, and sums of 16 channels.
#include <cmath>
#include <cstdio>
#include <lacuna/attention.hpp>
#include <lacuna/core/f8.hpp>

using namespace lacuna;

struct f8_value {
  template <class A>
  using sums = simd::f32x16<A>;
  static constexpr std::size_t ahead = 4096;  // bytes to prefetch
  static constexpr int unit_rows = tile_tokens;
  static constexpr bool weights_per_panel = false;

  std::size_t section_bytes(kv_shape z) const { return std::size_t(z.page * z.width()); }
  const std::byte* panel(const std::byte* s, int p, kv_shape z) const {
    return s + z.page * z.panel_first(p);
  }
  std::size_t unit_bytes(int p, kv_shape z) const { return std::size_t(unit_rows * z.panel_width(p)); }
  /// Panels of 64 (then 16) channels, rows of a token in each.
  static int place(int t, int c, kv_shape z) {
    const int p = z.panel_of(c), first = z.panel_first(p);
    return z.page * first + t * z.panel_width(p) + c - first;
  }
  template <class A>
  void put(A, std::byte* s, int t, const float* row, kv_shape z) const {
    for (int c = 0; c < z.width(); ++c) s[place(t, c, z)] = std::bit_cast<std::byte>(f8_e5m2(row[c]));
  }
  template <class A>
  void get(A, const std::byte* s, int t, float* row, kv_shape z) const {
    for (int c = 0; c < z.width(); ++c) row[c] = std::bit_cast<f8_e5m2>(s[place(t, c, z)]);
  }
  template <class A>
  void prepare(A, int, const std::byte* const*, int, int, kv_shape, weight_form&) const {}
  template <class A, int NV, int G>
  void axpy(A, const weight_form& w, int g0, int t0, int rows, const std::byte* v, const std::byte*,
            sums<A> (&acc)[NV][G]) const {
    for (int t = 0; t < rows; ++t)
      for (int j = 0; j < NV; ++j, v += 16) {
        float x[16];
        for (int c = 0; c < 16; ++c) x[c] = std::bit_cast<f8_e5m2>(v[c]);
        for (int g = 0; g < G; ++g)
          acc[j][g] =
              fma(simd::load16<A>(x), simd::set16<A>(w.p[(g0 + g) * chunk_tokens + t0 + t]), acc[j][g]);
      }
  }
  template <class A>
  simd::f32x16<A> result(A, simd::f32x16<A> acc, const weight_form&, int, int) const {
    return acc;
  }
};
static_assert(value_codec<f8_value> && in_place<f8_value>);

int main() {
  kv_options o{.kv_heads = 1, .head_dim = 64, .page = 64, .max_bytes = 1 << 20};
  kv_cache<bf16> wide(o);
  kv_cache<bf16, f8_value> mine(o);
  matrix<float> k(300, 64), v(300, 64), q(4, 64), a(4, 64), b(4, 64);
  for (index_t t = 0; t < 300; ++t)
    for (index_t d = 0; d < 64; ++d)
      k(t, d) = float(t * 7 % (d + 2)) / 64, v(t, d) = float((t * 13 + d * 5) % 97) / 97;
  for (index_t i = 0; i < 4; ++i) q(i, i) = 8;
  wide.append(k, v);
  mine.append(k, v);
  decode(q, wide, a);
  decode(q, mine, b);
  double worst = 0;
  for (index_t i = 0; i < 4; ++i)
    for (index_t d = 0; d < 64; ++d) worst = std::fmax(worst, std::fabs(a(i, d) - b(i, d)));
  std::printf("values of one byte: outputs differ by at most %.3f of values up to 1\n", worst);
  return worst < 0.125 ? 0 : 1;
}
