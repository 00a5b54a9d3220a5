#pragma once
// SPDX-License-Identifier: BSL-1.0
// The header of a matrix file, little-endian: from bytes to a checked table of arrays, and back.
//
//     0  8  magic \x89lacuna\n                  64  64  the pattern's name, then zeros
//     8  4  byte order mark 0x01020304        128  64  the codec's name, then zeros
//    12  4  version 1                         192  32  for each array, the values last:
//    16  8  XXH64 of the header from 24 on             4 element bytes  4 kind (array_kind)
//    24  8  bytes of the file                          8 length         8 offset       8 XXH64 of the array
//    32  8  rows   8 cols   8 nnz   8 arrays           then zeros to a multiple of 64
//
// An array starts at the first multiple of 64 after what comes before it, zeros between; there the file ends,
// too. One matrix has one file, and every byte of it is in a checksum, a known value or a zero.
#include <lacuna/interop/line_reader.hpp>
#include <lacuna/interop/xxh64.hpp>
#include <limits>
#include <vector>

namespace lacuna {

/// What the elements of a saved array are; with their bytes it tells int32 from uint32 from float.
enum class array_kind : std::uint32_t { raw, signed_integer, unsigned_integer, floating };

/// `length` elements of `element_bytes` from byte `offset` of the file.
struct saved_array {
  array_kind kind = array_kind::raw;
  index_t element_bytes = 1, length = 0, offset = 0;
  std::uint64_t checksum = 0;  // XXH64
};

/// What a matrix file says about itself. `nnz` counts stored values, `bytes` the whole file; `arrays` are the
/// pattern's, then the values.
struct matrix_file_info {
  std::string pattern, codec;
  index_t rows = 0, cols = 0, nnz = 0, bytes = 0, version = 1;
  std::vector<saved_array> arrays;
};

namespace detail {

inline constexpr std::string_view matrix_file_magic = "\x89lacuna\n";
inline constexpr std::uint32_t byte_order_mark = 0x01020304;
inline constexpr index_t matrix_file_fixed = 192, matrix_file_entry = 32, matrix_file_align = 64,
                         matrix_file_name = 64, matrix_file_arrays = 64;

LACUNA_INLINE constexpr index_t aligned_up(index_t n) {
  return (n + matrix_file_align - 1) / matrix_file_align * matrix_file_align;
}
LACUNA_INLINE constexpr index_t matrix_header_bytes(index_t arrays) {
  return aligned_up(matrix_file_fixed + arrays * matrix_file_entry);
}

inline namespace LACUNA_ARCH {

[[noreturn]] LACUNA_NOINLINE inline void refuse_matrix_file(const std::string& name, const std::string& rule,
                                                            const std::string& got, errc code = errc::data) {
  fail(code, "matrix_file: need " + rule + "; got " + got + " in " + name);
}

inline std::string hex_text(std::uint64_t v) {
  char text[20];
  const int n = std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(v));
  return std::string(text, n > 0 ? static_cast<std::size_t>(n) : 0);
}

/// "int32", "uint16", "float16", "12 raw bytes".
inline std::string element_text(const saved_array& a) {
  if (a.kind == array_kind::raw) return count_text(a.element_bytes) + " raw bytes";
  const char* const kind = a.kind == array_kind::signed_integer     ? "int"
                           : a.kind == array_kind::unsigned_integer ? "uint"
                                                                    : "float";
  return kind + count_text(8 * a.element_bytes);
}

inline void check_sum(const std::string& name, const std::string& what, std::uint64_t need,
                      const std::byte* p, index_t bytes) {
  const std::uint64_t got = xxh64(p, static_cast<std::size_t>(bytes));
  if (got != need) refuse_matrix_file(name, what + " with the checksum " + hex_text(need), hex_text(got));
}

/// From magic to checksum: after this the header is what its writer wrote. Returns its bytes.
inline index_t check_matrix_header(array_view<const std::byte> file, const std::string& name) {
  const auto magic = static_cast<index_t>(matrix_file_magic.size());
  const std::string_view start = text_of(file.data(), file.size() < magic ? file.size() : magic);
  if (start != matrix_file_magic) refuse_matrix_file(name, "the magic bytes \\x89lacuna\\n", shown(start));
  if (file.size() < matrix_file_fixed)
    refuse_matrix_file(name, "192 bytes of header", count_text(file.size()));
  const auto mark = load_little<std::uint32_t>(file.data() + 8),
             version = load_little<std::uint32_t>(file.data() + 12);
  if (mark != byte_order_mark)
    refuse_matrix_file(name, "the byte order mark " + hex_text(byte_order_mark), hex_text(mark));
  if (version != 1) refuse_matrix_file(name, "version 1", count_text(version));
  const auto arrays = load_little<std::uint64_t>(file.data() + 56);
  if (arrays < 1 || arrays > matrix_file_arrays)
    refuse_matrix_file(name, "1 to 64 arrays", count_text(arrays));
  const index_t bytes = matrix_header_bytes(static_cast<index_t>(arrays));
  if (file.size() < bytes)
    refuse_matrix_file(name, count_text(bytes) + " bytes of header", count_text(file.size()));
  check_sum(name, "a header", load_little<std::uint64_t>(file.data() + 16), file.data() + 24, bytes - 24);
  return bytes;
}

inline std::string read_saved_name(const std::byte* p, const char* what, const std::string& name) {
  const std::string_view field = text_of(p, matrix_file_name), text = field.substr(0, field.find('\0'));
  if (text.empty() || !printable(text) || field.find_first_not_of('\0', text.size()) != field.npos)
    refuse_matrix_file(name, std::string("printable characters, then zeros, as the name of the ") + what,
                       shown(field));
  return std::string(text);
}

inline index_t read_saved_size(const std::byte* p, const char* what, index_t most, const std::string& name) {
  const auto v = load_little<std::uint64_t>(p);
  if (v > static_cast<std::uint64_t>(most))
    refuse_matrix_file(name, std::string(what) + " <= " + count_text(most), count_text(v), errc::overflow);
  return static_cast<index_t>(v);
}

inline void check_zeros(const std::byte* first, const std::byte* last, const std::string& name) {
  for (; first != last; ++first)
    if (*first != std::byte{0})
      refuse_matrix_file(name, "zeros up to a multiple of 64 bytes", count_text(static_cast<int>(*first)));
}

/// Array n from its entry; it starts at byte `reached`, a multiple of 64 inside the file.
inline saved_array read_saved_array(const std::byte* p, index_t n, index_t reached,
                                    array_view<const std::byte> file, const std::string& name) {
  const auto element = load_little<std::uint32_t>(p), kind = load_little<std::uint32_t>(p + 4);
  const auto length = load_little<std::uint64_t>(p + 8), offset = load_little<std::uint64_t>(p + 16);
  const std::string array = "array " + count_text(n);
  if (element == 0) refuse_matrix_file(name, array + " of elements of >= 1 byte", "0");
  if (kind > 3) refuse_matrix_file(name, array + " of a kind from 0 to 3", count_text(kind));
  if (offset != static_cast<std::uint64_t>(reached))
    refuse_matrix_file(name, array + " at byte " + count_text(reached) + ", the next multiple of 64",
                       count_text(offset));
  const index_t left = file.size() - reached;
  if (length > static_cast<std::uint64_t>(left) / element ||
      aligned_up(static_cast<index_t>(length * element)) > left)
    refuse_matrix_file(
        name, array + " and its padding within the file's " + count_text(file.size()) + " bytes",
        count_text(length) + " elements of " + count_text(element) + " bytes at " + count_text(offset));
  return {static_cast<array_kind>(kind), static_cast<index_t>(element), static_cast<index_t>(length), reached,
          load_little<std::uint64_t>(p + 24)};
}

/// The whole header, every array of it within the file; the arrays themselves are not looked at.
inline matrix_file_info read_matrix_header(array_view<const std::byte> file, const std::string& name) {
  index_t reached = check_matrix_header(file, name);
  const std::byte* const p = file.data();
  const auto bytes = load_little<std::uint64_t>(p + 24);
  if (bytes != static_cast<std::uint64_t>(file.size()))
    refuse_matrix_file(name, "a file of " + count_text(bytes) + " bytes, as its header says",
                       count_text(file.size()));
  matrix_file_info h;
  h.pattern = read_saved_name(p + 64, "pattern", name);
  h.codec = read_saved_name(p + 128, "codec", name);
  constexpr index_t most = index_t{1} << 56;  // what every pattern asks of its sizes
  h.rows = read_saved_size(p + 32, "rows", most, name);
  h.cols = read_saved_size(p + 40, "cols", most, name);
  h.nnz = read_saved_size(p + 48, "nnz", std::numeric_limits<index_t>::max(), name);
  h.bytes = file.size();
  const auto arrays = load_little<std::uint64_t>(p + 56);
  index_t entry = matrix_file_fixed;
  check_zeros(p + entry + static_cast<index_t>(arrays) * matrix_file_entry, p + reached, name);
  for (index_t n = 0; n < static_cast<index_t>(arrays); ++n, entry += matrix_file_entry) {
    const saved_array a = read_saved_array(p + entry, n, reached, file, name);
    const index_t end = reached + a.length * a.element_bytes;
    reached = aligned_up(end);
    check_zeros(p + end, p + reached, name);
    h.arrays.push_back(a);
  }
  if (reached != file.size())
    refuse_matrix_file(name, "the end of the file at byte " + count_text(reached) + ", after the last array",
                       count_text(file.size()));
  return h;
}

template <class U>
void put_little(std::string& to, U v) {
  for (std::size_t n = 0; n < sizeof(U); ++n)
    to += static_cast<char>(static_cast<unsigned char>(v >> (8 * n) & 255));
}
inline void put_size(std::string& to, index_t v) { put_little(to, static_cast<std::uint64_t>(v)); }

/// Fails with errc::argument on a name that its field cannot hold.
inline void put_name(std::string& to, const std::string& text) {
  if (text.empty() || static_cast<index_t>(text.size()) > matrix_file_name || !printable(text))
    fail(errc::argument, "matrix_file: need names of 1 to 64 printable characters; got " + shown(text));
  to += text;
  to.append(static_cast<std::size_t>(matrix_file_name) - text.size(), '\0');
}

/// The bytes of a header, its checksum with them.
inline std::string matrix_header_text(const matrix_file_info& h) {
  std::string rest;
  for (const index_t v : {h.bytes, h.rows, h.cols, h.nnz, static_cast<index_t>(h.arrays.size())})
    put_size(rest, v);
  put_name(rest, h.pattern);
  put_name(rest, h.codec);
  for (const saved_array& a : h.arrays) {
    put_little(rest, static_cast<std::uint32_t>(a.element_bytes));
    put_little(rest, static_cast<std::uint32_t>(a.kind));
    for (const index_t v : {a.length, a.offset}) put_size(rest, v);
    put_little(rest, a.checksum);
  }
  rest.resize(static_cast<std::size_t>(matrix_header_bytes(static_cast<index_t>(h.arrays.size()))) - 24,
              '\0');
  std::string text(matrix_file_magic);
  put_little(text, byte_order_mark);
  put_little(text, static_cast<std::uint32_t>(h.version));
  put_little(text, xxh64(rest.data(), rest.size()));
  return text + rest;
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
