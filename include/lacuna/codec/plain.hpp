#pragma once
// SPDX-License-Identifier: BSL-1.0
// The codecs that keep one number per value, as the field's own arrays: float, bf16, f16, f8, double; and
// `ones`, which keeps none (masks, graphs).
#include <lacuna/codec/codec.hpp>
#include <lacuna/core/config.hpp>
#include <lacuna/core/f8.hpp>

namespace lacuna {
namespace detail {

/// One array element of type T per value.
template <class T, class Value>
struct plain_codec {
  using element = T;
  using value_type = Value;
  static constexpr index_t elements(index_t slots) { return slots; }
  LACUNA_INLINE static Value decode(const T* values, index_t slot) {
    return static_cast<Value>(values[slot]);
  }
  LACUNA_INLINE static void encode(T* values, index_t slot, Value v) { values[slot] = T(v); }
};

}  // namespace detail

template <>
struct codec_of<float> : detail::plain_codec<float, float> {
  static constexpr double roundoff = 0;
  static constexpr const char* name = "float";
};
template <>
struct codec_of<double> : detail::plain_codec<double, double> {
  static constexpr double roundoff = 0;
  static constexpr const char* name = "double";
};
/// 8 significant bits, the exponents of float.
template <>
struct codec_of<bf16> : detail::plain_codec<bf16, float> {
  static constexpr double roundoff = 0x1p-8;
  static constexpr const char* name = "bf16";
};
/// 11 significant bits; normal from 2^-14 to 65504, below that the error is at most 2^-25.
template <>
struct codec_of<f16> : detail::plain_codec<f16, float> {
  static constexpr double roundoff = 0x1p-11;
  static constexpr const char* name = "f16";
};

/// 3 and 4 significant bits; normal from 2^-14 and 2^-6. Refuses what is too large.
template <>
struct codec_of<f8_e5m2> : detail::plain_codec<f8_e5m2, float> {
  static constexpr double roundoff = 0x1p-3;
  static constexpr const char* name = "f8_e5m2";
  static constexpr float largest = 57344;
};
template <>
struct codec_of<f8_e4m3> : detail::plain_codec<f8_e4m3, float> {
  static constexpr double roundoff = 0x1p-4;
  static constexpr const char* name = "f8_e4m3";
  static constexpr float largest = 448;
};

/// Pattern only: no array, every stored position is 1.
struct ones {
  using element = char;
  using value_type = float;
  static constexpr double roundoff = 0;
  static constexpr const char* name = "ones";
  static constexpr index_t elements(index_t) { return 0; }
  LACUNA_INLINE static float decode(const char*, index_t) { return 1; }
  LACUNA_INLINE static void encode(char*, index_t, float) {}
};

}  // namespace lacuna
