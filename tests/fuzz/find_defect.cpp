// SPDX-License-Identifier: BSL-1.0
// Any arrays as any pattern: `find_defect` reads inside them only, and where it finds nothing every row can
// be visited, in ascending columns, once for each slot.
#include <cstring>
#include <lacuna/format.hpp>
#include <vector>

#include "support/fuzz.hpp"

using namespace lacuna;

namespace {

template <pattern P>
void check(index_t rows, index_t cols, typename positions<P>::arrays where) {
  test::accepted([&] {
    // The stored count may be wild before the check, so the view is over `ones`, which keeps no values.
    const sparse_view<P, ones> a(rows, cols, where);
    if (!find_defect(a).empty()) return;
    if (a.nnz() > 65536) return;  // dense holds any shape without an array
    index_t visited = 0;
    for (index_t i = 0; i < rows; ++i) {
      index_t last = -1;
      P::visit_row(a.where(), i, [&](index_t k, index_t slot) {
        test::require(k > last && k < cols && slot >= 0 && slot < a.nnz());
        last = k;
        ++visited;
      });
    }
    test::require(P::filled ? visited <= a.nnz() : visited == a.nnz());
    for (index_t i = 0; i <= rows; ++i) test::require(P::stored_before(a.where(), i) <= a.nnz());
  });
}

template <class T>
std::vector<T> numbers(test::fuzz_source& in, index_t size, index_t most) {
  std::vector<T> v(static_cast<std::size_t>(size > 0 ? size : 0));
  for (T& x : v) x = static_cast<T>(in.near(most));
  return v;
}

/// row_ptr and col_idx; half of the time row_ptr is made to ascend and end in the right place.
template <pattern P, class Index, class Offset>
void check_index(test::fuzz_source& in, index_t rows, index_t cols, index_t lines, index_t limit) {
  const bool tame = in.below(2) == 0;
  const index_t n = in.below(24);
  auto row_ptr = numbers<Offset>(in, lines + 1 + (tame ? 0 : in.below(3) - 1), n);
  if (tame) {
    row_ptr.front() = 0;
    for (std::size_t i = 1; i < row_ptr.size(); ++i) {
      const auto step = static_cast<index_t>(static_cast<std::uint64_t>(row_ptr[i]) % 4);
      const index_t next = static_cast<index_t>(row_ptr[i - 1]) + step;
      row_ptr[i] = static_cast<Offset>(next < n ? next : n);
    }
    row_ptr.back() = static_cast<Offset>(n);
  }
  const auto col_idx = numbers<Index>(in, n, limit);
  check<P>(rows, cols, {row_ptr, col_idx});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  const index_t kind = in.below(12), rows = in.below(9);
  index_t cols = in.below(kind >= 5 ? 140 : 24);
  if (in.below(64) == 63) cols = static_cast<index_t>(in.word());  // any shape at all, negative ones too
  const index_t wild = in.below(16) == 15 ? in.below(3) - 1 : 0;   // arrays of a wrong length
  const index_t fit = cols < 0 || cols > 1000 ? 16 : cols;
  const auto group = [&](auto p) {
    using P = decltype(p);
    std::vector<std::uint8_t> index(
        static_cast<std::size_t>(std::max<index_t>(0, rows * P::row_bytes(fit) + wild)));
    for (auto& b : index) b = in.byte();
    check<P>(rows, cols, {index});
  };
  const index_t narrow = fit > 24 ? 24 : fit;
  if (kind == 0) check_index<csr, std::int32_t, std::int64_t>(in, rows, cols, rows, narrow);
  if (kind == 1) {
    using P = basic_csr<std::uint16_t, std::int32_t>;
    check_index<P, std::uint16_t, std::int32_t>(in, rows, cols, rows, narrow);
  }
  if (kind == 2) {
    using P = basic_csr<std::int64_t, std::uint64_t>;
    check_index<P, std::int64_t, std::uint64_t>(in, rows, cols, rows, narrow);
  }
  if (kind == 3)
    check_index<bsr<2, 3>, std::int32_t, std::int64_t>(in, rows, cols, (rows + 1) / 2, (narrow + 2) / 3);
  if (kind == 4)
    check_index<bsr<4, 4>, std::int32_t, std::int64_t>(in, rows, cols, (rows + 3) / 4, (narrow + 3) / 4);
  if (kind == 5) group(nm<2, 4>{});
  if (kind == 6) group(nm<1, 16>{});
  if (kind == 7) group(nm<3, 7>{});
  if (kind == 8) group(nm<33, 64>{});
  if (kind == 9) check<dense>(rows, cols, {});
  if (kind >= 10) {
    std::vector<std::uint64_t> mask(
        static_cast<std::size_t>(std::max<index_t>(0, rows * ((fit + 63) / 64) + wild)));
    for (auto& word : mask) word = in.word() & (kind == 10 ? ~std::uint64_t{0} : in.word());
    auto row_ptr = numbers<std::int64_t>(in, rows + 1, 64);
    if (kind == 10 && wild == 0) {  // right offsets for these bits, mostly
      row_ptr[0] = 0;
      for (index_t i = 0; i < rows; ++i) {
        auto& next = row_ptr[static_cast<std::size_t>(i + 1)];
        next = row_ptr[static_cast<std::size_t>(i)] + (next == 60 ? 1 : 0);
        for (index_t w = 0; w < (fit + 63) / 64; ++w)
          next += std::popcount(mask[static_cast<std::size_t>(i * ((fit + 63) / 64) + w)]);
      }
    }
    check<bitmap>(rows, cols, {mask, row_ptr});
  }
  return 0;
}
