#pragma once
// SPDX-License-Identifier: BSL-1.0
// The header of a safetensors file: from bytes to a checked list of tensors.
#include <algorithm>
#include <lacuna/interop/json_string.hpp>
#include <lacuna/interop/numbers.hpp>
#include <utility>
#include <vector>

namespace lacuna {

/// The element types of safetensors that take whole bytes.
enum class dtype : std::uint8_t {
  boolean,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  f8_e8m0,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  c64,
  f64,
  i64,
  u64
};

/// One tensor of a file; its bytes are the file's.
struct tensor {
  std::string name;
  dtype type = dtype::u8;
  std::vector<index_t> shape;
  array_view<const std::byte> bytes;
};

namespace detail {

struct dtype_fact {
  const char* name;
  index_t bytes;
};
/// In the order of `dtype`.
inline constexpr dtype_fact dtype_facts[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E8M0", 1},
    {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},     {"U32", 4},
    {"F32", 4},  {"C64", 8}, {"F64", 8}, {"I64", 8},     {"U64", 8}};

template <class T>
inline constexpr dtype dtype_of = [] {
  static_assert(sizeof(T) == 0, "lacuna: safetensors::view<T> needs float, double, bf16 or f16");
  return dtype::u8;
}();
template <>
inline constexpr dtype dtype_of<float> = dtype::f32;
template <>
inline constexpr dtype dtype_of<double> = dtype::f64;
template <>
inline constexpr dtype dtype_of<bf16> = dtype::bf16;
template <>
inline constexpr dtype dtype_of<f16> = dtype::f16;

}  // namespace detail

LACUNA_INLINE constexpr const char* dtype_name(dtype t) {
  return detail::dtype_facts[static_cast<std::size_t>(t)].name;
}

namespace detail {
inline namespace LACUNA_ARCH {

inline dtype read_dtype(scanner& in) {
  const std::string text = read_json_string(in);
  std::uint8_t n = 0;
  for (const dtype_fact& fact : dtype_facts) {
    if (text == fact.name) return static_cast<dtype>(n);
    ++n;
  }
  in.refuse("a dtype that safetensors knows, not " + shown(text) + ", before this");
}

inline std::vector<index_t> read_shape(scanner& in) {
  constexpr std::size_t most = 8;
  std::vector<index_t> shape;
  in.expect('[');
  if (in.accept(']')) return shape;
  do {
    if (shape.size() == most) in.refuse("at most 8 dimensions");
    shape.push_back(in.size("a dimension"));
  } while (in.accept(','));
  in.expect(']');
  return shape;
}

inline array_view<const std::byte> read_offsets(scanner& in, array_view<const std::byte> data) {
  in.expect('[');
  const index_t begin = in.size("an offset");
  in.expect(',');
  const index_t end = in.size("an offset");
  in.expect(']');
  if (begin > end || end > data.size())
    in.refuse("data_offsets begin <= end <= " + count_text(data.size()) + ", not [" +
              count_text(begin) + "," + count_text(end) + "], before this");
  return {data.data() + begin, end - begin};
}

/// {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}, its keys in any order.
inline tensor read_tensor(scanner& in, std::string name, array_view<const std::byte> data) {
  tensor t;
  t.name = std::move(name);
  bool seen[3] = {};
  in.expect('{');
  do {
    const std::string key = read_json_string(in);
    const int which = key == "dtype" ? 0 : key == "shape" ? 1 : key == "data_offsets" ? 2 : 3;
    if (which == 3) in.refuse("dtype, shape and data_offsets only, not " + shown(key) + ", before this");
    if (seen[which]) in.refuse("each key once, not a second " + shown(key) + ", before this");
    seen[which] = true;
    in.expect(':');
    if (which == 0) t.type = read_dtype(in);
    if (which == 1) t.shape = read_shape(in);
    if (which == 2) t.bytes = read_offsets(in, data);
  } while (in.accept(','));
  in.expect('}');
  if (!seen[0] || !seen[1] || !seen[2]) in.refuse("all of dtype, shape and data_offsets before this");
  index_t need = dtype_facts[static_cast<std::size_t>(t.type)].bytes;
  for (const index_t n : t.shape) need = checked_product("safetensors", need, n);
  if (need != t.bytes.size())
    in.refuse("data_offsets over the " + count_text(need) + " bytes of shape and dtype, not " +
              count_text(t.bytes.size()) + ", before this");
  return t;
}

/// {"key": "text", ...}, dropped.
inline void skip_metadata(scanner& in) {
  in.expect('{');
  if (in.accept('}')) return;
  do {
    read_json_string(in);
    in.expect(':');
    read_json_string(in);
  } while (in.accept(','));
  in.expect('}');
}

inline std::vector<tensor> read_tensors(scanner& in, array_view<const std::byte> data) {
  std::vector<tensor> tensors;
  // The shortest entry, {"":{"dtype":"U8","shape":[],"data_offsets":[0,0]}}, bounds what is set aside.
  const auto braces = std::count(in.rest().begin(), in.rest().end(), '{');
  tensors.reserve(std::min(static_cast<std::size_t>(braces), in.rest().size() / 50 + 1));
  bool metadata = false;
  in.expect('{');
  if (!in.accept('}')) {
    do {
      std::string name = read_json_string(in);
      in.expect(':');
      if (name != "__metadata__") {
        tensors.push_back(read_tensor(in, std::move(name), data));
      } else {
        if (metadata) in.refuse("__metadata__ once");
        metadata = true;
        skip_metadata(in);
      }
    } while (in.accept(','));
    in.expect('}');
  }
  in.expect_end();
  return tensors;
}

/// Fails unless the tensors cover the data exactly; leaves them sorted by name, each name once.
inline void check_tensors(std::vector<tensor>& tensors, array_view<const std::byte> data,
                          const std::string& name) {
  const auto refuse = [&](const char* rule, const std::string& got) {
    fail(errc::data, std::string("safetensors: need ") + rule + "; got " + got + " in " + name);
  };
  std::sort(tensors.begin(), tensors.end(), [](const tensor& a, const tensor& b) {
    return a.bytes.data() != b.bytes.data() ? a.bytes.data() < b.bytes.data()
                                            : a.bytes.size() < b.bytes.size();
  });
  index_t reached = 0;
  for (const tensor& t : tensors) {
    const index_t begin = t.bytes.data() - data.data();
    if (begin != reached)
      refuse("data without gap or overlap",
             shown(t.name) + " at " + count_text(begin) + " after " + count_text(reached) + " bytes");
    reached += t.bytes.size();
  }
  if (reached != data.size())
    refuse("data that is all in tensors",
           count_text(data.size() - reached) + " of " + count_text(data.size()) + " bytes in none");
  std::sort(tensors.begin(), tensors.end(), [](const tensor& a, const tensor& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(tensors.begin(), tensors.end(),
                                        [](const tensor& a, const tensor& b) { return a.name == b.name; });
  if (twice != tensors.end()) refuse("each name once", shown(twice->name) + " twice");
}

inline std::vector<tensor> read_safetensors(array_view<const std::byte> bytes, const std::string& name) {
  constexpr std::uint64_t most = 100'000'000;
  if (bytes.size() < 8)
    fail(errc::data,
         "safetensors: need 8 bytes of header length; got " + count_text(bytes.size()) + " in " + name);
  const auto length = load_little<std::uint64_t>(bytes.data());
  const index_t left = bytes.size() - 8;
  if (length > most || static_cast<index_t>(length) > left)
    fail(errc::data, "safetensors: need a header of at most 100000000 bytes, within the file's " +
                         count_text(bytes.size()) + "; got " + count_text(length) + " in " + name);
  const auto header = static_cast<index_t>(length);
  const array_view<const std::byte> data(bytes.data() + 8 + header, left - header);
  scanner in("safetensors", text_of(bytes.data() + 8, header), 8, name);
  std::vector<tensor> tensors = read_tensors(in, data);
  check_tensors(tensors, data, name);
  return tensors;
}

/// Among tensors sorted by name; null when there is none.
inline const tensor* find_tensor(const std::vector<tensor>& tensors, std::string_view name) {
  const auto t = std::lower_bound(tensors.begin(), tensors.end(), name,
                                  [](const tensor& a, std::string_view b) { return a.name < b; });
  return t != tensors.end() && t->name == name ? &*t : nullptr;
}

/// Rows and columns of a tensor of one dimension (one row) or two.
inline std::pair<index_t, index_t> matrix_shape(const tensor& t) {
  if (t.shape.size() == 2) return {t.shape[0], t.shape[1]};
  if (t.shape.size() != 1)
    fail(errc::shape, "safetensors: need 1 or 2 dimensions; got " + count_text(t.shape.size()) + " in " +
                          shown(t.name));
  return {1, t.shape[0]};
}

inline matrix<float> copy_tensor(const tensor& t) {
  const auto [rows, cols] = matrix_shape(t);
  const std::byte* const p = t.bytes.data();
  if (t.type == dtype::f32) return floats_from<float>(p, rows, cols, row_major{}, "safetensors");
  if (t.type == dtype::f64) return floats_from<double>(p, rows, cols, row_major{}, "safetensors");
  if (t.type == dtype::bf16) return floats_from<lacuna::bf16>(p, rows, cols, row_major{}, "safetensors");
  if (t.type == dtype::f16) return floats_from<lacuna::f16>(p, rows, cols, row_major{}, "safetensors");
  fail(errc::argument, std::string("safetensors: need F32, F64, BF16 or F16; got ") + dtype_name(t.type) +
                           " in " + shown(t.name));
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
