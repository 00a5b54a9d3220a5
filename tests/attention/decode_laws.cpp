// SPDX-License-Identifier: BSL-1.0
// Laws of decode: states merge, lists compose, threads and groups change no bit, doors refuse.
#include "support/attention.hpp"
#include "support/catch.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

using plain_source = test::source<plain_key<bf16>, plain_value<bf16>>;
using late_source = test::tailed_source<pruned_key<bf16, by_magnitude>, pruned_value<bf16, by_magnitude>>;

template <class A, class B>
void check_close(const A& a, const B& b, double bound) {
  double worst = 0;
  REQUIRE(a.rows() == b.rows());
  for (index_t i = 0; i < a.rows(); ++i)
    for (index_t j = 0; j < a.cols(); ++j) worst = std::max(worst, std::fabs(double(a(i, j)) - b(i, j)));
  CHECK(worst <= bound);
}
template <class Source, class... Policies>
matrix<float> decoded(const matrix<float>& q, const Source& c, const Policies&... policies) {
  matrix<float> out(q.rows(), q.cols());
  decode(q, c, out, policies...);
  return out;
}
/// A list for each KV head of one sequence.
struct lists {
  std::vector<page_ref> refs;
  std::vector<index_t> start{0};
  void close() { start.push_back(static_cast<index_t>(refs.size())); }
  page_lists view() const { return {refs, start}; }
};
/// All tokens of every head, page by page, those for which keep(page, token) holds.
template <class Keep>
lists chosen(const plain_source& c, index_t copies, Keep keep) {
  lists all;
  for (index_t i = 0; i < c.kv_heads() * copies; ++i) {
    const segment s = c.body(i / copies);
    for (index_t p = 0; p < s.pages; ++p) {
      page_ref r{static_cast<std::uint32_t>(p), 0};
      for (int t = 0; t < s.shape.page; ++t)
        if (keep(i, p * s.shape.page + t)) r.tokens |= std::uint64_t{1} << t;
      r.tokens &= s.present(r.page);
      if (r.tokens != 0) all.refs.push_back(r);
    }
    all.close();
  }
  return all;
}

// Outputs are averages of values in (-1, 1); float sums of up to 10000 of them differ by less than this.
constexpr double rounding = 1e-5;
// Where weights become bf16 for the product, each differs by 2^-9 of itself, relative to another largest score in each of
// two splits: 2^-8 of an average.
constexpr double resplit = simd::fast_dot_bf16<simd::best> ? 1.0 / 256 : rounding;

}  // namespace

TEST_CASE("states of any partition merge to the whole " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  plain_source c({64, 16}, 2);
  test::fill(c.all, 777, 1);
  const auto q = test::any_rows(6, 64, 2, 3);
  const auto whole = decoded(q, c);
  const auto part = [&](index_t k) {
    const auto l = chosen(c, 1, [&](index_t, index_t t) { return t % 5 == k || (k == 4 && t % 5 > 4); });
    return decode_state(q, c, l.view());
  };
  for (const int order : {0, 1, 2}) {
    attention_state left(6, 64);  // the identity
    matrix<float> out(6, 64);
    if (order == 0)
      for (int k = 0; k < 5; ++k) merge(left, part(k));
    if (order == 1)
      for (int k = 4; k >= 0; --k) merge(left, part(k));
    if (order == 2) {  // ((0 1) (2 (3 4)))
      auto a = part(0), b = part(3), d = part(2);
      merge(a, part(1));
      merge(b, part(4));
      merge(d, b);
      merge(left, a);
      merge(left, d);
    }
    finish(left, out);
    check_close(out, whole, resplit);
  }
  auto s = part(1);
  const auto before = s;
  merge(s, attention_state(6, 64));
  CHECK(std::memcmp(s.view().o, before.view().o, 6 * 66 * sizeof(float)) == 0);
  matrix<float> out(6, 64);
  finish(attention_state(6, 64), out);
  CHECK(test::difference(out, matrix<float>(6, 64)) == "");
  CHECK(log_sums(attention_state(1, 16))[0] == -std::numeric_limits<float>::infinity());
  CHECK(test::refusal([&] { merge(s, attention_state(5, 64)); }) ==
        "shape: merge: need two states of the same rows and head size; got 6x64, 5x64");
}

TEST_CASE("full lists equal dense, token lists a cache of those tokens " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  plain_source c({80, 32}, 2);
  test::fill(c.all, 333, 3);
  const auto q = test::any_rows(8, 80, 4, 3);
  const auto whole = decoded(q, c);
  const auto full = chosen(c, 1, [](index_t, index_t) { return true; });
  CHECK(test::difference(decoded(q, c, full.view()), whole) == "");
  const auto by_query = chosen(c, 4, [](index_t, index_t) { return true; });
  check_close(decoded(q, c, by_query.view()), whole, rounding);

  const auto keep = [](index_t i, index_t t) { return (t * 7 + i) % 3 == 0 || t < 4; };
  const auto some = chosen(c, 4, keep);
  test::attention_oracle<simd::best, plain_key<bf16>, plain_value<bf16>> oracle{{}, {}, 1 / std::sqrt(80.0)};
  test::expectation want(8, 80);
  for (index_t row = 0; row < 8; ++row) {
    const auto all = test::stored(c.all, row / 4);
    std::vector<test::stored_token> listed;
    for (index_t t = 0; t < 333; ++t)
      if (keep(row, t)) listed.push_back(all[static_cast<std::size_t>(t)]);
    oracle.attend(q, row, listed, want);
  }
  CHECK(test::misses(decoded(q, c, some.view()), want) == "");

  // A released page counts for nothing, listed or not.
  const auto without = chosen(c, 1, [](index_t, index_t t) { return t / 32 != 3; });
  const auto expected = decoded(q, c, without.view());
  c.all.release(0, 3);
  c.all.release(1, 3);
  CHECK(test::difference(decoded(q, c), expected) == "");
  CHECK(test::difference(decoded(q, c, full.view()), expected) == "");
}

TEST_CASE("any number of threads gives the same bits, a cut nearly " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  plain_source c({64, 64}, 3);
  for (index_t h = 0; h < 3; ++h)  // ragged: 1, 2 and 3 pieces
    c.all.fill(h, test::any_rows(4096 * h + 100, 64, std::uint64_t(h)),
               test::any_rows(4096 * h + 100, 64, std::uint64_t(h + 9)));
  const auto q = test::any_rows(12, 64, 5, 3);
  const auto one = decoded(q, c);
  workspace scratch(decode_floats(8, 1, 3, 12, 9000, c.shape()));
  const std::size_t room = scratch.bytes();
  for (const int workers : {1, 2, 3, 8}) {
    const test::pool pool(workers);
    matrix<float> out(12, 64), mass(3, 9000);
    buffer<float> lse(12);
    decode(exec{pool_ref{pool, pool.size()}, native{}, &scratch}, q, c, out,
           decode_options{.lse = lse, .mass = mass});
    CHECK(test::difference(out, one) == "");
    CHECK(scratch.bytes() == room);
    double total = 0;
    for (index_t t = 0; t < 9000; ++t) total += mass(2, t);
    CHECK(std::fabs(total - 4) <= 1e-4);  // four queries of weight 1
    for (index_t t = 100; t < 9000; ++t) REQUIRE(mass(0, t) == 0);
#ifdef _OPENMP
    CHECK(test::difference(
              [&] {
                matrix<float> y(12, 64);
                decode(exec{openmp{workers}}, q, c, y);
                return y;
              }(),
              one) == "");
#endif
  }
  matrix<float> plain(12, 64);
  decode(exec{serial{}, scalar{}}, q, c, plain);
  check_close(plain, one, simd::fast_dot_bf16<simd::best> ? 2e-2 : rounding);
}

TEST_CASE("queries of a group decode as if alone " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  plain_source c({48, 64}, 2);
  test::fill(c.all, 500, 7);
  for (const index_t group : {1, 2, 3, 5, 8, 11}) {
    const auto q = test::any_rows(2 * group, 48, 8, 3);
    const auto all = decoded(q, c);
    for (index_t g = 0; g < group; ++g) {
      matrix<float> one(2, 48);
      for (index_t h = 0; h < 2; ++h)
        for (index_t d = 0; d < 48; ++d) one(h, d) = q(h * group + g, d);
      const auto alone = decoded(one, c);
      for (index_t h = 0; h < 2; ++h)
        check_close(all.view().block(h * group + g, 0, 1, 48), alone.view().block(h, 0, 1, 48), rounding);
    }
  }
}

TEST_CASE("body and tail, soft cap and scale, batches " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  late_source c({64, 64}, 2);
  c.all.key.keep = 30;
  c.all.value.keep = 40;
  test::fill(c.all, 256, 9);
  test::fill(c.recent, 37, 10);
  const auto q = test::any_rows(8, 64, 11, 3);
  matrix<float> mass(2, 300);
  for (const float cap : {0.0f, 2.0f}) {
    test::attention_oracle<simd::best, pruned_key<bf16, by_magnitude>, pruned_value<bf16, by_magnitude>>
        oracle{{}, {}, 0.3, cap};
    test::expectation want(8, 64);
    for (index_t row = 0; row < 8; ++row) {
      auto all = test::stored(c.all, row / 4);
      for (auto& t : test::stored(c.recent, row / 4)) all.push_back(t);
      oracle.attend(q, row, all, want);
    }
    const auto out = decoded(q, c, decode_options{.scale = 0.3f, .soft_cap = cap, .mass = mass});
    CHECK(test::misses(out, want) == "");
    double total = 0;
    for (index_t t = 0; t < 293; ++t) total += mass(1, t);
    CHECK(std::fabs(total - 4) <= 1e-4);
  }
  late_source other({64, 64}, 2), empty({64, 64}, 2);
  other.all.key.keep = other.all.value.keep = 64;
  test::fill(other.all, 64, 12);
  const std::vector<const late_source*> batch{&c, &empty, &other};
  const auto many = test::any_rows(24, 64, 13, 3);
  const auto got = decoded(many, batch);
  for (index_t b = 0; b < 3; ++b) {
    matrix<float> part(8, 64), want(8, 64);
    for (index_t i = 0; i < 8; ++i)
      for (index_t d = 0; d < 64; ++d) part(i, d) = many(8 * b + i, d);
    decode(part, *batch[static_cast<std::size_t>(b)], want);
    CHECK(test::difference(got.view().block(8 * b, 0, 8, 64), want) == "");
    if (b == 1) CHECK(test::difference(want, matrix<float>(8, 64)) == "");
  }
}

TEST_CASE("a NaN in a cache shows, a masked one does not matter to scores " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  plain_source c({16, 16}, 1);
  auto k = test::any_rows(40, 16, 14);
  const auto v = test::any_rows(40, 16, 15), q = test::any_rows(2, 16, 16);
  k(17, 3) = std::numeric_limits<float>::quiet_NaN();
  c.all.fill(0, k, v);
  CHECK(std::isnan(decoded(q, c)(0, 0)));
  const auto l = chosen(c, 1, [](index_t, index_t t) { return t != 17; });
  CHECK(std::isfinite(decoded(q, c, l.view())(1, 15)));
}

TEST_CASE("decode refuses what does not fit " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  plain_source c({64, 16}, 2);
  test::fill(c.all, 40, 17);
  const matrix<float> q(4, 64), odd(3, 64), narrow(4, 32);
  matrix<float> out(4, 64);
  using test::refusal;
  CHECK(refusal([&] { decode(odd, c, out); }) ==
        "shape: decode: need Q[sequences * query heads, head size], a multiple of the KV heads; got 1 "
        "sequences of 2 KV "
        "heads of size 64, Q 3x64");
  CHECK(refusal([&] { decode(narrow, c, out); }).rfind("shape: decode: need Q[", 0) == 0);
  CHECK(refusal([&] { decode(q, c, matrix<float>(4, 32)); }) ==
        "shape: decode: need Q and out of one shape; got Q 4x64, out 4x32");
  const std::vector<page_ref> refs{{0, 1}, {2, 0x1ff}, {0, 1}, {1, 3}};
  const std::vector<index_t> start{0, 2, 4}, three{0, 2, 3, 4}, wrong{0, 3, 4};
  CHECK(refusal([&] { decode(q, c, out, page_lists(refs, start)); }) ==
        "argument: decode: need listed tokens before token 40; got page 2 of 3 with a later one");
  CHECK(refusal([&] {
          decode(q, c, out, page_lists(refs, three));
        }).rfind("shape: decode: need a list for each", 0) == 0);
  CHECK(refusal([&] { page_lists(refs, wrong); }) ==
        "argument: page_lists: need pages that ascend inside a list; got page 0 after 2 in list 0");
  CHECK(refusal([&] {
          page_lists(refs, std::vector<index_t>{0, 2});
        }).rfind("argument: page_lists: need starts", 0) == 0);
  buffer<float> lse(3);
  matrix<float> mass(2, 39);
  CHECK(refusal([&] {
          decode(q, c, out, decode_options{.lse = lse});
        }).rfind("shape: decode: need a log-sum", 0) == 0);
  CHECK(refusal([&] {
          decode(q, c, out, decode_options{.mass = mass});
        }).rfind("shape: decode: need mass", 0) == 0);
  plain_source large({513, 64}, 1);
  CHECK(refusal([&] { decode(matrix<float>(1, 513), large, matrix<float>(1, 513)); }) ==
        "argument: decode: need 1 <= head_dim <= 512; got 513");
}
