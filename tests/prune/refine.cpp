// SPDX-License-Identifier: BSL-1.0
// Hessians, the saliency of groups, and what refining promises: no step makes the loss larger.
#include <cmath>
#include <lacuna/exec/pool_ref.hpp>

#include "prune/oracle.hpp"
#include "support/catch.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

/// Tokens whose columns depend on each other: neighbours share most of what they say, and some columns are louder.
matrix<float> tokens_of(index_t tokens, index_t cols, std::uint64_t seed) {
  auto x = test::weights(tokens, cols, false, seed);
  for (index_t t = 0; t < tokens; ++t)
    for (index_t k = 1; k < cols; ++k) x(t, k) = (x(t, k) + x(t, k - 1) / 4) * (k % 7 == 0 ? 3.0f : 1.0f);
  return x;
}

/// Solves m v = b for a small symmetric positive definite m, without a thought.
std::vector<double> solved(std::vector<std::vector<double>> m, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t r = 0; r < n; ++r) {
      if (r == i) continue;
      const double f = m[r][i] / m[i][i];
      for (std::size_t k = i; k < n; ++k) m[r][k] -= f * m[i][k];
      b[r] -= f * b[i];
    }
  for (std::size_t i = 0; i < n; ++i) b[i] /= m[i][i];
  return b;
}

/// The sum over tokens and rows of (x (v - w)^T)^2.
double output_loss(const matrix<float>& x, const matrix<float>& v, const matrix<float>& w) {
  double sum = 0;
  for (index_t t = 0; t < x.rows(); ++t)
    for (index_t i = 0; i < w.rows(); ++i) {
      double y = 0;
      for (index_t k = 0; k < w.cols(); ++k)
        y += static_cast<double>(x(t, k)) * (static_cast<double>(v(i, k)) - static_cast<double>(w(i, k)));
      sum += y * y;
    }
  return sum;
}

/// Losses are compared to what adding up their doubles and H's floats may be off by, against the size of both sides.
bool not_above(double a, double b) { return a <= b * (1 + 1e-6); }

}  // namespace

TEST_CASE("the Hessian of tokens is X^T X / t with a damped diagonal", "[prune]") {
  for (const test::shape s : {test::shape{1, 1}, test::shape{9, 5}, test::shape{40, 37}}) {
    const auto x = test::weights(s.rows, s.cols, false, 91);
    test::for_each_layout(x, [&](auto v, const char* how) {
      CAPTURE(s.rows, s.cols, how);
      const auto h = activation_hessian(v, 0.5);
      double trace = 0, worst = 0;
      const auto want = [&](index_t i, index_t j) {
        double sum = 0;
        for (index_t t = 0; t < s.rows; ++t)
          sum += static_cast<double>(x(t, i)) * static_cast<double>(x(t, j));
        return sum / static_cast<double>(s.rows);
      };
      for (index_t j = 0; j < s.cols; ++j) trace += want(j, j);
      for (index_t i = 0; i < s.cols; ++i)
        for (index_t j = 0; j < s.cols; ++j) {
          const double damp = i == j ? 0.5 * trace / static_cast<double>(s.cols) : 0;
          const double size = std::sqrt(want(i, i) * want(j, j)) + damp;
          worst = std::max(worst, std::fabs(static_cast<double>(h(i, j)) - want(i, j) - damp) / size);
        }
      CHECK(worst <= 3 * 0x1p-24);  // a rounding to float, of the damping and of the sum
    });
  }
}

TEST_CASE("the inverse's diagonal is that of a solve", "[prune]") {
  for (const index_t n : {1, 3, 8, 9, 24}) {
    const auto h = activation_hessian(tokens_of(60, n, 92));
    const auto d = inverse_diagonal(h);
    REQUIRE(d.size() == n);
    for (index_t j = 0; j < n; ++j) {
      std::vector<std::vector<double>> m(static_cast<std::size_t>(n));
      for (index_t i = 0; i < n; ++i)
        for (index_t k = 0; k < n; ++k)
          m[static_cast<std::size_t>(i)].push_back(static_cast<double>(h(i, k)));
      std::vector<double> e(static_cast<std::size_t>(n));
      e[static_cast<std::size_t>(j)] = 1;
      const double want = solved(m, e)[static_cast<std::size_t>(j)];
      CAPTURE(n, j);
      CHECK(std::fabs(static_cast<double>(d[j]) - want) <=
            1e-6 * want);  // a rounding, and a solve of doubles
    }
  }
}

TEST_CASE("groups of a row stay by their saliency, an exact count of them", "[prune]") {
  const auto w = test::weights(13, 100, false, 93);  // the last group of a row has 4 columns
  const auto h = activation_hessian(tokens_of(200, 100, 94));
  const auto d = inverse_diagonal(h);
  const auto a = encode<bsr<1, 16>, int4<16>>(w, prune(w, keep::blocks_per_row<1, 16>{0.5}, score::obs{d}));
  for (index_t i = 0; i < 13; ++i) {
    const index_t first = a.where().row_ptr[i], last = a.where().row_ptr[i + 1];
    REQUIRE(last - first == 4);  // llround(.5 * 7)
    double least = 1e300, most = 0;
    for (index_t g = 0; g < 7; ++g) {
      double worth = 0;
      for (index_t k = g * 16; k < g * 16 + 16 && k < 100; ++k) {
        const double r = static_cast<double>(w(i, k)) / static_cast<double>(d[k]);
        worth += r * r;
      }
      bool stays = false;
      for (index_t e = first; e < last; ++e) stays |= a.where().col_idx[e] == g;
      (stays ? least : most) = stays ? std::min(least, worth) : std::max(most, worth);
    }
    CHECK(least >= most);
  }
  CHECK(decode(prune(w, keep::blocks_per_row<4, 4>{1.0})).rows() == 13);
}

TEST_CASE("refined weights lose no more than pruned ones, on the tokens too", "[prune]") {
  const auto w = test::weights(21, 70, false, 95);
  const auto x = tokens_of(150, 70, 96);
  const auto h = activation_hessian(x);
  const auto d = inverse_diagonal(h);
  const auto kept = prune(w, keep::blocks_per_row<1, 16>{0.5}, score::obs{d});
  const auto bare = decode(encode<bitmap, float>(w, kept));
  double before = refine_loss(bare, w, h);
  CHECK(test::difference(refine(w, kept, h, {.passes = 0}), bare) == "");
  for (const int passes : {1, 2, 4, 16}) {
    const auto v = refine(w, kept, h, {.passes = passes});
    const double after = refine_loss(v, w, h);
    CAPTURE(passes, before, after);
    CHECK(not_above(after, before));
    CHECK(not_above(output_loss(x, v, w), output_loss(x, bare, w)));
    CHECK(encode<bitmap, float>(v, kept).nnz() == kept.nnz());
    for (index_t i = 0; i < 21; ++i)
      for (index_t k = 0; k < 70; ++k)
        if (bare(i, k) == 0 && w(i, k) != 0) CHECK(v(i, k) == 0);
    before = after;
  }
}

TEST_CASE("refining weights ends at the least squares fit on what is kept", "[prune]") {
  const auto w = test::weights(3, 24, false, 97);
  const auto h = activation_hessian(tokens_of(100, 24, 98), 0.1);
  const auto kept = prune(w, keep::per_row{0.5});
  const auto v = refine(w, kept, h, {.passes = 2000});
  for (index_t i = 0; i < 3; ++i) {
    std::vector<index_t> at;
    kept.visit_row(i, [&](index_t k, auto) { at.push_back(k); });
    std::vector<std::vector<double>> m;
    std::vector<double> b;
    for (const index_t k : at) {
      m.emplace_back();
      for (const index_t j : at) m.back().push_back(static_cast<double>(h(k, j)));
      b.push_back(0);
      for (index_t j = 0; j < 24; ++j)
        b.back() += static_cast<double>(h(k, j)) * static_cast<double>(w(i, j));
    }
    const auto best = solved(m, b);
    for (std::size_t n = 0; n < at.size(); ++n) {
      CAPTURE(i, at[n]);
      CHECK(std::fabs(static_cast<double>(v(i, at[n])) - best[n]) <= 1e-5);  // weights are floats near 1
    }
  }
}

TEMPLATE_TEST_CASE("refined codes lose no more than encoded ones", "[prune]", (int4<16>),
                   (int4<16, f16, asymmetric>), (int8<16>)) {
  const auto w = test::weights(19, 90, false, 99);
  const auto x = tokens_of(150, 90, 100);
  const auto h = activation_hessian(x);
  const auto kept = prune(w, keep::blocks_per_row<1, 16>{0.5});
  auto a = encode<bsr<1, 16>, TestType>(w, kept);
  const auto first = decode(a);
  double before = refine_loss(first, w, h);
  for (const bool scales : {false, true}) {
    refine(a, w, h, {.passes = 2, .scales = scales});
    const auto v = decode(a);
    const double after = refine_loss(v, w, h);
    CAPTURE(scales, before, after);
    CHECK(not_above(after, before));
    CHECK(find_defect(a) == "");
    before = after;
  }
  CHECK(before < refine_loss(first, w, h));
  CHECK(output_loss(x, decode(a), w) <
        output_loss(x, first, w));  // encode starts nearest to w: damping asks for less
}

TEST_CASE("refine has the same bits for any number of threads, and any pattern's codes", "[prune]") {
  const auto w = test::weights(37, 50, false, 101);
  const auto h = activation_hessian(tokens_of(80, 50, 102));
  const auto kept = prune(w, keep::groups<nm<2, 4>>{});
  const auto v = refine(w, kept, h);
  auto a = encode<nm<2, 4>, int4<32>>(v, kept);
  const double before = refine_loss(decode(a), w, h);
  auto b = a;
  refine(a, w, h);
  CHECK(refine_loss(decode(a), w, h) < before);
  const test::pool pool(3);
  CHECK(test::difference(refine(exec{pool_ref{pool, 3}}, w, kept, h), v) == "");
  refine(exec{pool_ref{pool, 3}}, b, w, h);
  CHECK(test::difference(decode(a), decode(b)) == "");
}

TEST_CASE("refusals of hessians and refine", "[prune]") {
  const auto w = test::weights(4, 6, false, 103);
  const matrix<float> none(0, 6), narrow(5, 5);
  CHECK(test::refusal([&] { activation_hessian(none); }).find("need a token") != std::string::npos);
  CHECK(test::refusal([&] { activation_hessian(w, -1); }).find("damping >= 0") != std::string::npos);
  auto broken = w;
  broken(1, 2) = std::numeric_limits<float>::infinity();
  CHECK(test::refusal([&] { activation_hessian(broken); }).find("finite tokens") != std::string::npos);
  CHECK(test::refusal([&] { inverse_diagonal(w); }).find("square") != std::string::npos);
  CHECK(test::refusal([&] { inverse_diagonal(narrow); }).find("positive definite") != std::string::npos);
  const auto kept = prune(w, keep::per_row{0.5});
  CHECK(test::refusal([&] { refine(w, kept, narrow); }).find("H as wide as both") != std::string::npos);
  CHECK(test::refusal([&] {
          prune(w, keep::blocks_per_row<1, 16>{2});
        }).find("keep::blocks_per_row: need 0 <=") != std::string::npos);
  const buffer<float> d(5);
  CHECK(test::refusal([&] { prune(w, keep::per_row{0.5}, score::obs{d}); }).find("one number per column") !=
        std::string::npos);
}
