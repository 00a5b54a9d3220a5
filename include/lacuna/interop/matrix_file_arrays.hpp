#pragma once
// SPDX-License-Identifier: BSL-1.0
// Between the typed arrays of pattern x codec and the plain ones of a matrix file.
#include <lacuna/format/sparse_matrix.hpp>
#include <lacuna/interop/matrix_file_header.hpp>

namespace lacuna {
namespace detail {

/// bf16 and its like are numbers; `char` is not, since its sign depends on the machine.
template <class T>
inline constexpr array_kind kind_of = std::is_floating_point_v<T> ||
                                              (std::is_class_v<T> && std::is_convertible_v<T, float>)
                                          ? array_kind::floating
                                      : !std::is_integral_v<T> || std::is_same_v<T, char> ? array_kind::raw
                                      : std::is_signed_v<T> ? array_kind::signed_integer
                                                            : array_kind::unsigned_integer;

template <class P>
inline constexpr bool little_endian = std::endian::native == std::endian::little;

inline namespace LACUNA_ARCH {

/// An array without its type: what is written is bytes.
struct plain_array {
  saved_array about;
  const void* data = nullptr;
  std::size_t bytes() const { return static_cast<std::size_t>(about.length * about.element_bytes); }
};

template <class T>
plain_array describe(array_view<const T> array) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= matrix_file_align,
                "lacuna: a matrix file holds arrays of plain data");
  return {{kind_of<T>, static_cast<index_t>(sizeof(T)), array.size(), 0, 0}, array.data()};
}

/// The pattern's arrays, in order, then the values, then the cells of a codec that has them.
template <pattern P, codec C>
std::vector<plain_array> list_arrays(const typename positions<P>::arrays& where,
                                     array_view<const element_t<C>> values,
                                     array_view<const cell_t<C>> scales) {
  auto arrays = where.apply([&](const auto&... array) {
    return std::vector<plain_array>{describe(array)..., describe(values)};
  });
  if constexpr (scaled_codec<C>) arrays.push_back(describe(scales));
  return arrays;
}

/// "need ...; got ..." for the first thing in which the file is not this pattern x codec, or empty.
inline std::string type_mismatch(const matrix_file_info& h, const std::string& pattern,
                                 const std::string& codec, const std::vector<plain_array>& need) {
  if (h.pattern != pattern) return "need pattern " + pattern + "; got " + h.pattern;
  if (h.codec != codec) return "need codec " + codec + "; got " + h.codec;
  if (h.arrays.size() != need.size())
    return "need " + count_text(need.size()) + " arrays for " + pattern + "; got " +
           count_text(h.arrays.size());
  for (std::size_t n = 0; n < need.size(); ++n)
    if (need[n].about.kind != h.arrays[n].kind || need[n].about.element_bytes != h.arrays[n].element_bytes)
      return "need array " + count_text(n) + " of " + element_text(need[n].about) + " for this " + pattern +
             "; got " + element_text(h.arrays[n]);
  return {};
}
template <pattern P, codec C>
std::string type_mismatch(const matrix_file_info& h) {
  return type_mismatch(h, P::name(), codec_of<C>::name, list_arrays<P, C>({}, {}, {}));
}

/// The arrays of a checked header, in place.
template <pattern P, codec C>
sparse_view<P, C> view_file(const matrix_file_info& h, const std::byte* file) {
  [[maybe_unused]] const saved_array* next = h.arrays.data();
  const auto lend = [&](auto array) {
    using T = typename decltype(array)::element;
    array = {reinterpret_cast<T*>(file + next->offset), next->length};
    ++next;
    return array;
  };
  using arrays = typename positions<P>::arrays;
  const auto where = arrays{}.apply([&](const auto&... array) { return arrays{lend(array)...}; });
  const auto values = lend(array_view<const element_t<C>>{});
  if constexpr (scaled_codec<C>)
    return {h.rows, h.cols, where, values, lend(array_view<const cell_t<C>>{})};
  else
    return {h.rows, h.cols, where, values};
}

/// Writes a whole file to `out`, anything with append(bytes, size); the arrays are read twice and not copied.
/// Of `h` the caller gives names and sizes.
template <class Out>
void write_arrays(Out& out, matrix_file_info h, const std::vector<plain_array>& arrays) {
  h.bytes = matrix_header_bytes(static_cast<index_t>(arrays.size()));
  for (const plain_array& array : arrays) {
    h.arrays.push_back(array.about);
    h.arrays.back().offset = h.bytes;
    h.arrays.back().checksum = xxh64(array.data, array.bytes());
    h.bytes += aligned_up(static_cast<index_t>(array.bytes()));
  }
  const std::string header = matrix_header_text(h);
  out.append(header.data(), header.size());
  for (const plain_array& array : arrays) {
    constexpr char zeros[matrix_file_align] = {};
    const auto padded = static_cast<std::size_t>(aligned_up(static_cast<index_t>(array.bytes())));
    out.append(array.data, array.bytes());
    out.append(zeros, padded - array.bytes());
  }
}

template <class Out, pattern P, codec C>
void write_matrix(Out& out, const sparse_view<P, C>& a) {
  static_assert(little_endian<P>, "lacuna: matrix files need a little-endian machine");
  write_arrays(out, {P::name(), codec_of<C>::name, a.rows(), a.cols(), a.nnz(), 0, 1, {}},
               list_arrays<P, C>(a.where().at, a.values(), a.scales()));
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
