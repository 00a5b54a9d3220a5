#pragma once
// SPDX-License-Identifier: BSL-1.0
// The library's own file: any pattern x codec, its arrays as they are in memory, so that a file is a matrix
// once it is mapped. interop/matrix_file_header.hpp has its layout, the same on every little-endian machine.
//
//   save("w.lacuna", a);                                    a whole file or none
//   mapped_matrix<csr, float> m("w.lacuna");                no copy; m.view(), spmm(m, x, y), ...
//   auto a = load<csr, float>("w.lacuna");                  owned
//   if (holds<csr, float>(peek("w.lacuna"))) ...            to choose the types at run time
//
// Checked: the header always; checksums and the pattern's rules unless the file is trusted. The caller's
// promise is mapped_file's: nobody changes the file while it is mapped (`save` makes another in its place).
#include <lacuna/format/validate.hpp>
#include <lacuna/interop/mapped_file.hpp>
#include <lacuna/interop/matrix_file_arrays.hpp>
#include <lacuna/interop/output_file.hpp>
#include <utility>

namespace lacuna {

/// How much of a matrix file is looked at before it is used.
enum class file_check {
  all,    ///< every byte: checksums and `find_defect`
  header  ///< O(1), for files that are trusted: a broken array is not seen, and lets reads leave the matrix
};
struct matrix_file_options {
  file_check check = file_check::all;
};

namespace detail {
inline namespace LACUNA_ARCH {

/// All that can be asked before the types: the header, the address, `mismatch(header)`, the checksums.
inline matrix_file_info open_header(array_view<const std::byte> file, file_check check,
                                    const std::string& name,
                                    std::string (*mismatch)(const matrix_file_info&)) {
  matrix_file_info h = read_matrix_header(file, name);
  const std::string fault = mismatch(h);
  if (!fault.empty()) fail(errc::argument, "matrix_file: " + fault + " in " + name);
  if (reinterpret_cast<std::uintptr_t>(file.data()) % matrix_file_align != 0)
    refuse_matrix_file(name, "an address that is a multiple of 64 for a view", "another one");
  if (check == file_check::header) return h;
  for (std::size_t n = 0; n < h.arrays.size(); ++n)
    check_sum(name, "array " + count_text(n), h.arrays[n].checksum, file.data() + h.arrays[n].offset,
              h.arrays[n].length * h.arrays[n].element_bytes);
  return h;
}

template <pattern P, codec C>
sparse_view<P, C> open_matrix(array_view<const std::byte> file, file_check check, const std::string& name) {
  static_assert(little_endian<P>, "lacuna: matrix files need a little-endian machine");
  const matrix_file_info h = open_header(file, check, name, type_mismatch<P, C>);
  const auto a = view_file<P, C>(h, file.data());
  if (a.nnz() != h.nnz)
    refuse_matrix_file(name, count_text(a.nnz()) + " as nnz, for these arrays", count_text(h.nnz));
  // Where no index and no cell is stored, none is wrong, and find_defect may take as long as there are rows.
  if (check == file_check::all && (array_bytes<P, borrowed>(a.where().at) > 0 || a.scales().size() > 0)) {
    const std::string defect = find_defect(a);
    if (!defect.empty()) fail(errc::data, defect + " in " + name);
  }
  return a;
}

}  // namespace LACUNA_ARCH
}  // namespace detail

inline namespace LACUNA_ARCH {

/// Writes `a`. The file has its name when all of it is on the disk, and then takes the place of an older one.
/// Fails with errc::io, and with errc::argument on a pattern or codec whose name is above 64 characters.
template <sparse_operand A>
void save(const std::string& path, const A& a) {
  detail::replacing_file out(path);
  detail::write_matrix(out, view_of<A>(a));
  out.close();
}

/// What the file says about itself, its header checked. Fails with errc::data, errc::overflow, errc::io.
inline matrix_file_info peek(const std::string& path) {
  const mapped_file file(path);
  return detail::read_matrix_header(file.bytes(), path);
}

/// True when mapped_matrix<P, C> and load<P, C> take the file: pattern, codec, index types.
template <pattern P, codec C>
bool holds(const matrix_file_info& h) {
  return detail::type_mismatch<P, C>(h).empty();
}

}  // namespace LACUNA_ARCH

/// The matrix of a file, read-only and in place; every verb takes it. Views of it are valid as long as it, or
/// what it was moved to, lives. Fails with errc::argument when the file holds another pattern, codec or index
/// type, errc::data on a broken rule, errc::overflow on sizes above 2^56, errc::io.
template <pattern P, codec C>
class mapped_matrix {
 public:
  using pattern_type = P;
  using codec_type = C;

  LACUNA_INLINE explicit mapped_matrix(const std::string& path, matrix_file_options options = {})
      : file_(path), lent_(file_.bytes(), detail::open_matrix<P, C>(file_.bytes(), options.check, path)) {}
  /// Borrows bytes that are in memory already, from a multiple of 64 on; `name` is for messages.
  LACUNA_INLINE explicit mapped_matrix(array_view<const std::byte> bytes, matrix_file_options options = {},
                                       const std::string& name = "memory")
      : lent_(bytes, detail::open_matrix<P, C>(bytes, options.check, name)) {}
  LACUNA_INLINE mapped_matrix(mapped_matrix&& o) noexcept
      : file_(std::move(o.file_)), lent_(std::exchange(o.lent_, {})) {}
  LACUNA_INLINE mapped_matrix& operator=(mapped_matrix&& o) noexcept {
    file_ = std::move(o.file_);
    lent_ = std::exchange(o.lent_, {});
    return *this;
  }

  LACUNA_INLINE index_t rows() const { return lent_.where.rows; }
  LACUNA_INLINE index_t cols() const { return lent_.where.cols; }
  LACUNA_INLINE index_t nnz() const { return lent_.nnz; }
  /// The size of the file.
  LACUNA_INLINE std::size_t bytes() const { return lent_.file.bytes(); }
  LACUNA_INLINE sparse_view<P, C> view() const {
    return {rows(), cols(), lent_.where.at, lent_.values, lent_.scales};
  }
  LACUNA_INLINE operator sparse_view<P, C>() const { return view(); }

 private:
  /// All zero after a move: what has no file claims no shape.
  struct lent {
    LACUNA_INLINE lent() = default;
    LACUNA_INLINE lent(array_view<const std::byte> bytes, const sparse_view<P, C>& a)
        : file(bytes), where(a.where()), values(a.values()), scales(a.scales()), nnz(a.nnz()) {}
    array_view<const std::byte> file;
    positions<P> where;
    array_view<const element_t<C>> values;
    array_view<const cell_t<C>> scales;
    index_t nnz = 0;
  };
  mapped_file file_;
  lent lent_;
};

namespace detail {
template <class P, class C>
struct sparse_traits<mapped_matrix<P, C>> {
  using view = sparse_view<P, C>;
};
}  // namespace detail

inline namespace LACUNA_ARCH {

/// The matrix of a file, owned. Fails as mapped_matrix does.
template <pattern P, codec C>
sparse_matrix<P, C> load(const std::string& path, matrix_file_options options = {}) {
  const mapped_matrix<P, C> m(path, options);
  const auto own = [](auto array) {
    buffer<std::remove_const_t<typename decltype(array)::element>> copy(array.size());
    if (array.size() > 0) std::memcpy(copy.data(), array.data(), array.bytes());
    return copy;
  };
  const sparse_view<P, C> v = m;
  using arrays = typename P::template arrays<owned>;
  return {v.rows(), v.cols(), v.where().at.apply([&](const auto&... array) { return arrays{own(array)...}; }),
          own(v.values()), own(v.scales())};
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
