#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a user may bring: a pattern and three codecs that the library has never seen.
#include <cstdint>
#include <lacuna/codec/codec.hpp>
#include <lacuna/format/pattern.hpp>
#include <vector>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Runs of neighbours: run e of a row holds columns first[e] .. and slots start[e] .. start[e + 1]. Only what
/// the concept asks for: no stored_before, no find_defect, no lanes.
struct runs {
  static constexpr bool filled = false;
  template <template <class> class Array>
  struct arrays {
    Array<std::int32_t> row_ptr, first, start;  // rows + 1, runs, runs + 1
    template <class F>
    auto apply(F&& f) const {
      return f(row_ptr, first, start);
    }
  };
  static std::string name() { return "runs"; }
  static index_t stored(const positions<runs>& w) { return w.at.start[w.at.start.size() - 1]; }
  template <class F>
  static void visit_row(const positions<runs>& w, index_t i, F&& f) {
    for (index_t e = w.at.row_ptr[i]; e < w.at.row_ptr[i + 1]; ++e)
      for (index_t s = w.at.start[e]; s < w.at.start[e + 1]; ++s) f(w.at.first[e] + s - w.at.start[e], s);
  }
  template <class Kept>
  static arrays<owned> build(index_t rows, index_t, Kept&& kept) {
    std::vector<std::int32_t> row_ptr{0}, first, start{0};
    for (index_t i = 0; i < rows; ++i) {
      index_t next = -1;
      kept(i, [&](index_t k) {
        if (k != next) {
          first.push_back(static_cast<std::int32_t>(k));
          start.push_back(start.back());
        }
        ++start.back();
        next = k + 1;
      });
      row_ptr.push_back(static_cast<std::int32_t>(first.size()));
    }
    return {own(row_ptr), own(first), own(start)};
  }

 private:
  static buffer<std::int32_t> own(const std::vector<std::int32_t>& v) {
    buffer<std::int32_t> b(static_cast<index_t>(v.size()));
    for (index_t i = 0; i < b.size(); ++i) b[i] = v[static_cast<std::size_t>(i)];
    return b;
  }
};

/// Steps of 1/8 in a byte.
struct eighths {
  using element = std::int8_t;
  using value_type = float;
  static constexpr double roundoff = 0x1p-4;
  static constexpr const char* name = "eighths";
  static constexpr index_t elements(index_t slots) { return slots; }
  static float decode(const std::int8_t* v, index_t slot) { return static_cast<float>(v[slot]) / 8; }
  static void encode(std::int8_t* v, index_t slot, float x) { v[slot] = static_cast<std::int8_t>(x * 8); }
};

/// Its element is a number type of the library, but what it means is not that number.
template <class Number>
struct halved {
  using element = Number;
  using value_type = float;
  static constexpr double roundoff = codec_of<Number>::roundoff;
  static constexpr const char* name = "halved";
  static constexpr index_t elements(index_t slots) { return slots; }
  static float decode(const Number* v, index_t slot) { return 2 * static_cast<float>(v[slot]); }
  static void encode(Number* v, index_t slot, float x) { v[slot] = Number(x / 2); }
};

/// A byte of magnitude and a byte of sign for each value: elements are not slots.
struct signs_apart {
  using element = std::uint8_t;
  using value_type = float;
  static constexpr double roundoff = 0x1p-4;
  static constexpr const char* name = "signs apart";
  static constexpr index_t elements(index_t slots) { return 2 * slots; }
  static float decode(const std::uint8_t* v, index_t slot) {
    const float x = static_cast<float>(v[2 * slot]) / 8;
    return v[2 * slot + 1] != 0 ? -x : x;
  }
  static void encode(std::uint8_t* v, index_t slot, float x) {
    v[2 * slot] = static_cast<std::uint8_t>((x < 0 ? -x : x) * 8);
    v[2 * slot + 1] = x < 0;
  }
};

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
