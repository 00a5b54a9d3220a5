#pragma once
// SPDX-License-Identifier: BSL-1.0
// A safetensors file (Hugging Face), mapped: tensors by name, seen in place or copied to float.
//
//   n (8 bytes)   header: n bytes of JSON   data
//   {"w": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}, "__metadata__": {"format": "pt"}}
//
// Checked once, at the door: at most 100 MB of header, nothing in it but what is shown above, names given
// once, offsets that cover the data without gap or overlap, and bytes that fit shape and dtype.
#include <algorithm>
#include <bit>
#include <lacuna/interop/json_string.hpp>
#include <lacuna/interop/mapped_file.hpp>
#include <lacuna/interop/numbers.hpp>
#include <lacuna/interop/safetensors_header.hpp>

namespace lacuna {

/// The tensors of one file. Views into it are valid as long as it, or what it was moved to, lives.
class safetensors {
 public:
  /// Maps the file. Fails with errc::io, errc::data, errc::overflow.
  LACUNA_INLINE explicit safetensors(const std::string& path)
      : file_(path), name_(path), tensors_(detail::read_safetensors(file_.bytes(), name_)) {}
  /// Borrows bytes that are in memory already; `name` is for messages.
  LACUNA_INLINE explicit safetensors(array_view<const std::byte> bytes, std::string name = "memory")
      : name_(std::move(name)), tensors_(detail::read_safetensors(bytes, name_)) {}

  /// All tensors, sorted by name.
  LACUNA_INLINE array_view<const tensor> tensors() const { return tensors_; }
  /// All names, sorted.
  LACUNA_INLINE std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const tensor& t : tensors_) all.push_back(t.name);
    return all;
  }
  LACUNA_INLINE bool contains(std::string_view name) const {
    return detail::find_tensor(tensors_, name) != nullptr;
  }
  /// Fails with errc::argument when there is no such tensor.
  LACUNA_INLINE const tensor& find(std::string_view name) const {
    const tensor* const t = detail::find_tensor(tensors_, name);
    if (t == nullptr)
      fail(errc::argument, "safetensors: need the name of a tensor; got " + detail::shown(name) +
                               ", not one of the " + count_text(tensors_.size()) + " in " + name_);
    return *t;
  }

  /// The tensor in place: T is float, double, bf16 or f16 and must be its dtype; one dimension is one row.
  /// Fails with errc::argument on another dtype, errc::shape on more dimensions, errc::data on an alignment
  /// that T does not have.
  template <class T>
  LACUNA_INLINE matrix_view<const T> view(std::string_view name) const {
    static_assert(std::endian::native == std::endian::little,
                  "lacuna: safetensors::view needs a little-endian machine; copy works on any");
    const tensor& t = find(name);
    if (t.type != detail::dtype_of<T>)
      fail(errc::argument, "safetensors: need " + std::string(dtype_name(detail::dtype_of<T>)) +
                               " for this view; got " + dtype_name(t.type) + " in " + detail::shown(name));
    const auto [rows, cols] = detail::matrix_shape(t);
    if (reinterpret_cast<std::uintptr_t>(t.bytes.data()) % alignof(T) != 0 && t.bytes.size() > 0)
      fail(errc::data, "safetensors: need an address that is a multiple of " + count_text(alignof(T)) +
                           " for a view; got another one for " + detail::shown(name) +
                           ", which copy() can read, in " + name_);
    return {reinterpret_cast<const T*>(t.bytes.data()), rows, cols};
  }

  /// The tensor as floats, from F32, F64, BF16 or F16; one dimension becomes one row.
  /// Fails with errc::argument on another dtype, errc::shape on more dimensions, errc::overflow on a double
  /// beyond float.
  LACUNA_INLINE matrix<float> copy(std::string_view name) const { return detail::copy_tensor(find(name)); }

 private:
  mapped_file file_;
  std::string name_;
  std::vector<tensor> tensors_;
};

}  // namespace lacuna
