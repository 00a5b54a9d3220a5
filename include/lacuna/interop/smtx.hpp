#pragma once
// SPDX-License-Identifier: BSL-1.0
// .smtx, the files of the Deep Learning Matrix Collection (Gale, Zaharia, Young, Elsen, SC 2020): patterns of
// pruned networks, without values.
//
//   2, 4, 3          rows, cols, nnz
//   0 2 3            rows + 1 row offsets
//   1 3 0            nnz columns, ascending in a row
#include <lacuna/format/convert.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/format/validate.hpp>
#include <lacuna/interop/line_reader.hpp>
#include <lacuna/interop/mapped_file.hpp>
#include <lacuna/interop/output_file.hpp>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

/// One line of exactly `out.size()` integers in [0, most].
template <class T>
void read_line_of(line_reader& in, const char* what, index_t most, buffer<T>& out) {
  const std::string rule = count_text(out.size()) + " " + what + (out.size() == 1 ? "" : "s");
  for (index_t n = 0; n < out.size(); ++n) {
    if (in.at_line_end()) in.refuse(errc::data, rule, count_text(n));
    out[n] = static_cast<T>(in.integer(what, 0, most));
  }
  in.end_line(rule);
}

}  // namespace LACUNA_ARCH
}  // namespace detail

inline namespace LACUNA_ARCH {

/// The pattern in an .smtx text. `name` is for messages. Fails with errc::data on a broken rule.
inline sparse_matrix<csr, ones> parse_smtx(array_view<const char> text, const std::string& name = "memory") {
  detail::line_reader in("smtx", text, name);
  const index_t words = (text.size() + 1) / 2;  // a word takes a digit and a blank
  const char* const why = " (what the bytes can hold)";
  const index_t rows = in.integer("rows", 0, words, why);
  in.expect(',');
  const index_t cols = in.integer("cols", 0, std::numeric_limits<std::int32_t>::max());
  in.expect(',');
  const index_t nnz = in.integer("nnz", 0, words - rows, why);
  in.end_line("rows, cols and nnz");

  buffer<std::int64_t> row_ptr(rows + 1);
  detail::read_line_of(in, "row offset", nnz, row_ptr);
  if (row_ptr[rows] != nnz)
    fail(errc::data, "smtx: need a last row offset equal to nnz; got " + count_text(row_ptr[rows]) +
                         " and " + count_text(nnz) + " in " + name);
  buffer<std::int32_t> col_idx(nnz);
  detail::read_line_of(in, "column", cols > 0 ? cols - 1 : 0, col_idx);
  in.end_text("the line of columns");

  sparse_matrix<csr, ones> a(rows, cols, {std::move(row_ptr), std::move(col_idx)});
  const std::string defect = find_defect(a);
  if (!defect.empty()) fail(errc::data, "smtx" + defect.substr(csr::name().size()) + " of " + name);
  return a;
}

/// The same from a file; also fails with errc::io.
inline sparse_matrix<csr, ones> read_smtx(const std::string& path) {
  const mapped_file file(path);
  return parse_smtx(file.text(), path);
}

/// Writes where the nonzeros of any sparse matrix are (stored zeros too, fill not).
template <sparse_operand A>
void write_smtx(const std::string& path, const A& a) {
  const view_of<A> v = a;
  const auto entries = entries_of(v);
  index_t n = 0;
  for (index_t i = 0; i < v.rows(); ++i) entries(i, [&](index_t, auto) { ++n; });

  detail::output_file out(path);
  out.append(count_text(v.rows()) + ", " + count_text(v.cols()) + ", " + count_text(n) + "\n0");
  n = 0;
  for (index_t i = 0; i < v.rows(); ++i) {
    entries(i, [&](index_t, auto) { ++n; });
    out.append(" ");
    out.append_number(n);
  }
  const char* between = "\n";
  for (index_t i = 0; i < v.rows(); ++i)
    entries(i, [&](index_t k, auto) {
      out.append(between);
      out.append_number(k);
      between = " ";
    });
  out.append(n == 0 ? "\n\n" : "\n");
  out.close();
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
