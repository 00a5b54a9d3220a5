#pragma once
// SPDX-License-Identifier: BSL-1.0
// Recognises structure: how well each pattern of the menu fits the positions of a matrix.
//
//   x x . .   bsr<2,2>: 2 blocks, 8 slots, 6 of them nonzero: fill 0.75
//   x . . .   nm<2,4>:  no group of 4 has more than 2: holds, fill 6 / 8
//   . . x x
//   . . . x
//
// Blocks and N:M hold a matrix when every nonzero has a slot, at least half of the slots are nonzero (below
// that the fill costs more than a plain index) and they take less than the dense matrix. The others hold
// everything.
#include <algorithm>
#include <lacuna/format.hpp>
#include <lacuna/plan/menu.hpp>
#include <lacuna/plan/text.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// One pattern of the menu against one matrix.
struct fit {
  std::string pattern;
  index_t R = 0, C = 0;  ///< block shape, 0 for others
  index_t N = 0, M = 0;  ///< groups, 0 for others
  index_t stored = 0;    ///< slots of the format
  index_t inside = 0;    ///< those that are positions of the matrix
  double fill = 0;       ///< nonzeros / inside
  bool holds = false;    ///< worth a try: see above
};

struct structure {
  index_t rows = 0, cols = 0, nnz = 0;
  bool ones = false;  ///< every stored value is 1
  std::vector<fit> fits{};

  double density() const {
    const double all = static_cast<double>(rows) * static_cast<double>(cols);
    return all > 0 ? static_cast<double>(nnz) / all : 0;
  }
};

/// The blocks of the R x C grid with a stored value in them: f(block row, block column) for each, once.
template <index_t R, index_t C, class F>
void for_each_block(const sparse_view<csr, float>& a, F&& f) {
  buffer<index_t> seen((a.cols() + C - 1) / C);  // 1 + the last block row that touched it
  for (index_t i = 0; i < a.rows(); ++i)
    a.visit_row(i, [&](index_t k, float) {
      if (seen[k / C] == i / R + 1) return;
      seen[k / C] = i / R + 1;
      f(i / R, k / C);
    });
}

/// The most stored values in any M neighbours of a row, on the grid that N:M has.
template <index_t M>
index_t most_in_group(const sparse_view<csr, float>& a) {
  index_t most = 0;
  for (index_t i = 0; i < a.rows(); ++i) {
    index_t group = -1, count = 0;
    a.visit_row(i, [&](index_t k, float) {
      count = k / M == group ? count + 1 : 1;
      group = k / M;
      if (count > most) most = count;
    });
  }
  return most;
}

template <pattern P>
fit fit_of(const sparse_view<csr, float>& a) {
  fit f{.pattern = pattern_name<P>()};
  if constexpr (block_pattern<P>) {
    f.R = P::R, f.C = P::C, f.holds = true;
    for_each_block<P::R, P::C>(a, [&](index_t b, index_t c) {
      f.stored += f.R * f.C;
      f.inside += std::min(f.R, a.rows() - b * f.R) * std::min(f.C, a.cols() - c * f.C);
    });
  } else if constexpr (group_pattern<P>) {
    f.N = P::N, f.M = P::M;
    f.holds = most_in_group<P::M>(a) <= P::N;
    f.stored = checked_product("advise", a.rows(), P::row_slots(a.cols()));
    f.inside = a.rows() * P::visited(a.cols());
  } else if constexpr (std::is_same_v<P, dense>) {
    f.holds = true;
    f.stored = f.inside = checked_product("advise", a.rows(), a.cols());
  } else {
    f.holds = !std::is_same_v<P, csr16> || a.cols() <= 65535;
    f.stored = f.inside = a.nnz();
  }
  const bool smaller = model_bytes<P, float>(a.rows(), a.cols(), f.stored) <
                       model_bytes<dense, float>(a.rows(), a.cols(), a.rows() * a.cols());
  f.fill = f.inside > 0 ? static_cast<double>(a.nnz()) / static_cast<double>(f.inside) : 0;
  if (block_pattern<P> || group_pattern<P>) f.holds = f.holds && f.fill >= 0.5 && smaller;
  return f;
}

/// Bytes of a matrix of the structure's shape with `stored` slots in the pattern at `place` and codec C.
template <codec C>
std::size_t form_bytes(std::size_t place, const structure& s, index_t stored) {
  std::size_t bytes = 0;
  at_place(menu_patterns{}, place,
           [&](auto p) { bytes = model_bytes<typename decltype(p)::type, C>(s.rows, s.cols, stored); });
  return bytes;
}

/// The patterns of the menu that `may(name)` against `a`, in the menu's order; the others hold nothing.
template <class May>
structure recognise(const sparse_view<csr, float>& a, May&& may) {
  structure s{.rows = a.rows(), .cols = a.cols(), .nnz = a.nnz()};
  const auto values = a.values();
  s.ones = values.size() > 0 && std::all_of(values.begin(), values.end(), [](float v) { return v == 1.0f; });
  for_each_type(menu_patterns{}, [&](auto p) {
    using P = typename decltype(p)::type;
    s.fits.push_back(may(pattern_name<P>()) ? fit_of<P>(a) : fit{.pattern = pattern_name<P>()});
  });
  return s;
}
inline structure recognise(const sparse_view<csr, float>& a) {
  return recognise(a, [](const std::string&) { return true; });
}

/// Blocks that are full, or nearly so, and much fuller than the matrix: largest first.
inline std::vector<fit> full_blocks(const structure& s, double least = 0.95) {
  std::vector<fit> found;
  for (const fit& f : s.fits)
    if (f.R > 0 && f.fill >= least && f.fill >= 1.25 * s.density()) found.push_back(f);
  std::stable_sort(found.begin(), found.end(),
                   [](const fit& a, const fit& b) { return a.R * a.C > b.R * b.C; });
  return found;
}

/// The N:M of the menu that holds the matrix in the fewest slots; none: pattern is empty.
inline fit tightest_groups(const structure& s) {
  fit best;
  for (const fit& f : s.fits)
    if (f.M > 0 && f.holds && (best.M == 0 || f.stored < best.stored)) best = f;
  return best;
}

/// What a reader wants to know of it, in a sentence or two.
inline std::string structure_text(const structure& s) {
  std::string text = percent_text(s.density()) + " nonzero";
  const auto block_list = [](const std::vector<fit>& blocks, std::size_t first) {
    std::vector<std::string> names;
    for (std::size_t i = first; i < blocks.size(); ++i) names.push_back(shape_text(blocks[i].R, blocks[i].C));
    return list_text(names);
  };
  const std::vector<fit> blocks = full_blocks(s);
  if (!blocks.empty()) {
    const bool full = blocks[0].fill == 1;
    text += "; all nonzeros lie in " + (full ? "full " : percent_text(blocks[0].fill) + " full ") +
            shape_text(blocks[0].R, blocks[0].C) + " blocks";
    if (blocks.size() > 1) text += " (so in " + block_list(blocks, 1) + ", too)";
  } else if (const std::vector<fit> half = full_blocks(s, 0.6); !half.empty()) {
    const fit best =
        *std::max_element(half.begin(), half.end(), [](auto& a, auto& b) { return a.fill < b.fill; });
    text += "; " + shape_text(best.R, best.C) + " blocks are " + percent_text(best.fill) + " full";
  }
  const fit groups = tightest_groups(s);
  if (groups.M > 0)
    text += "; " + count_text(groups.N) + ":" + count_text(groups.M) + " holds it (no " +
            count_text(groups.M) + " neighbours of a row have more than " + count_text(groups.N) +
            ")";
  if (s.ones) text += "; every value is 1";
  if (text.find(';') == std::string::npos && s.density() < 1) text += "; neither blocks nor N:M groups found";
  return text;
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
