// expect: P::visit_row(w, i, 
// SPDX-License-Identifier: BSL-1.0
// A pattern from outside that cannot show its rows.
#include <lacuna/format/encode.hpp>

struct nothing {
  static constexpr bool filled = false;
  template <template <class> class Array>
  struct arrays {
    template <class F>
    auto apply(F&& f) const {
      return f();
    }
  };
  static std::string name() { return "nothing"; }
  static lacuna::index_t stored(const lacuna::positions<nothing>&) { return 0; }
#ifndef LACUNA_FAIL
  template <class F>
  static void visit_row(const lacuna::positions<nothing>&, lacuna::index_t, F&&) {}
#endif
  template <class Kept>
  static arrays<lacuna::owned> build(lacuna::index_t, lacuna::index_t, Kept&&) {
    return {};
  }
};

int main() {
  lacuna::matrix<float> w(2, 3);
  const auto a = lacuna::encode<nothing, float>(w);
  return static_cast<int>(a.rows()) - 2;
}
