#pragma once
// SPDX-License-Identifier: BSL-1.0
// A matrix file whose pattern and codec are known only when it is opened:
//
//   any_linear layer = load("w.lacuna");                                  the forms that any_linear expects
//   any_linear layer = load<forms<sparse_matrix<csr, float>>>("w");       a list of your own
//   open_form<my_forms>("w.lacuna", [](auto m) { ... });                  m: mapped_matrix<P, C>
//
// The list is the caller's, so that this header names no pattern and no kernel: what is compiled for each of its forms is
// what f, or the layer, does with it.
#include <lacuna/format/forms.hpp>
#include <lacuna/interop/matrix_file.hpp>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

/// What keeps form A from being the file's: "" when it is.
template <sparse_operand A>
std::string form_mismatch(const matrix_file_info& h) {
  return type_mismatch<pattern_of<A>, codec_type_of<A>>(h);
}

/// Names the arrays where the names of a form fit and they do not, else the whole list.
template <sparse_operand... A>
[[noreturn]] LACUNA_NOINLINE void fail_no_form(forms<A...>, const matrix_file_info& h,
                                               const std::string& path) {
  const std::string got = form_name(h.pattern, h.codec);
  std::string list, same_name;
  const auto look = [&](const std::string& form, const std::string& mismatch) {
    list += (list.empty() ? "" : ", ") + form;
    if (form == got) same_name = mismatch;
  };
  (look(form_name<A>(), form_mismatch<A>(h)), ...);
  fail(errc::argument,
       "matrix_file: " + (same_name.empty() ? "need one of " + list + "; got " + got : same_name) + " in " +
           path);
}

/// f(mapped_matrix) by the first form that is the file's; one of them is.
template <sparse_operand A, sparse_operand... More, class F>
auto open_first(forms<A, More...>, const matrix_file_info& h, const std::string& path,
                matrix_file_options options, F& f) {
  if constexpr (sizeof...(More) > 0)
    if (!form_mismatch<A>(h).empty()) return open_first(forms<More...>{}, h, path, options, f);
  return f(mapped_matrix<pattern_of<A>, codec_type_of<A>>(path, options));
}

}  // namespace LACUNA_ARCH
}  // namespace detail

inline namespace LACUNA_ARCH {

/// f(mapped_matrix<P, C>) for the form of the list that the file has; all calls of f return the same type. Fails with
/// errc::argument, the form of the file and the list when there is none, and as mapped_matrix does.
template <form_list Forms, class F>
auto open_form(const std::string& path, F&& f, matrix_file_options options = {}) {
  const matrix_file_info h = peek(path);
  [&]<class... A>(forms<A...> list) {
    if (!(detail::form_mismatch<A>(h).empty() || ...)) detail::fail_no_form(list, h, path);
  }(Forms{});
  return detail::open_first(Forms{}, h, path, options, f);
}

}  // namespace LACUNA_ARCH

/// Takes a matrix of any form that its own list names.
template <class L>
concept takes_forms = form_list<typename L::default_forms>;

namespace detail {
/// The caller's list, or that of L where there is none.
template <class Forms, class L>
struct forms_for {
  using type = Forms;
};
template <class L>
struct forms_for<void, L> {
  using type = typename L::default_forms;
};
}  // namespace detail

/// What load(path) gives: a file that becomes a layer, of a list of forms or of the layer's own (void).
template <class Forms = void>
class any_file {
 public:
  LACUNA_INLINE explicit any_file(std::string path, matrix_file_options options = {})
      : path_(std::move(path)), options_(options) {}

  /// Opens the file; fails as open_form does.
  template <takes_forms L>
  LACUNA_INLINE operator L() const {
    using list = typename detail::forms_for<Forms, L>::type;
    return open_form<list>(
        path_, [](auto m) { return L(std::move(m)); }, options_);
  }

 private:
  std::string path_;
  matrix_file_options options_;
};

/// The file, to be opened as what it is assigned to. Nothing is read before.
LACUNA_INLINE any_file<> load(const std::string& path, matrix_file_options options = {}) {
  return any_file<>(path, options);
}
template <form_list Forms>
LACUNA_INLINE any_file<Forms> load(const std::string& path, matrix_file_options options = {}) {
  return any_file<Forms>(path, options);
}

}  // namespace lacuna
