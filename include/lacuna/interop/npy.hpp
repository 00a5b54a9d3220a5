#pragma once
// SPDX-License-Identifier: BSL-1.0
// NumPy's .npy, versions 1 to 3 (numpy.lib.format), read strictly:
//
//   \x93NUMPY  major minor  header length (2 bytes; 4 from version 2)  header  data
//   header: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   padded with blanks
//
// One or two dimensions of '<f4', '<f8' or '<f2', in C or Fortran order, become a matrix<float>; an array of
// one dimension becomes one row. The data must fill the file exactly.
#include <lacuna/interop/mapped_file.hpp>
#include <lacuna/interop/numbers.hpp>
#include <lacuna/interop/output_file.hpp>
#include <lacuna/interop/scanner.hpp>

namespace lacuna {
namespace detail {

/// What an npy header says; the matrix is rows x cols.
struct npy_header {
  enum number_type { f4, f8, f2 } number = f4;
  bool by_columns = false;
  index_t rows = 1, cols = 0;
};

inline namespace LACUNA_ARCH {

inline void read_npy_shape(scanner& in, npy_header& h) {
  index_t n[2] = {0, 0}, dimensions = 0;
  bool comma = false;
  in.expect('(');
  while (!in.accept(')')) {
    if (dimensions > 0 && !comma) in.refuse("',' or ')'");
    if (dimensions == 2) in.refuse("an array of 1 or 2 dimensions");
    n[dimensions++] = in.size("a dimension");
    comma = in.accept(',');
  }
  if (dimensions == 0) in.refuse("an array of 1 or 2 dimensions, not a single number");
  if (dimensions == 1 && !comma) in.refuse("a ',' in a shape of one dimension");
  if (dimensions == 2) h.rows = n[0];
  h.cols = n[dimensions - 1];
}

inline npy_header read_npy_header(scanner& in) {
  npy_header h;
  bool seen[3] = {};
  in.expect('{');
  while (!in.accept('}')) {
    const std::string_view key = in.plain_string();
    const int which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : 3;
    if (which == 3)
      in.refuse("the keys descr, fortran_order and shape only, not " + shown(key) + ", before this");
    if (seen[which]) in.refuse("each key once, not a second " + shown(key) + ", before this");
    seen[which] = true;
    in.expect(':');
    if (which == 0) {
      const std::string_view descr = in.plain_string();
      if (descr != "<f4" && descr != "<f8" && descr != "<f2")
        in.refuse("a descr of '<f4', '<f8' or '<f2', not " + shown(descr) + ", before this");
      h.number = descr == "<f4" ? npy_header::f4 : descr == "<f8" ? npy_header::f8 : npy_header::f2;
    } else if (which == 1) {
      h.by_columns = in.accept("True");
      if (!h.by_columns && !in.accept("False")) in.refuse("a fortran_order of True or False");
    } else {
      read_npy_shape(in, h);
    }
    if (!in.accept(',')) {
      in.expect('}');
      break;
    }
  }
  if (!seen[0] || !seen[1] || !seen[2]) in.refuse("all of descr, fortran_order and shape before this");
  in.expect_end();
  return h;
}

template <class T>
matrix<float> npy_values(array_view<const std::byte> data, const npy_header& h, const std::string& name) {
  const index_t need = checked_product("npy", checked_product("npy", h.rows, h.cols), sizeof(T));
  if (data.size() != need)
    fail(errc::data, "npy: need " + count_text(need) + " bytes of data for " +
                         shape_text(h.rows, h.cols) + "; got " + count_text(data.size()) + " in " + name);
  if (h.by_columns) return floats_from<T>(data.data(), h.rows, h.cols, col_major{}, "npy");
  return floats_from<T>(data.data(), h.rows, h.cols, row_major{}, "npy");
}

}  // namespace LACUNA_ARCH
}  // namespace detail

inline namespace LACUNA_ARCH {

/// The matrix in the bytes of an npy file. `name` is for messages. Fails with errc::data on a broken rule,
/// errc::overflow on sizes or values that are too large.
inline matrix<float> parse_npy(array_view<const std::byte> bytes, const std::string& name = "memory") {
  const auto need = [&](bool ok, const char* rule) {
    if (!ok)
      fail(errc::data,
           std::string("npy: need ") + rule + "; got " + count_text(bytes.size()) + " bytes of " + name);
  };
  constexpr std::string_view magic = "\x93NUMPY";
  need(bytes.size() >= 10 && detail::text_of(bytes.data(), 6) == magic,
       "the signature \\x93NUMPY and a length");
  const int major = static_cast<int>(bytes[6]);
  need(major >= 1 && major <= 3 && bytes[7] == std::byte{0}, "version 1.0, 2.0 or 3.0");
  const index_t first = major == 1 ? 10 : 12;
  need(bytes.size() >= first, "a header length of 4 bytes");
  const auto length = static_cast<index_t>(major == 1 ? detail::load_little<std::uint16_t>(bytes.data() + 8)
                                                      : detail::load_little<std::uint32_t>(bytes.data() + 8));
  need(length <= bytes.size() - first, "a header within the file");
  detail::scanner in("npy", detail::text_of(bytes.data() + first, length), first, name);
  const detail::npy_header h = detail::read_npy_header(in);
  const array_view<const std::byte> data(bytes.data() + first + length, bytes.size() - first - length);
  if (h.number == detail::npy_header::f8) return detail::npy_values<double>(data, h, name);
  if (h.number == detail::npy_header::f2) return detail::npy_values<f16>(data, h, name);
  return detail::npy_values<float>(data, h, name);
}

/// The same from a file; also fails with errc::io.
inline matrix<float> read_npy(const std::string& path) {
  const mapped_file file(path);
  return parse_npy(file.bytes(), path);
}

/// Writes w as '<f4', version 1.0; column-major matrices in Fortran order.
template <dense_operand W>
void write_npy(const std::string& path, const W& w) {
  const auto v = as_view(w);
  std::string header = std::string("{'descr': '<f4', 'fortran_order': ") + (v.by_rows ? "False" : "True") +
                       ", 'shape': (" + count_text(v.rows()) + ", " + count_text(v.cols()) + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');  // data from a multiple of 64, after the line's end
  header += '\n';
  detail::output_file out(path);
  out.append(std::string_view("\x93NUMPY\x01\x00", 8));
  out.append_little(static_cast<std::uint16_t>(header.size()));
  out.append(header);
  const index_t lines = v.by_rows ? v.rows() : v.cols(), length = v.by_rows ? v.cols() : v.rows();
  for (index_t a = 0; a < lines; ++a)
    for (index_t b = 0; b < length; ++b) out.append_little(static_cast<float>(v.by_rows ? v(a, b) : v(b, a)));
  out.close();
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
