#pragma once
// SPDX-License-Identifier: BSL-1.0
// Matrix Market coordinate files (R. Boisvert, R. Pozo, K. Remington, NISTIR 5935), read strictly.
//
//   %%MatrixMarket matrix coordinate real general       real | integer | pattern (every value 1)
//   % comments                                          general | symmetric | skew-symmetric (lower triangle)
//   rows cols entries
//   1 3 -2.5e-1                                         row and column count from 1, in any order
//
// Zeros that are written are stored. nan and inf are numbers, as everywhere in lacuna. Refused: complex,
// hermitian and array files, positions given twice, an upper triangle where there is symmetry, anything that
// the header did not announce. Nothing is allocated that the size of the file does not warrant.
#include <algorithm>
#include <lacuna/format/convert.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/format/validate.hpp>
#include <lacuna/interop/line_reader.hpp>
#include <lacuna/interop/mapped_file.hpp>
#include <lacuna/interop/output_file.hpp>
#include <vector>

namespace lacuna {
namespace detail {

/// The first lines of a Matrix Market file.
struct market_header {
  enum field_type { real, integer, pattern } field = real;
  enum symmetry_type { general, symmetric, skew } symmetry = general;
  index_t rows = 0, cols = 0, entries = 0;
};

inline namespace LACUNA_ARCH {

inline market_header read_market_header(line_reader& in) {
  const std::string rule =
      "%%MatrixMarket matrix coordinate real|integer|pattern general|symmetric|skew-symmetric";
  const index_t bytes = in.bytes_left();
  market_header h;
  for (const char* const fixed : {"%%matrixmarket", "matrix", "coordinate"}) in.one_of({fixed}, rule);
  h.field = static_cast<market_header::field_type>(in.one_of({"real", "integer", "pattern"}, rule));
  h.symmetry =
      static_cast<market_header::symmetry_type>(in.one_of({"general", "symmetric", "skew-symmetric"}, rule));
  if (h.field == market_header::pattern && h.symmetry == market_header::skew)
    in.refuse(errc::data, "values in a skew-symmetric matrix", "pattern");
  in.end_line("the banner");

  for (in.skip_empty_lines(); in.at('%'); in.skip_empty_lines()) in.skip_line();
  // An empty row costs 8 bytes of row_ptr and none of the file.
  h.rows = in.integer("rows", 0, bytes + (index_t{1} << 20), " (2^20 more than the text has bytes)");
  h.cols = in.integer("cols", 0, std::numeric_limits<std::int32_t>::max());
  if (h.symmetry != market_header::general && h.rows != h.cols)
    in.refuse(errc::data, "as many columns as rows where there is symmetry", shape_text(h.rows, h.cols));
  const index_t shortest = h.field == market_header::pattern ? 4 : 6;  // "1 1\n", "1 1 1\n"
  h.entries = in.integer("entries", 0, in.bytes_left() / shortest + 1, " (what the bytes left can hold)");
  in.end_line("rows, cols and entries");
  return h;
}

/// f(row, column, value), counted from 0, for every entry and what symmetry adds to it, in the text's order.
template <class C, class F>
void for_each_market_entry(line_reader in, const market_header& h, F&& f) {
  constexpr index_t huge = std::numeric_limits<index_t>::max();
  const std::string count = count_text(h.entries) + (h.entries == 1 ? " entry" : " entries");
  for (index_t n = 0; n < h.entries; ++n) {
    in.skip_empty_lines();
    if (in.at_end()) in.refuse(errc::data, count, count_text(n));
    const index_t i = in.integer("row", 1, h.rows), j = in.integer("column", 1, h.cols);
    if (h.symmetry == market_header::symmetric && j > i)
      in.refuse(errc::data, "column <= row in a symmetric matrix",
                count_text(j) + " > " + count_text(i));
    if (h.symmetry == market_header::skew && j >= i)
      in.refuse(errc::data, "column < row in a skew-symmetric matrix",
                count_text(j) + " >= " + count_text(i));
    C v = 1;
    if (h.field == market_header::real) v = in.template number<C>("value");
    if (h.field == market_header::integer) v = static_cast<C>(in.integer("value", -huge - 1, huge));
    in.end_line("an entry");
    f(i - 1, j - 1, v);
    if (h.symmetry != market_header::general && i != j)
      f(j - 1, i - 1, h.symmetry == market_header::skew ? -v : v);
  }
  in.end_text(count);
}

/// Sorts each row by column; files are column by column mostly, which leaves the rows sorted already.
template <class C>
void sort_rows(array_view<const std::int64_t> row_ptr, std::int32_t* col_idx, C* values,
               const std::string& name) {
  struct entry {
    std::int32_t column;
    C value;
  };
  std::vector<entry> row;
  for (index_t i = 0; i + 1 < row_ptr.size(); ++i) {
    std::int32_t* const k = col_idx + row_ptr[i];
    C* const v = values + row_ptr[i];
    const index_t n = row_ptr[i + 1] - row_ptr[i];
    if (!std::is_sorted(k, k + n)) {
      row.clear();
      for (index_t s = 0; s < n; ++s) row.push_back({k[s], v[s]});
      std::sort(row.begin(), row.end(), [](const entry& a, const entry& b) { return a.column < b.column; });
      for (index_t s = 0; s < n; ++s) {
        k[s] = row[static_cast<std::size_t>(s)].column;
        v[s] = row[static_cast<std::size_t>(s)].value;
      }
    }
    const auto* const twice = std::adjacent_find(k, k + n);
    if (twice != k + n)
      fail(errc::data, "matrix_market: need each position once; got row " + count_text(i + 1) +
                           ", column " + count_text(*twice + 1) + " twice in " + name);
  }
}

}  // namespace LACUNA_ARCH
}  // namespace detail

inline namespace LACUNA_ARCH {

/// The matrix in a Matrix Market text, values rounded to C (float or double). `name` is for messages.
/// Fails with errc::data on a broken rule, errc::overflow on a number that is too large.
template <std::floating_point C = float>
sparse_matrix<csr, C> parse_matrix_market(array_view<const char> text, const std::string& name = "memory") {
  detail::line_reader in("matrix_market", text, name);
  const detail::market_header h = detail::read_market_header(in);
  // The text is read twice, which needs no memory beside the result: first to count, then to place.
  buffer<std::int64_t> row_ptr(h.rows + 1);
  detail::for_each_market_entry<C>(in, h, [&](index_t i, index_t, C) { ++row_ptr[i + 1]; });
  for (index_t i = 0; i < h.rows; ++i) row_ptr[i + 1] += row_ptr[i];
  buffer<std::int32_t> col_idx(row_ptr[h.rows]);
  buffer<C> values(row_ptr[h.rows]);
  detail::for_each_market_entry<C>(in, h, [&](index_t i, index_t j, C v) {
    const index_t slot = row_ptr[i]++;  // the start of row i walks to its end
    col_idx[slot] = static_cast<std::int32_t>(j);
    values[slot] = v;
  });
  for (index_t i = h.rows; i > 0; --i) row_ptr[i] = row_ptr[i - 1];
  row_ptr[0] = 0;
  detail::sort_rows(array_view<const std::int64_t>(row_ptr), col_idx.data(), values.data(), name);
  sparse_matrix<csr, C> a(h.rows, h.cols, {std::move(row_ptr), std::move(col_idx)}, std::move(values));
  validate(a);
  return a;
}

/// The same from a file; also fails with errc::io.
template <std::floating_point C = float>
sparse_matrix<csr, C> read_matrix_market(const std::string& path) {
  const mapped_file file(path);
  return parse_matrix_market<C>(file.text(), path);
}

/// Writes the nonzeros of any sparse matrix as `coordinate real general` (`pattern` for valueless codecs),
/// row by row, in the shortest digits that read back as the same value. Stored zeros are written, fill is
/// not.
template <sparse_operand A>
void write_matrix_market(const std::string& path, const A& a) {
  const view_of<A> v = a;
  constexpr bool valueless = valueless_codec<codec_type_of<A>>;
  const auto entries = entries_of(v);
  index_t n = 0;
  for (index_t i = 0; i < v.rows(); ++i) entries(i, [&](index_t, auto) { ++n; });

  detail::output_file out(path);
  out.append("%%MatrixMarket matrix coordinate ");
  out.append(valueless ? "pattern general\n" : "real general\n");
  out.append(count_text(v.rows()) + " " + count_text(v.cols()) + " " + count_text(n) + "\n");
  for (index_t i = 0; i < v.rows(); ++i)
    entries(i, [&](index_t k, auto x) {
      out.append_number(i + 1);
      out.append(" ");
      out.append_number(k + 1);
      if constexpr (!valueless) {
        out.append(" ");
        out.append_number(x);
      }
      out.append("\n");
    });
  out.close();
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
