#pragma once
// SPDX-License-Identifier: BSL-1.0
// A file of nothing but little-endian float32, row by row; its shape is the caller's knowledge.
#include <lacuna/interop/mapped_file.hpp>
#include <lacuna/interop/numbers.hpp>
#include <lacuna/interop/output_file.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// The rows x cols matrix in exactly rows * cols * 4 bytes; fails with errc::data when they are more or
/// fewer.
inline matrix<float> parse_raw(array_view<const std::byte> bytes, index_t rows, index_t cols,
                               const std::string& name = "memory") {
  const index_t need = checked_product("raw", checked_product("raw", rows, cols), sizeof(float));
  if (bytes.size() != need)
    fail(errc::data, "raw: need " + count_text(need) + " bytes for " + shape_text(rows, cols) +
                         " float32; got " + count_text(bytes.size()) + " in " + name);
  return detail::floats_from<float>(bytes.data(), rows, cols, row_major{}, "raw");
}

/// The same from a file; also fails with errc::io.
inline matrix<float> read_raw(const std::string& path, index_t rows, index_t cols) {
  const mapped_file file(path);
  return parse_raw(file.bytes(), rows, cols, path);
}

/// Writes w row by row, whatever its layout.
template <dense_operand W>
void write_raw(const std::string& path, const W& w) {
  const auto v = as_view(w);
  detail::output_file out(path);
  for (index_t i = 0; i < v.rows(); ++i)
    for (index_t j = 0; j < v.cols(); ++j) out.append_little(static_cast<float>(v(i, j)));
  out.close();
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
