#pragma once
// SPDX-License-Identifier: BSL-1.0
// The skip regime: lanes are columns of X, only stored values are multiplied. For 8 columns or more.
//
//   for each block of rows, for each chunk of 32 KB of X:
//     list the block's entries in it, rows in the order of their counts      once, for all panels
//     for each panel: sums += entries * chunk                                (skip_panel.hpp)
//   sums -> Y
//
// Works from the plain pattern; `lists` says how each gives its entries. X is packed before (operands.hpp).
// A sum is made of its chunks in order, wherever its row is: the same bits for any cut of the rows.
#include <algorithm>
#include <lacuna/ops/epilogue.hpp>
#include <lacuna/ops/lists/all.hpp>
#include <lacuna/ops/spmm/operands.hpp>
#include <lacuna/ops/spmm/skip_panel.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The memory of one piece of the work.
template <class A>
struct skip_space {
  std::uint16_t *offset, *row, *count;
  float *value, *zeros, *sums;
  std::int32_t* run;
  unsigned char* lister;

  LACUNA_INLINE skip_space(const skip_shape<A>& s, index_t lister_bytes, carver& part) {
    const index_t rows = s.block(), entries = rows * s.chunk() + list_slack;
    offset = part.take<std::uint16_t>(entries);
    value = part.take<float>(entries);
    row = part.take<std::uint16_t>(rows + row_ahead);
    count = part.take<std::uint16_t>(rows);
    run = part.take<std::int32_t>(s.chunk() + 2);
    zeros = part.take<float>(s.width());
    sums = part.take<float>(rows * s.width() * s.group_panels());
    lister = part.take<unsigned char>(lister_bytes);
  }
};

/// Floats of memory, aligned to 64 bytes, that product_skip works in.
template <class A, pattern P, codec C>
index_t skip_scratch_floats(const skip_shape<A>& s) {
  carver count(nullptr);
  skip_space<A>(s, lister_of<P, C, A>::bytes(s.block(), s.k), count);
  return count.floats();
}

/// Rows 0 .. rows in the order of their counts, 0 <= counts <= most: those with c entries are
/// row[run[c]] .. row[run[c + 1]].
LACUNA_INLINE void order_by_count(const std::uint16_t* count, index_t rows, int most, std::uint16_t* row,
                                  std::int32_t* run) {
  std::fill_n(run, most + 2, 0);
  for (index_t i = 0; i < rows; ++i) ++run[count[i] + 1];
  for (int c = 1; c <= most + 1; ++c) run[c] += run[c - 1];
  // Placing a row moves the start of its run, so that run[c] ends as the start of c + 1: one step back.
  for (index_t i = 0; i < rows; ++i) row[run[count[i]]++] = static_cast<std::uint16_t>(i);
  for (int c = most + 1; c > 0; --c) run[c] = run[c - 1];
  run[0] = 0;
}

/// Rows between asking for a row's entries and listing them. prefetch_row has asked for them long before, yet a
/// product of a float bitmap, 50 % zeros, takes 1.14 times as long without this (128 columns; 1.06 with 512).
inline constexpr index_t fill_ahead = 16;

LACUNA_INLINE void prefetch_fill(const list_ahead& here, index_t i, int count) {
  for (const auto& array : here.arrays) {
    const std::uintptr_t bytes = array.bytes * static_cast<std::uintptr_t>(count);
    if (bytes == 0) continue;
    const std::uintptr_t first = array.bytes * static_cast<std::uintptr_t>(here.slot[i * here.step]);
    for (std::uintptr_t b = 0; b < bytes + 64; b += 64) simd::prefetch_ahead(array.data, first + b);
  }
}

/// Lists the current chunk of rows 0 .. rows and moves the lister on.
template <class A, class Lister>
LACUNA_NOINLINE skip_list list_chunk(Lister& lister, index_t rows, const skip_shape<A>& s,
                                     const skip_space<A>& space) {
  int least = static_cast<int>(s.chunk()), most = 0;
  for (index_t i = 0; i < rows; ++i) {
    const int n = lister.count(i);
    space.count[i] = static_cast<std::uint16_t>(n);
    least = n < least ? n : least;
    most = n > most ? n : most;
  }
  order_by_count(space.count, rows, most, space.row, space.run);
  std::fill_n(space.row + rows, row_ahead, std::uint16_t{0});
  const list_ahead here = lister.ahead();  // of rows that are not filled yet: where this chunk starts
  index_t e = 0;
  for (index_t t = 0; t < rows; ++t) {
    if (t + fill_ahead < rows)
      prefetch_fill(here, space.row[t + fill_ahead], space.count[space.row[t + fill_ahead]]);
    const index_t i = space.row[t];
    const int n = space.count[i];
    lister.fill(i, n, space.offset + e, space.value + e);
    e += n;
  }
  lister.next();
  return {space.offset, space.value, space.row, space.run, least, most, lister.ahead()};
}

/// May the last chunk's sums go straight to Y?
template <class A, class Y, class Epilogue>
LACUNA_INLINE bool writes_through(const skip_shape<A>& s) {
  return std::is_same_v<Epilogue, epilogue::none> && Y::by_rows && s.n % A::lanes == 0;
}

/// Rows r, at most a block, of Y's panels [first, last).
template <class A, pattern P, codec C, class Y, class Epilogue>
void skip_block(const skip_shape<A>& s, const sparse_view<P, C>& a, row_range r, index_t first, index_t last,
                const float* xp, const Y& y, const Epilogue& finish, const skip_space<A>& space) {
  const index_t rows = r.last - r.first, width = s.width(), panel = s.block() * width;
  const bool through = writes_through<A, Y, Epilogue>(s);
  const auto sums_of = [&](index_t p) { return space.sums + (p - first) * panel; };
  const auto x_of = [&](index_t p, index_t c) { return xp + (p * s.k + c * s.chunk()) * width; };
  const auto next_bytes = static_cast<std::uintptr_t>((s.chunk() * width / 16 + rows - 1) / rows * 64);
  lister_of<P, C, A> lister(a, r, {s.chunk(), width * static_cast<index_t>(sizeof(float))}, space.lister);
  for (index_t c = 0; c < s.chunks(); ++c) {
    skip_list list = list_chunk(lister, rows, s, space);
    for (index_t p = first; p < last; ++p) {
      const float* const next_x = p + 1 < last ? x_of(p + 1, c) : x_of(first, c + 1 < s.chunks() ? c + 1 : c);
      skip_sums sums{sums_of(p), width, sums_of(p), width, next_x, next_bytes};
      if (c == 0) {
        sums.from = space.zeros;
        sums.from_stride = 0;
      }
      if (c + 1 == s.chunks() && through) {
        sums.to = y.data() + r.first * y.stride() + p * width;
        sums.to_stride = y.stride();
      }
      skip_panel<A>(s.vectors_of(p), list, x_of(p, c), sums);
      list.ahead = {};  // once is enough
    }
  }
  for (index_t p = first; !through && p < last; ++p)
    put_sums<A>(sums_of(p), width, rows, s.n - p * width < width ? s.n - p * width : width, r.first,
                p * width, y, finish);
}

/// y(m, n) = finish(sum over the stored values of row m of value * x(k, n), m, n) for the rows of r.
template <class A, pattern P, codec C, class Y, class Epilogue>
void product_skip(const skip_shape<A>& s, const sparse_view<P, C>& a, row_range r, const float* xp,
                  const Y& y, const Epilogue& finish, float* scratch) {
  carver part(scratch);
  const skip_space<A> space(s, lister_of<P, C, A>::bytes(s.block(), s.k), part);
  std::fill_n(space.zeros, s.width(), 0.0f);
  for (index_t p = 0; p < s.panels(); p += s.group_panels()) {
    const index_t last = p + s.group_panels() < s.panels() ? p + s.group_panels() : s.panels();
    for (row_range block{r.first, r.first}; block.first < r.last; block.first = block.last) {
      block.last = lister_of<P, C, A>::last_row(a, {block.first, r.last}, s.block());
      skip_block(s, a, block, p, last, xp, y, finish, space);
    }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
