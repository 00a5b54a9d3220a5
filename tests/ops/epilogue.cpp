// SPDX-License-Identifier: BSL-1.0
// Epilogues: each stage alone, chains in order, outputs that are inputs, and stages from outside, for spmm
// (lanes run along tokens) and linear (lanes run along stored values).
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/oracle.hpp"

using namespace lacuna;
namespace stage = test::oracle::stage;
using test::approx;
using test::expectation;

namespace {

constexpr index_t rows = 19, depth = 45, tokens = 21;

matrix<float> random_values(index_t m, index_t n, std::uint64_t seed) {
  return test::random_matrix(m, n, 1, seed, [](test::random_source& r) { return r.any(); });
}

struct fixture {
  matrix<float> w = test::random_matrix(rows, depth, 0.3, 5), x = random_values(tokens, depth, 6),
                old = random_values(tokens, rows, 7), shift = random_values(rows, 1, 8);
  sparse_matrix<csr, float> a = encode<csr, float>(w);
  epilogue::bias bias{array_view<const float>(shift.data(), rows)};

  approx shifted(approx v, index_t m) const { return stage::add(v, static_cast<double>(shift(m, 0))); }

  /// want(sum, m, t) says what becomes of a sum.
  template <class Want>
  expectation after(const Want& want) const {
    auto y = test::oracle::linear(w, x);
    for (index_t t = 0; t < tokens; ++t)
      for (index_t m = 0; m < rows; ++m) y(t, m) = want(y(t, m), m, t);
    return y;
  }
  /// linear and spmm into an output that holds `old`.
  template <class Stage, class Want>
  void check(const Stage& finish, const Want& want) const {
    auto y = old;
    linear(a, x, y, finish);
    CHECK(test::misses(y, after(want)) == "");

    matrix<float> xs(depth, tokens), ys(rows, tokens);
    for (index_t t = 0; t < tokens; ++t) {
      for (index_t k = 0; k < depth; ++k) xs(k, t) = x(t, k);
      for (index_t m = 0; m < rows; ++m) ys(m, t) = old(t, m);
    }
    spmm(a, xs, ys, epilogue::flipped(finish));
    CHECK(test::misses(transposed(ys), after(want)) == "");
  }
};

/// From outside: every second token doubled. Needs only to be callable.
struct every_second_doubled {
  float operator()(float v, index_t, index_t t) const { return t % 2 == 0 ? v : 2 * v; }
};

/// From outside, with everything a stage may have: m + t goes on top; refuses other than its own size.
struct places {
  index_t m_size, t_size;
  template <class T>
  T operator()(T v, index_t m, index_t t) const {
    return v + static_cast<T>(m + t);
  }
  void check(index_t m, index_t t) const {
    if (m != m_size || t != t_size) fail(errc::shape, "places: another size");
  }
};

}  // namespace

TEST_CASE("each stage alone " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const fixture f;
  f.check(epilogue::none{}, [&](approx v, index_t, index_t) { return v; });
  f.check(f.bias, [&](approx v, index_t m, index_t) { return f.shifted(v, m); });
  f.check(epilogue::scale{-0.3f},
          [&](approx v, index_t, index_t) { return stage::scale(v, static_cast<double>(-0.3f)); });
  f.check(epilogue::relu{}, [&](approx v, index_t, index_t) { return stage::relu(v); });
  f.check(epilogue::silu{}, [&](approx v, index_t, index_t) { return stage::silu(v); });
}

TEST_CASE("stages that read a matrix " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const fixture f;
  const auto old_added = [&](approx v, index_t m, index_t t) {
    return stage::add(v, static_cast<double>(f.old(t, m)));
  };
  f.check(epilogue::accumulate{}, old_added);
  f.check(epilogue::residual{f.old}, old_added);

  SECTION("in the other layout than the output") {
    matrix<float, col_major> r(tokens, rows);
    for (index_t t = 0; t < tokens; ++t)
      for (index_t m = 0; m < rows; ++m) r(t, m) = f.old(t, m);
    f.check(epilogue::residual{r}, old_added);
  }
  SECTION("that is the output") {
    auto y = f.old;
    linear(f.a, f.x, y, epilogue::residual{y});
    CHECK(test::misses(y, f.after(old_added)) == "");
  }
  SECTION("for spmv") {
    auto y = f.old.view().block(3, 0, 1, rows);
    std::vector<float> out(y.data(), y.data() + rows);
    spmv(f.a, array_view<const float>(f.x.data() + 3 * depth, depth), out, epilogue::accumulate{} | f.bias);
    const auto want =
        f.after([&](approx v, index_t m, index_t t) { return f.shifted(old_added(v, m, t), m); });
    for (index_t m = 0; m < rows; ++m)
      CHECK(test::is_near(static_cast<double>(out[static_cast<std::size_t>(m)]), want(3, m)));
  }
}

TEST_CASE("chains run in order " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const fixture f;
  f.check(f.bias | epilogue::relu{},
          [&](approx v, index_t m, index_t) { return stage::relu(f.shifted(v, m)); });
  f.check(epilogue::relu{} | f.bias,
          [&](approx v, index_t m, index_t) { return f.shifted(stage::relu(v), m); });
  f.check(epilogue::accumulate{} | f.bias | epilogue::silu{}, [&](approx v, index_t m, index_t t) {
    return stage::silu(f.shifted(stage::add(v, static_cast<double>(f.old(t, m))), m));
  });
}

TEST_CASE("stages from outside " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const fixture f;
  f.check(every_second_doubled{}, [&](approx v, index_t, index_t t) {
    return t % 2 == 0 ? v : approx{2 * v.value, 2 * v.error};
  });
  f.check(f.bias | places{rows, tokens}, [&](approx v, index_t m, index_t t) {
    return stage::add(f.shifted(v, m), static_cast<double>(m + t));
  });
  auto y = f.old;
  CHECK_THROWS_AS(linear(f.a, f.x, y, places{tokens, rows}), error);
}

TEST_CASE("an empty sum is finished, too " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const fixture f;
  const auto no_columns = encode<csr, float>(matrix<float>(rows, 0));
  const auto no_values = encode<csr, float>(matrix<float>(rows, depth));
  matrix<float> y(tokens, rows), z(tokens, rows), none(0, rows), wide(rows, 70);
  linear(no_columns, matrix<float>(tokens, 0), y, f.bias);
  linear(no_values, f.x, z, f.bias);
  linear(no_values, matrix<float>(0, depth), none, f.bias);
  spmm(no_columns, matrix<float>(0, 70), wide, f.bias);  // an X without memory
  for (index_t m = 0; m < rows; ++m)
    for (index_t n = 0; n < 70; ++n) CHECK(wide(m, n) == f.shift(m, 0));
  for (index_t t = 0; t < tokens; ++t)
    for (index_t m = 0; m < rows; ++m) {
      CHECK(y(t, m) == f.shift(m, 0));
      CHECK(z(t, m) == f.shift(m, 0));
    }
}

TEST_CASE("relu keeps NaN and accumulate counts what was there " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  CHECK(std::isnan(epilogue::relu{}(nan, 0, 0)));
  CHECK(std::isnan(epilogue::silu{}(nan, 0, 0)));
  CHECK(epilogue::silu{}(inf, 0, 0) == inf);
  CHECK(std::abs(epilogue::silu{}(-100.0f, 0, 0)) <= 1e-30f);
  const auto a = encode<csr, float>(matrix<float>(2, 2));
  const matrix<float> x(1, 2);
  matrix<float> y(1, 2);
  y(0, 1) = nan;
  linear(a, x, y, epilogue::accumulate{} | epilogue::relu{});
  CHECK(y(0, 0) == 0);
  CHECK(std::isnan(y(0, 1)));
  linear(a, x, y);
  CHECK(y(0, 1) == 0);
}
