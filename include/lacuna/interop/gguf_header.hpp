#pragma once
// SPDX-License-Identifier: BSL-1.0
// The header of a GGUF file, version 2 or 3, little-endian: from bytes to a checked list of tensors.
//
//   "GGUF"  version (4)  tensors (8)  pairs (8)      a text is a length (8) and its characters
//   pair:    key (text)   type (4)  value             an array is a type (4), a count (8) and its values
//   tensor:  name (text)  dimensions (4)  8 for each  type (4)  offset (8), from the first data byte on
//   data:    from a multiple of the alignment (general.alignment, or 32) on, each tensor, too; zeros between
#include <algorithm>
#include <lacuna/interop/byte_reader.hpp>
#include <lacuna/interop/json_string.hpp>
#include <vector>

namespace lacuna {

/// The element types of GGUF, by their numbers in a file. All but the plain numbers come in blocks.
enum class gguf_type : std::uint32_t { f32 = 0, f16 = 1, q4_0 = 2, q8_0 = 8, f64 = 28, bf16 = 30 };

/// One tensor of a file; its bytes are the file's.
struct gguf_tensor {
  std::string name;
  gguf_type type = gguf_type::f32;  // any that gguf_type_name knows
  std::vector<index_t> dims;  // dims[0] is the contiguous one: the columns of a weight, dims[1] its rows
  index_t offset = 0;         // of `bytes` in the file
  array_view<const std::byte> bytes;
};

namespace detail {

struct gguf_type_fact {
  const char* name;
  index_t elements, bytes;  // of a block
};
/// By number. What was taken out of the format, or never is in a file, has no name.
inline constexpr gguf_type_fact gguf_type_facts[] = {
    {"F32", 1, 4},      {"F16", 1, 2},        {"Q4_0", 32, 18},    {"Q4_1", 32, 20},     {nullptr, 1, 1},
    {nullptr, 1, 1},    {"Q5_0", 32, 22},     {"Q5_1", 32, 24},    {"Q8_0", 32, 34},     {nullptr, 1, 1},
    {"Q2_K", 256, 84},  {"Q3_K", 256, 110},   {"Q4_K", 256, 144},  {"Q5_K", 256, 176},   {"Q6_K", 256, 210},
    {"Q8_K", 256, 292}, {"IQ2_XXS", 256, 66}, {"IQ2_XS", 256, 74}, {"IQ3_XXS", 256, 98}, {"IQ1_S", 256, 50},
    {"IQ4_NL", 32, 18}, {"IQ3_S", 256, 110},  {"IQ2_S", 256, 82},  {"IQ4_XS", 256, 136}, {"I8", 1, 1},
    {"I16", 1, 2},      {"I32", 1, 4},        {"I64", 1, 8},       {"F64", 1, 8},        {"IQ1_M", 256, 56},
    {"BF16", 1, 2},     {nullptr, 1, 1},      {nullptr, 1, 1},     {nullptr, 1, 1},      {"TQ1_0", 256, 54},
    {"TQ2_0", 256, 66}, {nullptr, 1, 1},      {nullptr, 1, 1},     {nullptr, 1, 1},      {"MXFP4", 32, 17},
    {"NVFP4", 64, 36},  {"Q1_0", 128, 18}};

/// The types of metadata that the reader has to tell apart, and the bytes of each; 0: a text or an array.
inline constexpr std::uint32_t gguf_uint32 = 4, gguf_bool = 7, gguf_text = 8, gguf_array = 9;
inline constexpr std::uint64_t gguf_value_bytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

}  // namespace detail

/// "Q4_0"; null when the format has no such type.
LACUNA_INLINE constexpr const char* gguf_type_name(gguf_type t) {
  const auto n = static_cast<std::uint32_t>(t);
  return n < std::size(detail::gguf_type_facts) ? detail::gguf_type_facts[n].name : nullptr;
}

namespace detail {
inline namespace LACUNA_ARCH {

/// The least bytes that a value of this type takes.
LACUNA_INLINE constexpr std::uint64_t least_gguf_bytes(std::uint32_t type) {
  return type == gguf_text ? 8 : type == gguf_array ? 12 : gguf_value_bytes[type];
}

inline std::uint32_t read_gguf_value_type(byte_reader& in) {
  const auto type = in.number<std::uint32_t>("a value's type");
  if (type >= std::size(gguf_value_bytes)) in.refuse("a value's type from 0 to 12", count_text(type));
  return type;
}

/// `count` values of a type that is no array.
inline void skip_gguf_values(byte_reader& in, std::uint32_t type, index_t count) {
  if (type == gguf_text) {
    for (; count > 0; --count) in.text("a text", ~std::uint64_t{0});
  } else {
    const auto bytes =
        static_cast<std::uint64_t>(count) * gguf_value_bytes[type];  // count is within the file
    const std::string_view all = in.characters(bytes, "a value");
    if (type == gguf_bool && all.find_first_not_of(std::string_view("\0\1", 2)) != all.npos)
      in.refuse("0 or 1 as a truth value", "another");
  }
}

/// Passes a value, arrays of arrays, too; it calls itself nowhere.
inline void skip_gguf_value(byte_reader& in, std::uint32_t type) {
  struct level {
    std::uint32_t type;
    index_t left;
  };
  constexpr int deepest = 8;
  level levels[deepest + 1] = {{type, 1}};
  for (int depth = 0; depth >= 0;) {
    level& now = levels[depth];
    if (now.left == 0) {
      --depth;
    } else if (now.type != gguf_array) {
      skip_gguf_values(in, now.type, now.left);
      now.left = 0;
    } else {
      --now.left;
      if (depth == deepest) in.refuse("arrays in arrays at most 8 deep", "a deeper one");
      const std::uint32_t inner = read_gguf_value_type(in);
      levels[++depth] = {inner, in.count("a number of values", least_gguf_bytes(inner))};
    }
  }
}

inline index_t read_gguf_alignment(byte_reader& in, std::uint32_t type) {
  if (type != gguf_uint32) in.refuse("general.alignment of type 4 (uint32)", count_text(type));
  const auto align = in.number<std::uint32_t>("general.alignment");
  if (align == 0 || align % 8 != 0) in.refuse("general.alignment > 0, a multiple of 8", count_text(align));
  return static_cast<index_t>(align);
}

/// Passes so many pairs; returns the alignment.
inline index_t read_gguf_pairs(byte_reader& in, index_t pairs) {
  index_t align = 32;
  std::vector<std::string_view> keys;
  keys.reserve(static_cast<std::size_t>(pairs));
  for (; pairs > 0; --pairs) {
    const std::string_view key = in.text("a key", 65535);
    if (key.empty() || !printable(key)) in.refuse("keys of printable ASCII characters", shown(key));
    keys.push_back(key);
    const std::uint32_t type = read_gguf_value_type(in);
    if (key == "general.alignment")
      align = read_gguf_alignment(in, type);
    else
      skip_gguf_value(in, type);
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end()) {
    const char* const later = std::max(twice[0].data(), twice[1].data());
    in.refuse_at(reinterpret_cast<const std::byte*>(later) - in.file().data(), "each key once",
                 shown(*twice) + " twice");
  }
  return align;
}

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t n = utf8_length(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

/// Dimensions, type and bytes; the offset counts from the first data byte, and `bytes` has a size only.
inline gguf_tensor read_gguf_tensor(byte_reader& in, index_t align) {
  gguf_tensor t;
  t.name = in.text("a tensor's name", 64);
  if (t.name.empty() || !is_utf8(t.name)) in.refuse("a tensor's name in UTF-8, not empty", shown(t.name));
  const auto dimensions = in.number<std::uint32_t>("a number of dimensions");
  if (dimensions > 4) in.refuse("at most 4 dimensions", count_text(dimensions));
  index_t size = 1;
  for (std::uint32_t d = 0; d < dimensions; ++d) {
    const auto n = in.number<std::uint64_t>("a dimension");
    if (__builtin_mul_overflow(size, n, &size) || n > std::uint64_t{1} << 62)
      in.refuse("dimensions whose product fits 63 bits", count_text(n) + " in " + shown(t.name));
    t.dims.push_back(static_cast<index_t>(n));
  }
  const auto type = in.number<std::uint32_t>("a tensor's type");
  t.type = static_cast<gguf_type>(type);
  if (gguf_type_name(t.type) == nullptr)
    in.refuse("a tensor's type that GGUF knows", count_text(type) + " in " + shown(t.name));
  const gguf_type_fact& fact = gguf_type_facts[type];
  const index_t line = dimensions > 0 ? t.dims[0] : 1;
  if (line % fact.elements != 0)
    in.refuse("rows of whole blocks of " + count_text(fact.elements) + " for " + fact.name,
              count_text(line) + " in " + shown(t.name));
  if (__builtin_mul_overflow(size / fact.elements, fact.bytes, &size))
    in.refuse("a tensor whose bytes fit 63 bits", "more in " + shown(t.name));
  t.bytes = {nullptr, size};
  const auto offset = in.number<std::uint64_t>("an offset");
  if (offset % static_cast<std::uint64_t>(align) != 0 ||
      offset > static_cast<std::uint64_t>(in.file().size()))
    in.refuse("an offset that is a multiple of " + count_text(align) + " within the file",
              count_text(offset) + " in " + shown(t.name));
  t.offset = static_cast<index_t>(offset);
  return t;
}

inline void check_gguf_zeros(const byte_reader& in, index_t first, index_t last) {
  for (index_t n = first; n < last; ++n)
    if (in.file()[n] != std::byte{0})
      in.refuse_at(n, "zeros up to the alignment", count_text(static_cast<int>(in.file()[n])));
}

/// Gives the tensors their bytes, which follow the header in the order of their offsets and fill the file.
inline void place_gguf_tensors(const byte_reader& in, std::vector<gguf_tensor>& tensors, index_t align) {
  const auto up = [align](index_t n) { return (n + align - 1) / align * align; };
  const index_t size = in.file().size(), base = up(in.at());
  std::sort(tensors.begin(), tensors.end(), [](const gguf_tensor& a, const gguf_tensor& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.bytes.size() < b.bytes.size();
  });
  index_t reached = in.at();
  for (gguf_tensor& t : tensors) {
    const index_t begin = up(reached);
    if (t.offset != begin - base)
      in.refuse_at(begin,
                   "data without gap or overlap, " + shown(t.name) + " at offset " + count_text(begin - base),
                   count_text(t.offset));
    if (begin > size || t.bytes.size() > size - begin)
      in.refuse_at(begin, "the " + count_text(t.bytes.size()) + " bytes of " + shown(t.name),
                   count_text(begin > size ? 0 : size - begin));
    check_gguf_zeros(in, reached, begin);
    t.offset = begin;
    t.bytes = {in.file().data() + begin, t.bytes.size()};
    reached = begin + t.bytes.size();
  }
  if (size != reached && size != up(reached))  // writers pad the last tensor, or do not
    in.refuse_at(reached, "the end of the file, or zeros up to byte " + count_text(up(reached)),
                 count_text(size) + " bytes");
  check_gguf_zeros(in, reached, size);
}

/// Sorted by name.
inline std::vector<gguf_tensor> read_gguf(array_view<const std::byte> file, const std::string& name) {
  byte_reader in("gguf", file, name);
  const std::string_view magic = in.characters(4, "the magic GGUF");
  if (magic != "GGUF") in.refuse("the magic GGUF", shown(magic));
  const auto version = in.number<std::uint32_t>("a version");
  if (version != 2 && version != 3)
    in.refuse("version 2 or 3, little-endian",
              version == 0x02000000 || version == 0x03000000 ? "a big-endian file" : count_text(version));
  // The shortest tensor has a name of 1 byte and no dimension, the shortest pair a key and a value of 1 byte.
  constexpr std::uint64_t least_tensor = 25, least_pair = 14;
  const index_t count = in.count("a number of tensors", least_tensor);
  const index_t align = read_gguf_pairs(in, in.count("a number of pairs", least_pair));
  std::vector<gguf_tensor> tensors;
  // What the pairs took is gone: the count is no longer known to fit.
  tensors.reserve(static_cast<std::size_t>(std::min<index_t>(count, in.left() / index_t{least_tensor})));
  for (index_t n = 0; n < count; ++n) tensors.push_back(read_gguf_tensor(in, align));
  place_gguf_tensors(in, tensors, align);
  const auto by_name = [](const gguf_tensor& a, const gguf_tensor& b) { return a.name < b.name; };
  std::sort(tensors.begin(), tensors.end(), by_name);
  const auto same = [](const gguf_tensor& a, const gguf_tensor& b) { return a.name == b.name; };
  const auto twice = std::adjacent_find(tensors.begin(), tensors.end(), same);
  if (twice != tensors.end())
    in.refuse_at(std::max(twice[0].offset, twice[1].offset), "each name once", shown(twice->name) + " twice");
  return tensors;
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
