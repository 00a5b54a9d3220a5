#pragma once
// SPDX-License-Identifier: BSL-1.0
// A line of a pruned cache: 16 lanes of `per` neighbours, under a mask. What bf16 and int8 differ in.
//
//   bf16    2 a lane, mask of 32 bits           products as in plain.hpp
//   int8    4 a lane, mask of 64 bits           products of 16-bit integers as in int8.hpp: pairs (0, 2) and (1, 3), so
//                                               that shifts alone widen a line
//
// A value that is not kept is marked in dense lines by a pattern that no value has: bf16 0xffff (such a NaN becomes
// 0x7fff), code -128.
#include <lacuna/kv/codec/int8.hpp>
#include <lacuna/kv/codec/plain.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <class Word>
struct pruned_line;

/// The lanes of a mask: `per` bits each.
template <class Mask>
LACUNA_INLINE Mask mask_at(const std::byte* m) {
  Mask x;
  std::memcpy(&x, m, sizeof x);
  return x;
}

template <>
struct pruned_line<bf16> {
  using code = std::uint16_t;
  using mask = std::uint32_t;
  static constexpr int per = 2, bytes = 2, mask_bytes = 4, scale_bytes = 0;
  static constexpr code absent = 0xffff;
  template <class A>
  static constexpr int words = plain_step<bf16>::words<A>;
  template <class A>
  static constexpr int weight_stride = chunk_tokens / 2 * words<A> * 4;
  template <class A>
  using sum = simd::f32x16<A>;

  LACUNA_INLINE static float value(const std::byte* v, float) {
    return bf16::from_bits(mask_at<std::uint16_t>(v));
  }
  LACUNA_INLINE static float scale_at(const std::byte*, int) { return 1; }
  LACUNA_INLINE static void put_scales(std::byte*, const float*, int) {}
  template <class A>
  LACUNA_INLINE static bf16_pairs<A> load(const std::byte*& m, const std::byte*& v) {
    const auto on = mask_at<mask>(m);
    const auto x = simd::expand16<bytes, A>(v, on);
    m += mask_bytes, v += simd::popcount(on) * bytes;
    return split_pairs(x);
  }
  template <int Stride, class A>
  LACUNA_INLINE static sum<A> add(sum<A> s, const bf16_pairs<A>& x, const std::byte* word) {
    return plain_step<bf16>::add<Stride>(s, x, word);
  }
  template <class A>
  LACUNA_INLINE static sum<A> score(sum<A> s, float, const std::byte*) {
    return s;
  }
  template <class A>
  LACUNA_INLINE static sum<A> weighted(sum<A> s, float) {
    return s;
  }
  template <class A>
  static void prepare_queries(A arch, const float* q, int group, kv_shape z, query_form& f) {
    plain_key<bf16>{}.prepare(arch, q, group, z, f);
  }
  template <class A>
  static void prepare_weights(A arch, int group, const std::byte* const* pages, int count, std::size_t,
                              kv_shape z, weight_form& f) {
    plain_value<bf16>{}.prepare(arch, group, pages, count, 0, z, f);
  }
  template <class A>
  LACUNA_INLINE static const std::byte* weights(const weight_form& f) {
    return words<A> == per ? reinterpret_cast<const std::byte*>(f.p)
                           : reinterpret_cast<const std::byte*>(f.words[0][0]);
  }
  /// The codes of a row, `absent` where the mask is clear; returns what they are multiplied by.
  template <class A>
  LACUNA_INLINE static float row_codes(A, const float* row, float, const std::uint64_t* mask, kv_shape z,
                                       code* to) {
    const auto mark = simd::set16<A>(std::bit_cast<float>(0xffffffffu));
    for (int d = 0; d < z.width(); d += 16) {
      const auto on = static_cast<std::uint32_t>(mask[d / 64] >> (d % 64) & 0xffff);
      simd::store16_bf16(to + d, blend(on, simd::load16<A>(row + d), mark));
    }
    return 1;
  }
};

template <class Scale>
struct pruned_line<int8<per_row, Scale, symmetric>> {
  using code = std::int8_t;
  using mask = std::uint64_t;
  using codec = int8<per_row, Scale, symmetric>;
  static constexpr int per = 4, bytes = 1, mask_bytes = 8, scale_bytes = static_cast<int>(sizeof(Scale));
  static constexpr code absent = -128;
  template <class A>
  static constexpr int words = 2;
  template <class A>
  static constexpr int weight_stride = chunk_tokens * 2;
  template <class A>
  using sum = simd::i32x16<A>;
  template <class A>
  struct pairs {
    simd::i32x16<A> even, odd;
  };

  LACUNA_INLINE static float value(const std::byte* v, float scale) {
    return static_cast<float>(static_cast<std::int8_t>(*v)) * scale;
  }
  LACUNA_INLINE static float scale_at(const std::byte* scales, int t) {
    return mask_at<Scale>(scales + t * scale_bytes);
  }
  LACUNA_INLINE static void put_scales(std::byte* to, const float* scales, int n) {
    for (int t = 0; t < n; ++t) {
      const Scale s(scales[t]);
      std::memcpy(to + t * scale_bytes, &s, sizeof s);
    }
  }
  template <class A>
  LACUNA_INLINE static pairs<A> load(const std::byte*& m, const std::byte*& v) {
    const auto on = mask_at<mask>(m);
    const auto x = simd::expand16<bytes, A>(v, on);
    m += mask_bytes, v += simd::popcount(on);
    return {i8_even(x), i8_odd(x)};
  }
  template <int Stride, class A>
  LACUNA_INLINE static sum<A> add(sum<A> s, const pairs<A>& x, const std::byte* word) {
    s = dot_i16(s, x.even, simd::set16_i32<A>(int_at(word)));
    return dot_i16(s, x.odd, simd::set16_i32<A>(int_at(word + Stride)));
  }
  template <class A>
  LACUNA_INLINE static simd::f32x16<A> score(sum<A> s, float scale, const std::byte* scales) {
    return to_float(s) * simd::set16<A>(scale) * simd::load16<A>(reinterpret_cast<const Scale*>(scales));
  }
  template <class A>
  LACUNA_INLINE static simd::f32x16<A> weighted(sum<A> s, float scale) {
    return to_float(s) * simd::set16<A>(scale);
  }
  /// n 16-bit integers: 0 1 2 3 becomes 0 2 1 3.
  LACUNA_INLINE static void pair_evens(std::byte* x, int n) {
    for (int i = 0; i < n; i += 4) {
      std::uint16_t w[4];
      std::memcpy(w, x + 2 * i, 8);
      const std::uint16_t swapped[4] = {w[0], w[2], w[1], w[3]};
      std::memcpy(x + 2 * i, swapped, 8);
    }
  }
  template <class A>
  static void prepare_queries(A, const float* q, int group, kv_shape z, query_form& f) {
    const int n = z.width() / 2;
    for (int g = 0; g < group; ++g) {
      const float* const row = q + g * z.width();
      const auto point = fixed_point_for(largest_finite<A>(row, z.width()), 32767.0f);
      f.scale[g] = point.down;
      scaled_to_i16<A>(row, point.up, reinterpret_cast<std::uint16_t*>(f.in_order + g * n), z.width());
      pair_evens(reinterpret_cast<std::byte*>(f.in_order + g * n), z.width());
    }
    interleave<A>(group, n, [&](int g, int w, int at) {
      std::memcpy(&f.words[at], reinterpret_cast<const std::byte*>(f.in_order + g * n + w), 4);
    });
  }
  template <class A>
  static void prepare_weights(A, int group, const std::byte* const* pages, int count, std::size_t header,
                              kv_shape z, weight_form& f) {
    for (int i = 0; i < count; ++i)
      for (int t = 0; t < z.page; t += 16)
        simd::store16(f.token_scale + i * z.page + t,
                      simd::load16<A>(reinterpret_cast<const Scale*>(pages[i] + header) + t));
    fold_token_scales<A>(group, count * z.page, int8_value<Scale>::top, nullptr, 0, 0, f);
    for (int g = 0; g < group; ++g) pair_evens(reinterpret_cast<std::byte*>(f.words[0][g]), count * z.page);
  }
  template <class A>
  LACUNA_INLINE static const std::byte* weights(const weight_form& f) {
    return reinterpret_cast<const std::byte*>(f.words[0][0]);
  }
  /// The scale is that of the largest value, `most`, which is always kept.
  template <class A>
  LACUNA_INLINE static float row_codes(A, const float* row, float most, const std::uint64_t* mask, kv_shape z,
                                       code* to) {
    const Scale scale = codec::cell_for(-most, most);
    const auto step = simd::set16<A>(scale > 0 ? static_cast<float>(scale) : 1.0f),
               mark = simd::set16<A>(absent);
    for (int d = 0; d < z.width(); d += 16) {
      const auto on = static_cast<std::uint32_t>(mask[d / 64] >> (d % 64) & 0xffff);
      const auto q = to_float(to_int(simd::load16<A>(row + d) / step));
      simd::store16_bytes(to + d, to_int(blend(on, q, mark)));
    }
    return scale;
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
