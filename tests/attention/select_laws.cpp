// SPDX-License-Identifier: BSL-1.0
// Laws of selection: bounds hold, reuse is a list of the past, compositions reduce to each other, threads change no bit.
#include <lacuna/attention/estimate/exact.hpp>
#include <lacuna/attention/select/with_repair.hpp>
#include <lacuna/attention/systems/infllm_v2.hpp>
#include <lacuna/attention/systems/lserve.hpp>

#include "attention/select.hpp"
#include "support/catch.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

/// Unit scores of head 0, and what they are about.
template <class Score>
std::vector<float> scores_of(const test::all_cache& c, const matrix<float>& q, const Score& score) {
  const test::all_cache* one[1] = {&c};
  kernel::decode_call<test::all_cache> call{one, 1, as_view(q), nullptr, {.scale = 1 / 1.44269504f}};
  kernel::check_call(call);
  const auto n = kernel::select_layout_of(1, 1, c.tokens(0), call.shape);
  buffer<float> memory(n.worker);
  const auto worker = kernel::select_worker_at(memory.data(), n);
  const unit_scores u = score.units(simd::best{}, kernel::head_of_list(call, 0), *worker.scratch);
  return {u.data, u.data + u.units};
}
matrix<float> head_keys(const test::all_cache& c) {
  matrix<float> k(c.tokens(0), 64);
  float v[64];
  for (index_t t = 0; t < k.rows(); ++t) c.get(0, t, &k(t, 0), v);
  return k;
}
double dot_of(const float* a, const float* b) {
  double s = 0;
  for (int d = 0; d < 64; ++d) s += double(a[d]) * double(b[d]);
  return s;
}
double sizes_of(const float* a, const float* b) {
  double s = 0;
  for (int d = 0; d < 64; ++d) s += std::fabs(double(a[d]) * double(b[d]));
  return s;
}
using bound = estimate::box_bound<>;
using pages = select::top_k<bound>;

}  // namespace

TEST_CASE("a box bounds every key of its unit, and appending never lowers it " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  for (const int kind : {0, 1, 2}) {
    auto c = test::empty_cache(1);
    auto k = test::any_rows(333, 64, 5);
    const auto q = test::any_rows(3, 64, std::uint64_t(kind) + 6, 3);
    if (kind == 1)  // spikes of both signs, many sizes
      for (index_t t = 0; t < 333; ++t) k(t, t % 64) *= std::ldexp(1.0f, int(t % 40) - 20);
    if (kind == 2)  // far from zero, close together: the radius is rounding
      for (index_t t = 0; t < 333; ++t)
        for (index_t d = 0; d < 64; ++d) k(t, d) = 1000 + k(t, d) * 0.5f;
    // what the rounding of centres to bf16 and of sums is relative to
    double wide = 0;
    for (index_t d = 0; d < 64; ++d) {
      double key = 0, query = 0;
      for (index_t t = 0; t < 333; ++t) key = std::max(key, std::fabs(double(k(t, d))));
      for (index_t g = 0; g < 3; ++g) query = std::max(query, std::fabs(double(q(g, d))));
      wide += key * query;
    }
    std::vector<float> before;
    for (index_t t = 0; t < 333; ++t) {
      c.append(k.view().block(t, 0, 1, 64), k.view().block(t, 0, 1, 64));
      if (t % 37 != 0 && t != 332) continue;
      const auto now = scores_of(c, q, bound{});
      for (std::size_t u = 0; u < before.size(); ++u)
        REQUIRE(double(now[u]) >= double(before[u]) - 0x1p-7 * wide);
      before = now;
    }
    const auto keys = head_keys(c);
    const double slack = (3e-5 + (simd::fast_dot_bf16<simd::best> ? 0x1p-7 : 0)) * wide;
    for (index_t t = 0; t < 333; ++t)
      for (index_t g = 0; g < 3; ++g)
        REQUIRE(double(before[std::size_t(t / 16)]) >= dot_of(&q(g, 0), &keys(t, 0)) - slack);
  }
}

TEST_CASE("exact scores are dots, sums fold the group, top-k of them is a sort " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::usual_world(500, 1, 3, 3);
  auto c = test::empty_cache(1);
  c.append(w.k, w.v);
  const auto keys = head_keys(c);
  const auto most = scores_of(c, w.q, estimate::exact<>{}),
             sum = scores_of(c, w.q, estimate::exact<reduce::sum>{}),
             mean = scores_of(c, w.q, estimate::exact<reduce::mean>{});
  for (index_t t = 0; t < 500; ++t) {
    double all = 0, best = -1e30, size = 0;
    for (index_t g = 0; g < 3; ++g) {
      const double x = dot_of(&w.q(g, 0), &keys(t, 0));
      all += x, best = std::max(best, x), size += sizes_of(&w.q(g, 0), &keys(t, 0));
    }
    const double slack = size * (1e-5 + (simd::fast_dot_bf16<simd::best> ? 0x1p-7 : 0));
    REQUIRE(std::fabs(double(most[std::size_t(t)]) - best) <= slack);
    REQUIRE(std::fabs(double(sum[std::size_t(t)]) - all) <= slack);
    REQUIRE(std::fabs(double(mean[std::size_t(t)]) - all / 3) <= slack);
  }
  std::vector<index_t> order(500);
  for (index_t t = 0; t < 500; ++t) order[std::size_t(t)] = t;
  std::stable_sort(order.begin(), order.end(),
                   [&](index_t a, index_t b) { return most[std::size_t(a)] > most[std::size_t(b)]; });
  const auto chosen = choose(w.q, c, select::top_k<estimate::exact<>>{.budget = 60, .recent = 0, .grain = 1},
                             {.scale = 1 / 1.44269504f});
  CHECK(test::tokens_of(chosen.view(), 0) == 60);
  for (std::size_t i = 0; i < 60; ++i) CHECK(test::lists_token(chosen.view(), 0, order[i], 64));
}

TEST_CASE("one logical page in each page makes LServe Quest; no logical page is lost " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::usual_world(1000, 2, 2, 4);
  auto fine = test::empty_cache(2, 64, 16), whole = test::empty_cache(2, 64, 64);
  fine.append(w.k, w.v), whole.append(w.k, w.v);
  for (const index_t budget : {200, 300, 640, 1000}) {
    const auto a = choose(w.q, whole, lserve{.budget = budget, .steps = 1}),
               b = choose(w.q, whole, quest{.budget = budget});
    CHECK(test::same_lists(a, b));
    CHECK(test::tokens_of(a.view(), 0) <= std::max<index_t>(budget, 192));
  }
  const auto split = lserve{.streaming = 1, .budget = 256, .steps = 1, .sinks = 5, .window = 77};
  const auto lists = choose(w.q, fine, split);
  CHECK(test::tokens_of(lists.view(), 0) == 82);
  CHECK(test::same_lists(choose(w.q, fine, select::unite{split, split}), lists));
}

TEST_CASE("a list serves R steps: that of the last multiple and what is new since " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::usual_world(700, 1, 2, 5);
  const auto q = test::any_rows(2 * 60, 64, 6, 2);
  const select::every<pages> reused{.steps = 4, .inner = {.budget = 192}};
  auto c = test::empty_cache(1), other = test::empty_cache(1, 64, 16, 0);
  const auto first = [&](index_t n) { return w.k.view().block(0, 0, n, 64); };
  c.append(first(630), first(630)), other.append(first(630), first(630));
  chosen_lists made;
  index_t pages_then = 0;
  for (index_t n = 630; n < 690; ++n) {
    const auto now = q.view().block((n - 630) * 2, 0, 2, 64);
    const auto got = choose(now, c, reused), fresh = choose(now, c, reused.inner);
    CHECK(test::same_lists(choose(now, other, reused), fresh));  // no memory, no reuse
    if (n % 4 == 0 || n == 630) made = choose(now, c, reused.inner), pages_then = (n - 1) / 64;
    for (index_t t = 0; t < n; ++t) {
      const bool want = test::lists_token(made.view(), 0, t, 64) || (t / 64 >= pages_then && n % 4 != 0);
      if (n > 630 && n % 4 != 0 && t / 64 >= pages_then) continue;  // from the last page on: below
      REQUIRE(test::lists_token(got.view(), 0, t, 64) == want);
    }
    for (index_t t = pages_then * 64; t < n; ++t) REQUIRE(test::lists_token(got.view(), 0, t, 64));
    const auto row = w.k.view().block(n, 0, 1, 64);
    c.append(row, row), other.append(row, row);
  }
  // a cut forgets lists that were made after it; a fork goes on by itself
  c.truncate(640);
  const auto now = q.view().block(0, 0, 2, 64);
  CHECK(test::same_lists(choose(now, c, reused), choose(now, c, reused.inner)));
  c.release(0, 2);
  const auto after = choose(now, c, reused);
  CHECK(!test::lists_token(after.view(), 0, 130, 64));
}

TEST_CASE("shares are held and repaired, the best by bias are always in " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::usual_world(1200, 2, 2, 9);
  auto c = test::empty_cache(2);
  c.append(w.k, w.v);
  buffer<float> all(4), some(4);
  test::decoded(w.q, c, decode_options{.lse = all});
  const double slack = simd::fast_dot_bf16<simd::best> ? 1e-2 : 1e-4;
  index_t before = 0;
  for (const double alpha : {0.5, 0.9, 0.99}) {
    const select::with_repair<select::ends> repaired{.alpha = alpha, .inner = {.sinks = 1, .window = 16}};
    test::decoded(w.q, c, repaired, decode_options{.lse = some});
    for (index_t r = 0; r < 4; ++r) CHECK(std::exp(double(some[r]) - double(all[r])) >= alpha - slack);
    // per head: the smallest set for one query, so `cumulative` of its exact weights holds as much
    using weights = estimate::softmax<estimate::own_keys, reduce::per_head>;
    const select::cumulative<weights> fewest{.alpha = alpha, .recent = 0, .grain = 1};
    test::decoded(w.q, c, fewest, decode_options{.lse = some});
    for (index_t r = 0; r < 4; ++r) CHECK(std::exp(double(some[r]) - double(all[r])) >= alpha - slack);
    const auto lists = choose(w.q, c, fewest);
    CHECK(lists.view().count() == 4);
    const index_t n = test::tokens_of(lists.view(), 0);
    CHECK(n > before);
    before = n;
  }
  test::random_source random(10);
  std::vector<float> bias(1200);
  for (float& x : bias) x = random.any();
  for (index_t h = 0; h < 2; ++h) c.observe<summary::value_bias>(h, 0, bias);
  const nosa system{.blocks = 10, .initial = 1, .local = 2, .aware = 2};
  std::vector<std::pair<float, index_t>> by_bias;
  for (index_t p = 0; p < 19; ++p) {
    float best = -10;
    for (index_t t = p * 64; t < std::min<index_t>(1200, p * 64 + 64); ++t)
      best = std::max(best, bias[std::size_t(t)]);
    by_bias.push_back({-best, p});
  }
  std::sort(by_bias.begin(), by_bias.end());
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const auto lists = choose(test::any_rows(4, 64, seed, 4), c, system);
    CHECK(test::tokens_of(lists.view(), 1) <= 640);
    for (std::size_t i = 0; i < 5; ++i)  // 10 blocks less 1 + 2 + 2 aware ones
      CHECK(test::lists_token(lists.view(), 1, by_bias[i].second * 64, 64));
  }
}

TEST_CASE("a bias is one softmax: that of scaled values over scaled weights " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::usual_world(300, 1, 2, 12);
  auto biased = kv_cache<float, float, summary::value_bias>(
      {.kv_heads = 1, .head_dim = 64, .page = 32, .max_bytes = 1 << 22});
  auto plain = kv_cache<float>({.kv_heads = 1, .head_dim = 64, .page = 32, .max_bytes = 1 << 22});
  biased.append(w.k, w.v), plain.append(w.k, w.v);
  const auto zero = test::decoded(w.q, biased);
  CHECK(test::difference(zero, test::decoded(w.q, plain)) == "");
  const auto b = test::any_rows(1, 300, 13, 4);
  biased.observe<summary::value_bias>(0, 0, array_view<const float>(b.data(), 300));
  const auto got = test::decoded(w.q, biased);
  for (index_t g = 0; g < 2; ++g) {
    double total = 0;
    std::vector<double> sum(64);
    for (index_t t = 0; t < 300; ++t) {
      const double p = std::exp(dot_of(&w.q(g, 0), &w.k(t, 0)) / 8) * std::exp(double(b(0, t)));
      total += p;
      for (index_t d = 0; d < 64; ++d) sum[std::size_t(d)] += p * double(w.v(t, d));
    }
    for (index_t d = 0; d < 64; ++d)
      CHECK(std::fabs(double(got(g, d)) - sum[std::size_t(d)] / total) <= 1e-4);
  }
}

TEST_CASE("selection: threads, batches, layers, budgets, a tail " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::usual_world(900, 2, 2, 14);
  auto c = test::empty_cache(2);
  c.append(w.k, w.v);
  const auto one = test::decoded(w.q, c, pages{.budget = 256});
  workspace scratch;
  for (const int workers : {1, 2, 3}) {
    const test::pool pool(workers);
    matrix<float> out(4, 64);
    for (int again = 0; again < 2; ++again) {
      decode(exec{pool_ref{pool, pool.size()}, native{}, &scratch}, w.q, c, out, pages{.budget = 256});
      CHECK(test::difference(out, one) == "");
    }
  }
  const std::vector<const test::all_cache*> batch{&c, &c};
  matrix<float> both(8, 64), out(8, 64);
  for (index_t i = 0; i < 8; ++i)
    for (index_t d = 0; d < 64; ++d) both(i, d) = w.q(i % 4, d);
  decode(both, batch, out, pages{.budget = 256});
  CHECK(test::difference(out.view().block(4, 0, 4, 64), one) == "");

  using shared = select::top_k<bound, pool::up, budget::share>;
  CHECK(test::same_lists(choose(w.q, c, shared{.budget = {.of = 256.0 / 900}}),
                         choose(w.q, c, pages{.budget = 256})));
  const auto by_layer = [](const select_place& at) { return at.layer * 128 + at.head * 64; };
  const select::top_k<bound, pool::up, decltype(by_layer)> own{.budget = by_layer};
  const auto lists = choose(w.q, c, own, {.layer = 2});
  CHECK(test::tokens_of(lists.view(), 0) == 256 - 64 + 900 % 64);  // the last page is the current one
  CHECK(test::tokens_of(lists.view(), 1) == 320 - 64 + 900 % 64);
  const auto dense = choose(w.q, c, quest{.budget = 256}, {.layer = 1});
  CHECK(test::tokens_of(dense.view(), 0) == 900);
  const budget::pyramid falling{.mean = 1000, .layers = 5};
  index_t total = 0;
  for (index_t layer = 0; layer < 5; ++layer) total += falling({layer, 0, 5000});
  CHECK(total == 5000);

  kv_cache<bf16, bf16, bf16, summary::box> late(
      {.kv_heads = 2, .head_dim = 64, .page = 32, .max_bytes = 1 << 23, .window = 32, .batch = 64});
  late.append(w.k, w.v);
  const auto tail = late.tail(0).tokens;
  REQUIRE(tail > 0);
  matrix<float> mass(2, 900);
  test::decoded(w.q, late, pages{.budget = 32}, decode_options{.mass = mass});
  const auto chosen = choose(w.q, late, pages{.budget = 32});
  CHECK(test::tokens_of(chosen.view(), 0) == 32);
  for (index_t t = 0; t < 900; ++t) CHECK((mass(0, t) > 0) == (t >= 900 - tail - 32));
}

TEST_CASE("selection refuses what does not fit " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::usual_world(300, 1, 1, 15);
  auto c = test::empty_cache(1);
  c.append(w.k, w.v);
  CHECK(test::refusal([&] { choose(w.q, c, pages{.budget = 64, .grain = 24}); }) ==
        "argument: select: need a grain that divides the page of 64 tokens; got 24");
  CHECK(test::refusal([&] { choose(w.q, c, pages{.budget = 64, .grain = 8}); }) ==
        "argument: select: need choices of whole units of 16 tokens; got choices of 8");
}
