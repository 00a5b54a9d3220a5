#pragma once
// SPDX-License-Identifier: BSL-1.0
// The law of narrow storage: codes and cells are what the weights of each group say, whatever the pattern; and the
// plain product multiplies with what they decode to.
#include <lacuna/ops/spmm/reference.hpp>

#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/narrow.hpp"
#include "support/oracle.hpp"
#include "support/shapes.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

inline void check_no_fault(const std::string& names, const std::string& fault) {
  CAPTURE(names);
  CHECK(fault == "");
}

/// What is asked of a matrix besides: nothing, or the plain product with X of two columns.
struct nothing_more {
  template <class A>
  void operator()(const std::string&, const A&, std::uint64_t) const {}
};
struct plain_product {
  struct sum {
    float operator()(float v, index_t, index_t) const { return v; }
  };
  template <class A>
  void operator()(const std::string& names, const A& a, std::uint64_t seed) const {
    const auto x = columns(a.cols(), seed);
    matrix<float> y(a.rows(), 2);
    kernel::product_reference(a.view(), row_range{0, a.rows()}, as_view(x), as_view(y), sum{});
    check_no_fault(names + " times X", fault(decode(a), x, y));
  }

 private:
  static matrix<float> columns(index_t rows, std::uint64_t seed) {
    return test::random_matrix(rows, 2, 1, seed, [](test::random_source& r) { return r.any(); });
  }
  static std::string fault(const matrix<float>& w, const matrix<float>& x, const matrix<float>& y) {
    return test::misses(y, test::oracle::spmm(w, x));
  }
};

/// Of every codec of a list; more(names, matrix, seed).
template <class P, class List, class More = nothing_more>
void check_narrow(List, std::uint64_t seed, const More& more = {}) {
  for (const test::shape s : test::shapes())
    for (const test::filling f : test::fillings()) {
      CAPTURE(s.rows, s.cols, test::text(f), seed);
      const auto w = test::filled(
          test::graded_for<P>(s.rows, s.cols, 0.3, seed), f, !requires { P::M; });
      for_each_type(List{}, [&](auto c) {
        using C = decltype(c);
        const auto a = encode<P, C>(w);
        const std::string names = P::name() + " x " + codec_of<C>::name;
        check_no_fault(names, test::narrow_fault(a.view(), w));
        more(names, a, seed);
      });
    }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
