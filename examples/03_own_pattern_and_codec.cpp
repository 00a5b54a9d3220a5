// SPDX-License-Identifier: BSL-1.0
//
// A pattern and a codec from outside: they satisfy a concept, and every verb takes them.
//
//   band<1,1>   x x . . .      only the diagonal and its neighbours, so no index is stored at all:
//               x x x . .      row i, column k sits in slot i * 3 + (k - i + 1)
//               . x x x .
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <lacuna/format.hpp>
#include <lacuna/ops.hpp>
#include <vector>

using lacuna::index_t;

template <int Below, int Above>
struct band {
  static constexpr bool filled = true;  // the corners have slots that no position uses
  static constexpr index_t width = Below + 1 + Above;
  using where = lacuna::positions<band>;

  template <template <class> class Array>
  struct arrays {  // a pattern with index arrays names them here and hands them to f in order
    template <class F>
    auto apply(F&& f) const {
      return f();
    }
  };
  static std::string name() { return "band"; }
  static index_t stored(const where& w) { return w.rows * width; }
  template <class F>
  static void visit_row(const where& w, index_t i, F&& f) {
    const index_t last = std::min(w.cols, i + Above + 1);
    for (index_t k = std::max<index_t>(0, i - Below); k < last; ++k) f(k, i * width + (k - i + Below));
  }
  template <class Kept>
  static arrays<lacuna::owned> build(index_t rows, index_t, Kept&& kept) {
    for (index_t i = 0; i < rows; ++i)
      kept(i, [&](index_t k) {
        if (k < i - Below || k > i + Above)
          lacuna::fail(lacuna::errc::pattern, "band: need every nonzero inside the band; got one at (" +
                                                  std::to_string(i) + ", " + std::to_string(k) + ")");
      });
    return {};
  }
};

// Multiples of 1/64 from -2 to 127/64 in one byte.
struct fixed8 {
  using element = std::int8_t;
  using value_type = float;
  static constexpr double roundoff = 0x1p-5;  // for 1/4 <= |v| < 2: half a step of 1/64 against 1/4
  static constexpr const char* name = "fixed8";
  static constexpr index_t elements(index_t slots) { return slots; }
  static float decode(const element* values, index_t slot) { return static_cast<float>(values[slot]) / 64; }
  static void encode(element* values, index_t slot, float v) {
    values[slot] = static_cast<element>(std::clamp(std::nearbyint(v * 64), -128.0f, 127.0f));
  }
};

static_assert(lacuna::pattern<band<1, 1>> && lacuna::codec<fixed8>);

int main() {
  // One step of heat along a rod: y[i] = x[i-1]/4 + x[i]/2 + x[i+1]/4.
  const index_t n = 1000;
  lacuna::matrix<float> w(n, n), x(n, 3), y(n, 3);
  for (index_t i = 0; i < n; ++i)
    for (index_t k = std::max<index_t>(0, i - 1); k < std::min(n, i + 2); ++k)
      w(i, k) = i == k ? 0.5f : 0.25f;
  for (index_t i = 0; i < n; ++i) x(i, 0) = x(i, 1) = x(i, 2) = i / 100 % 2 == 0 ? 1.0f : 0.0f;

  const auto a = lacuna::encode<band<1, 1>, fixed8>(w);
  const auto b = lacuna::convert<lacuna::csr, float>(a);
  lacuna::spmm(a, x, y);
  std::vector<float> first(static_cast<std::size_t>(n), 1), second(first), third(first);
  lacuna::spmv(a, first, second);
  lacuna::spmv(b, first, third);
  std::printf("%zu bytes as band x fixed8, %zu as csr x float; edge of the step: %g %g %g %g\n",
              lacuna::stored_bytes(a), lacuna::stored_bytes(b), y(98, 0), y(99, 0), y(100, 0), y(101, 0));
  // Quarters are multiples of 1/64 and all sums are exact, so csr must agree to the bit.
  return second == third && y(99, 1) == 0.75f && y(100, 2) == 0.25f ? 0 : 1;
}
