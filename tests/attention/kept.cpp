// SPDX-License-Identifier: BSL-1.0
// What prefill selectors decide: masks of bits against plain models, shares in closed form against counting, the mass they
// keep against double, repair and cover as invariants.
#include <lacuna/attention/mask/block_window.hpp>
#include <lacuna/attention/mask/compressed.hpp>
#include <lacuna/attention/sampled/cover.hpp>
#include <lacuna/attention/sampled/cra.hpp>
#include <lacuna/attention/sampled/kept_lines.hpp>

#include <lacuna/exec/pool_ref.hpp>
#include "attention/sampled.hpp"

#include "support/catch.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"
#include "support/tight.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using rows_t = array_view<const index_t>;
using test::any_mask;
using test::refusal;

/// Some blocks, strips and keys at random.
kept_keys random_kept(test::random_source& random, const kept_shape& s) {
  kept_keys kept(2, s);
  std::vector<std::uint64_t> keys(std::size_t(2 * select::words_of(s.tokens)), 0);
  for (index_t l = 0; l < 2; ++l) {
    kept.add_strip(l, random.below(s.tokens), random.below(s.tokens));
    kept.add_range(l, random.below(s.tokens), random.below(s.tokens));
    for (int i = 0; i < 9; ++i)
      select::put(kept.row(l, random.below(s.rows())), random.below(s.blocks())),
          select::put(keys.data() + l * select::words_of(s.tokens), random.below(s.tokens));
  }
  if (random.chance(0.7)) kept.set_keys(keys.data());
  return kept;
}
/// A cover that row() contradicts, "" if none.
template <class M>
std::string wrong_cover(const M& m, index_t from, index_t to, index_t nk) {
  for (index_t q0 = from; q0 < to; q0 += 37)
    for (index_t k0 = 0; k0 < nk; k0 += 29) {
      const mask::tile t{q0, std::min(to, q0 + 64), k0, std::min(nk, k0 + 64)};
      index_t seen = 0;
      for (index_t q = t.q0; q < t.q1; ++q)
        seen += std::popcount(m.row(q, k0) & mask::first_bits(t.k1 - t.k0));
      const mask::cover c = m.covers(t);
      if ((c == mask::cover::absent && seen > 0) ||
          (c == mask::cover::full && seen < (t.q1 - t.q0) * (t.k1 - t.k0)))
        return "query " + count_text(q0) + " key " + count_text(k0);
    }
  return {};
}

TEST_CASE("kept keys are the mask and the share that their bits say " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  test::random_source random(3);
  for (const kept_shape s : {kept_shape{130}, {200, 128, 64}, {130, 1, 64, 3}, {97, 64, 1}, {70, 7, 9}}) {
    CAPTURE(s.tokens, s.R, s.C);
    const kept_keys kept = random_kept(random, s);
    for (index_t l = 0; l < 2; ++l) {
      const auto m = kept.mask().head(l * s.heads_each);
      index_t pairs = 0;
      for (index_t q = 0; q < s.tokens; ++q)
        for (index_t k = 0; k < s.tokens; ++k) {
          const auto own = kept.keys(l);
          const bool want =
              select::has(kept.row(l, q / s.R), k / s.C) || std::find(own.begin(), own.end(), k) != own.end();
          CHECK((m.row(q, k / 64 * 64) >> (k % 64) & 1) == std::uint64_t(want));
          pairs += want && k <= q && q >= s.tokens - 50;
        }
      CHECK(kept_pairs(kept, l, 50) == pairs);
      CHECK(wrong_cover(m, -5, s.tokens + 9, s.tokens) == "");
      CHECK(m.row(-1, 0) == kept.mask().head(l * s.heads_each).b.row(-1, 0));
    }
  }
  CHECK(refusal([] { kept_keys(1, {.tokens = 5, .R = 0}); }).starts_with("argument: kept_keys"));
}

TEST_CASE("strips hold every distance that they name " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  for (const index_t low : {0, 1, 63, 64, 90})
    for (const index_t high : {1, 64, 65, 128, 200}) {
      kept_keys kept(1, {.tokens = 300, .R = 64, .C = 16});
      kept.add_strip(0, low, high);
      const auto m = kept.mask().head(0);
      for (index_t q = 0; q < 300; ++q)
        for (index_t d = low; d < high && d <= q; ++d) {
          const index_t k = q - d;
          if ((m.row(q, k / 64 * 64) >> (k % 64) & 1) == 0) FAIL("query " << q << " distance " << d);
        }
    }
}

TEST_CASE("blocks of a window and compressed keys are what they say " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const mask::block_window window{3, 20};
  const mask::compressed seen{16, 32, 5};
  for (index_t q = 0; q < 200; ++q)
    for (index_t k = 0; k < 128; ++k) {
      CHECK((window.row(q, k / 64 * 64) >> (k % 64) & 1) == std::uint64_t(q / 20 - k / 20 < 3));
      CHECK((seen.row(q, k / 64 * 64) >> (k % 64) & 1) == std::uint64_t(16 * k + 31 <= q + 5));
    }
  CHECK(wrong_cover(window, -70, 200, 150) == "");
  CHECK(wrong_cover(seen, -70, 2000, 128) == "");
}

TEST_CASE("lines are counted in closed form " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  test::random_source random(5);
  std::vector<float> columns(150), slashes(150);
  for (float& x : columns) x = random.any();
  for (float& x : slashes) x = random.any();
  for (const index_t lines : {0, 1, 20, 150}) {
    const kept_lines kept{150, {best_lines(columns, slashes, lines)}};
    const auto m = mask::causal{} & kept.mask().head(0);
    index_t pairs = 0;
    for (index_t q = 0; q < 150; ++q)
      for (index_t k0 = 0; k0 < 150; k0 += 64) pairs += std::popcount(m.row(q, k0));
    CHECK(kept_pairs(kept.of[0], 150) == pairs);
  }
}

/// The mass that a mask keeps of each row, in double: [head * n + row].
std::vector<double> mass_of(const test::expectation& p, index_t n, const kept_keys& kept, index_t offset) {
  std::vector<double> mass(std::size_t(p.rows()), 0.0);
  for (index_t r = 0; r < p.rows(); ++r) {
    const auto m = mask::causal{} & kept.mask().head(r / n);
    for (index_t k = 0; k < p.cols(); ++k)
      if ((m.row(r % n + offset, k / 64 * 64) >> (k % 64) & 1) != 0) mass[std::size_t(r)] += p(r, k).value;
  }
  return mass;
}

TEST_CASE("repair with every row keeps alpha of every row, exactly " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  for (const bool lines : {false, true})
    for (const double alpha : {0.5, 0.99, 1.0}) {
      CAPTURE(lines, alpha);
      const test::attention_case<float> c({2, 1, 290, 330, 32}, 4);
      const auto list = rows::all(290);
      matrix<float> units(2 * 290, 6);
      sample_scores(c.Q(), c.K(), rows_t(list), any_mask(mask::causal{}), {}, sums::units{units.view(), 64});
      kept_keys kept(2, {.tokens = 330});
      for (index_t h = 0; h < 2; ++h) {
        const auto own = units.view().block(h * 290, 0, 290, 6);
        lines ? cover(kept, h, list, 40, own, {.alpha = alpha})
              : repair(kept, h, list, 40, own, {.alpha = alpha});
      }
      const auto p = test::weights_of(
          c.Q(), c.K(), list, [](index_t, index_t q, index_t k) { return k <= q; }, false);
      const auto mass = mass_of(p, 290, kept, 40);
      CHECK(*std::min_element(mass.begin(), mass.end()) >= (alpha < 1 ? alpha : 1 - 1e-12));
      matrix<float> measured(2, 290);
      const retained r = retained_mass(exec{}, c.Q(), c.K(), rows_t(list), any_mask(mask::causal{}),
                                       kept.mask(), 0, measured.view());
      CHECK(r.least >= alpha);
      if (alpha >= 1) CHECK((r.least == 1 && r.mean == 1));
      for (index_t i = 0; i < 580; ++i)  // weights err by less than 1e-4 of themselves here
        CHECK(std::fabs(double(measured(i / 290, i % 290)) - mass[std::size_t(i)]) < 1e-4);
      CHECK(measured(r.head, r.row) == float(r.least));
    }
}

TEST_CASE("repair of a sample leaves nothing below alpha in it " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const test::attention_case<float> c({1, 1, 300, 300, 16}, 6);
  const auto list = rows::tails(300, 3, 20);
  kept_keys kept(1, {.tokens = 300});
  kept.add_strip(0, 0, 1);
  repair_sampled(exec{}, c.Q(), c.K(), list, 0, kept, {.alpha = 0.8});
  CHECK(retained_mass(exec{}, c.Q(), c.K(), rows_t(list), mask::causal{}, kept.mask()).least >= 0.8);
  matrix<float> wrong(3, 5);
  CHECK(refusal([&] { repair(kept, 0, list, 0, wrong.view()); }).starts_with("shape: repair: need units"));
  CHECK(refusal([&] { cover(kept, 0, list, 0, wrong.view()); }).starts_with("shape: cover: need square"));
}

TEST_CASE("samples are refused unless they fit " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const test::attention_case<float> c({2, 1, 30, 30, 16}, 6);
  const index_t twice[] = {3, 3}, far[] = {30};
  matrix<float> small(2, 29);
  const auto sample = [&](rows_t rows, const auto& sum) {
    return refusal(
        [&] { sample_scores(c.Q(), c.K(), rows, any_mask(mask::causal{}), sample_options<>{}, sum); });
  };
  CHECK(sample({twice, 2}, sums::columns{small.view()})
            .starts_with("argument: sample_scores: need rows that ascend"));
  CHECK(sample({far, 1}, sums::columns{small.view()})
            .starts_with("argument: sample_scores: need rows that ascend"));
  CHECK(sample({twice, 1}, sums::columns{small.view()}).starts_with("shape: sample_scores: need results"));
  CHECK(refusal([] { rows::every_nth(5, 0); }).starts_with("argument: rows: need a step"));
  CHECK(refusal([] { rows::tails(5, 0, 1); }).starts_with("argument: rows: need segments"));
}

TEST_CASE("samples have the same bits for any number of threads, and no new memory " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  const test::attention_case<float> c({4, 2, 300, 700, 32});
  const auto list = rows::tails(300, 2, 100);
  matrix<float> columns(4, 700), slashes(4, 700), other(4, 700), others(4, 700);
  const any_mask m = mask::causal{};
  sample_scores(c.Q(), c.K(), rows_t(list), m, sample_options<>{}, sums::columns{columns.view()},
                sums::slashes{slashes.view()});
  for (const int workers : {1, 2, 3}) {
    const test::pool pool(workers);
    workspace memory;
    std::size_t grown = 0;
    for (int call = 0; call < 2; ++call) {
      sample_scores(exec{pool_ref{pool, pool.size()}, native{}, &memory}, c.Q(), c.K(), rows_t(list), m,
                    sample_options<>{}, sums::columns{other.view()}, sums::slashes{others.view()});
      CHECK(test::difference(columns, other) == "");
      CHECK(test::difference(slashes, others) == "");
      if (call == 0) grown = memory.bytes();
      CHECK(memory.bytes() == grown);
    }
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
