#pragma once
// SPDX-License-Identifier: BSL-1.0
// What the tests of narrow codecs share: weights whose groups differ in size, and what a cell promises.
#include <cmath>
#include <lacuna/format.hpp>
#include <lacuna/pack.hpp>
#include <string>

#include "support/generators.hpp"
#include "support/near.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// m with each 16 columns of a row scaled by a power of 2 of their own: who takes a neighbour's cell is seen.
inline matrix<float> graded(matrix<float> m) {
  for (index_t i = 0; i < m.rows(); ++i)
    for (index_t k = 0; k < m.cols(); ++k)
      m(i, k) = std::ldexp(m(i, k), static_cast<int>((i * 5 + k / 16 * 3) % 7) - 3);
  return m;
}
template <class P>
matrix<float> graded_for(index_t rows, index_t cols, double density, std::uint64_t seed) {
  return graded(random_for<P>(rows, cols, density, seed));
}

/// Ones in every seventh place: at least one in each group of 16, and no N:M has too many.
inline matrix<float> thin_ones(index_t rows, index_t cols) {
  matrix<float> m(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t k = i % 7; k < cols; k += 7) m(i, k) = 1;
  return m;
}

/// m with |v| in [1, 2) where it is not zero: no code of a symmetric or asymmetric cell for these is that of zero.
inline matrix<float> even_sized(matrix<float> m, std::uint64_t seed) {
  random_source random(seed);
  for (index_t i = 0; i < m.rows(); ++i)
    for (index_t k = 0; k < m.cols(); ++k)
      if (m(i, k) != 0) m(i, k) = std::copysign(static_cast<float>(1 + random.uniform()), m(i, k));
  return m;
}

/// The cell that absmax gives the group of (i, k), from the dense weights: nonzeros are what is stored.
template <scaled_codec C>
cell_t<C> cell_of_weights(const matrix<float>& w, index_t i, index_t group) {
  const index_t columns = codec_of<C>::group == per_row ? w.cols() : codec_of<C>::group;
  float low = 0, high = 0;
  for (index_t k = group * columns; k < (group + 1) * columns && k < w.cols(); ++k) {
    low = std::min(low, w(i, k));
    high = std::max(high, w(i, k));
  }
  return codec_of<C>::cell_for(low, high);
}

/// Where the cell of (i, k) lies, as format/scale_grid.hpp draws it.
template <pattern P, scaled_codec C>
index_t cell_index(index_t cols, index_t i, index_t k, index_t slot) {
  constexpr index_t G = codec_of<C>::group;
  const index_t groups = G == per_row ? 1 : (cols + G - 1) / G, g = G == per_row ? 0 : k / G;
  if constexpr (requires {
                  requires G >
                  0 && P::R > 0 && P::C % G == 0;
                })
    return slot / G;
  else if constexpr (is_panel<P>)
    return (i / 16 * groups + g) * 16 + i % 16;
  else
    return i * groups + g;
}

/// How far a decoded weight may be from what was encoded: half a step and three roundings of float against the range
/// of the cell, or the stated roundoff.
template <codec C>
double allowed_error(float w, const cell_t<C>& c) {
  if constexpr (scaled_codec<C>) {
    const auto s = static_cast<double>(codec_of<C>::scale_of(c));
    return s / 2 + 3 * unit_roundoff<float> * s * 2 * static_cast<double>(codec_of<C>::most);
  } else {
    return codec_of<C>::roundoff * std::fabs(static_cast<double>(w));
  }
}

/// What is wrong with `a` as the nonzeros of `w`; "" when nothing is.
template <pattern P, codec C>
std::string narrow_fault(const sparse_view<P, C>& a, const matrix<float>& w) {
  using of = codec_of<C>;
  if (const std::string defect = find_defect(a); !defect.empty()) return defect;
  if (stored_bytes(a) != model_bytes<P, C>(a.rows(), a.cols(), a.nnz())) return "not the bytes of the model";
  index_t nonzeros = 0, found = 0;
  std::string fault;
  for (index_t i = 0; i < a.rows(); ++i) {
    for (index_t k = 0; k < a.cols(); ++k) nonzeros += w(i, k) != 0;
    P::visit_row(a.where(), i, [&](index_t k, index_t slot) {
      const auto here = [&](const char* what) {
        fault = std::string(what) + " at (" + std::to_string(i) + ", " + std::to_string(k) + ")";
      };
      found += w(i, k) != 0;
      cell_t<C> c{};
      const auto code = of::decode(a.values().data(), slot);
      if constexpr (scaled_codec<C>) {
        c = a.scales()[cell_index<P, C>(a.cols(), i, k, slot)];
        constexpr index_t G = of::group;
        if (!(c == cell_of_weights<C>(w, i, G == per_row ? 0 : k / G))) here("another cell");
        if (code != (w(i, k) != 0 ? of::code(w(i, k), c) : of::zero_of(c))) here("another code");
        if (a.value(i, k, slot) != (code - of::zero_of(c)) * of::scale_of(c)) here("another value");
      } else if (a.value(i, k, slot) != code) {
        here("another value");
      }
      const double error = static_cast<double>(a.value(i, k, slot)) - static_cast<double>(w(i, k));
      if (!(std::fabs(error) <= allowed_error<C>(w(i, k), c))) here("too large an error");
    });
  }
  return fault.empty() && found != nonzeros ? "a nonzero is not stored" : fault;
}

/// The bytes of all arrays one after the other, with their lengths.
template <pattern P, codec C>
std::string all_bytes(const sparse_view<P, C>& a) {
  std::string s = shape_text(a.rows(), a.cols());
  const auto add = [&](const auto& array) {
    s += "|" + count_text(array.size()) + ":";
    if (array.size() > 0) s.append(reinterpret_cast<const char*>(array.data()), array.bytes());
  };
  a.where().at.apply([&](const auto&... array) {
    (add(array), ...);
    return 0;
  });
  add(a.values());
  add(a.scales());
  return s;
}

/// Steps from zero at (i, k), 0 where nothing is stored; and the cells of what is not 0 steps from zero.
template <scaled_codec C>
struct step_grid {
  matrix<float> steps, scale, zero;
  template <pattern P>
  explicit step_grid(const sparse_view<P, C>& a)
      : steps(a.rows(), a.cols()), scale(a.rows(), a.cols()), zero(a.rows(), a.cols()) {
    for (index_t i = 0; i < a.rows(); ++i)
      P::visit_row(a.where(), i, [&](index_t k, index_t slot) {
        const cell_t<C> c = a.scales()[cell_index<P, C>(a.cols(), i, k, slot)];
        steps(i, k) = codec_of<C>::decode(a.values().data(), slot) - codec_of<C>::zero_of(c);
        if (steps(i, k) != 0) scale(i, k) = codec_of<C>::scale_of(c), zero(i, k) = codec_of<C>::zero_of(c);
      });
  }
  std::string difference_to(const step_grid& o) const {
    return difference(steps, o.steps) + difference(scale, o.scale) + difference(zero, o.zero);
  }
};

/// Any codes, those that no encoding makes among them, and any cells that `validate` allows.
template <pattern P, scaled_codec C>
void randomise(sparse_matrix<P, C>& a, std::uint64_t seed) {
  using of = codec_of<C>;
  random_source random(seed);
  const index_t codes = of::most - of::least + 1;
  for (index_t n = 0; n < value_slots<P>(a.nnz()); ++n)
    of::encode(a.values().data(), n, static_cast<float>(of::least + random.below(codes)));
  for (cell_t<C>& c : a.scales()) {
    c = of::cell_for(0, static_cast<float>(1 + random.uniform()));
    if constexpr (of::has_zero) c.zero = decltype(c.zero)(static_cast<float>(random.below(codes)));
  }
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
