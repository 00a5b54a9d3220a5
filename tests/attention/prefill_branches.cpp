// SPDX-License-Identifier: BSL-1.0
// NSA's three branches, S2's shards, DHSA's chunks, and the methods of The Sparse Frontier at a requested sparsity.
#include <lacuna/attention/systems/dhsa.hpp>
#include <lacuna/attention/systems/frontier.hpp>
#include <lacuna/attention/systems/nsa_prefill.hpp>
#include <lacuna/attention/systems/static_masks.hpp>

#include "attention/prefill.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using test::attention_case;
using test::tensor;

template <class M>
bool sees(const M& m, index_t h, index_t q, index_t k) {
  return k <= q && (mask::of_head(m, h).row(q, k / 64 * 64) >> (k % 64) & 1) != 0;
}

/// Gates of all heads and tokens.
tensor<float> gates_of(index_t heads, index_t tokens, float a, float b, float c) {
  tensor<float> g(heads, tokens, 3);
  for (index_t h = 0; h < heads; ++h)
    for (index_t t = 0; t < tokens; ++t)
      g.view().row(h, t)[0] = a, g.view().row(h, t)[1] = b, g.view().row(h, t)[2] = c;
  return g;
}

TEST_CASE("NSA: each branch alone, and their gated sum " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const attention_case<float> c({4, 2, 300, 330, 32}, 2);
  const nsa_prefill s{.top = 3, .local = 1, .window = 40};
  const compressed_rows ck = compress(c.K(), 16, 32), cv = compress(c.V(), 16, 32);
  const auto run = [&](float a, float b, float w, const nsa_prefill& how, loop_order order) {
    tensor<float> out(4, 300, 32);
    const auto gates = gates_of(4, 300, a, b, w);
    prefill_options<> o{.order = order};
    prefill(exec{}, c.Q(), c.K(), c.V(), ck.view(), cv.view(), gates.view(), out.view(), how, o);
    return out;
  };
  const auto q_outer = loop_order::queries_outer;
  const kept_keys kept = s.choose(exec{}, c.Q(), c.K(), ck.view(), 0);
  const auto selected = test::attend(c.Q(), c.K(), c.V(), [&](index_t h, index_t i, index_t j) {
    return j <= i + 30 && sees(kept.mask(), h, i + 30, j);
  });
  const auto compressed = test::attend(c.Q(), ck.view(), cv.view(),
                                       [&](index_t, index_t i, index_t m) { return 16 * m + 31 <= i + 30; });
  const auto near = test::attend(
      c.Q(), c.K(), c.V(), [&](index_t, index_t i, index_t j) { return j <= i + 30 && i + 30 - j < 40; });
  CHECK(test::out_misses(run(1, 0, 0, s, q_outer).view(), compressed.out) == "");
  for (const loop_order order : {q_outer, loop_order::keys_outer})  // FSA's order
    CHECK(test::out_misses(run(0, 1, 0, s, order).view(), selected.out) == "");
  CHECK(test::out_misses(run(0, 0, 1, s, q_outer).view(), near.out) == "");
  test::expectation sum(1200, 32);
  for (index_t r = 0; r < 1200; ++r)
    for (index_t d = 0; d < 32; ++d) {
      const test::approx a = compressed.out(r, d), b = selected.out(r, d), w = near.out(r, d);
      sum(r, d) = {0.5 * a.value + 0.25 * b.value + 2 * w.value,
                   0.5 * a.error + 0.25 * b.error + 2 * w.error +
                       0x1p-22 * (std::fabs(a.value) + std::fabs(b.value) + 2 * std::fabs(w.value))};
    }
  CHECK(test::out_misses(run(0.5f, 0.25f, 2, s, q_outer).view(), sum) == "");
  nsa_prefill all = s;
  all.top = 6;
  const auto dense =
      test::attend(c.Q(), c.K(), c.V(), [](index_t, index_t i, index_t j) { return j <= i + 30; });
  CHECK(test::out_misses(run(0, 1, 0, all, q_outer).view(), dense.out) == "");
  tensor<float> out(4, 300, 32), two(4, 300, 2);
  CHECK(test::refusal([&] {
          prefill(exec{}, c.Q(), c.K(), c.V(), ck.view(), cv.view(), head_view<const float>(two.view()),
                  out.view(), s);
        }).starts_with("shape: nsa_prefill: need gates"));
}

TEST_CASE("NSA: the selection is what its definition says, its inverted index the transpose " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  const attention_case<float> c({4, 2, 330, 330, 32}, 8);
  const nsa_prefill s{.top = 4, .local = 2};
  const compressed_rows ck = compress(c.K(), 16, 32);
  const kept_keys kept = s.choose(exec{}, c.Q(), c.K(), ck.view(), 0);
  for (index_t h = 0; h < 2; ++h)
    for (index_t i = 0; i < 330; ++i) {
      const index_t own = i / 64;
      CHECK(select::count(kept.row(h, i), 0, 6) == std::min<index_t>(own + 1, 4));
      CHECK((select::has(kept.row(h, i), 0) && select::has(kept.row(h, i), own)));
      CHECK((own == 0 || select::has(kept.row(h, i), own - 1)));
      for (index_t b = own + 1; b < 6; ++b) CHECK(!select::has(kept.row(h, i), b));
    }
  const auto m = mask::compile(mask::causal{} & kept.mask().head(0), 330, 330, {1, 64});
  const auto t = m.transposed();
  CHECK(t.tiles() == m.tiles());
  for (index_t b = 0; b < t.lines(); ++b)
    for (std::int32_t i = t.ptr[b]; i < t.ptr[b + 1]; ++i) CHECK(select::has(kept.row(0, t.idx[i]), b));
}

TEST_CASE(
    "S2: the heads together see all, and a block that was dropped is not asked for again " LACUNA_TEST_ISA,
    "[attention]") {
  LACUNA_REQUIRE_ISA();
  const attention_case<float> c({8, 4, 1, 500, 16});
  const s2_attention s{.block = 16, .local = 3, .every = 4};
  const auto kept = choose(exec{}, c.Q(), c.K(), s);
  for (index_t q = 0; q < 500; ++q)
    for (index_t k = 0; k <= q; ++k) {
      bool any = false;
      for (index_t h = 0; h < 8; ++h) {
        const bool now = sees(kept.mask(), h, q, k);
        any = any || now;
        if (q > k && now && !sees(kept.mask(), h, q - 1, k)) FAIL("key " << k << " comes back at " << q);
        if (h % 2 == 1 && now != sees(kept.mask(), h - 1, q, k)) FAIL("heads of a group differ");
      }
      if (!any) FAIL("key " << k << " is nobody's at " << q);
    }
}

TEST_CASE("chunks: means by length, borders where keys change " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  std::vector<float> rows(400 * 4, 0.0f);
  for (index_t t = 0; t < 400; ++t) rows[std::size_t(t * 4 + (t < 100 ? 0 : t < 260 ? 1 : 2))] = 1;
  const auto start = find_chunks(changes(rows, 400, 4, 4), 10, 8);
  CHECK(start == std::vector<index_t>{0, 100, 260, 400});
  CHECK(find_chunks(changes(rows, 400, 4, 4), 2, 8).size() == 3);
  const auto once = chunk_vector(rows, 4, 0, 50), twice = chunk_vector(rows, 4, 0, 100);
  CHECK(std::fabs(twice[0] / once[0] - std::sqrt(2.0f)) < 1e-6f);
}

TEST_CASE("The Sparse Frontier: what is asked for is what is measured, within 1 % " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  const attention_case<float> c({2, 1, 600, 600, 16}, 3);
  for (const double sparsity : {0.3, 0.6, 0.8}) {
    CAPTURE(sparsity);
    const auto lines = choose(exec{}, c.Q(), c.K(), frontier_lines{.sparsity = sparsity});
    CHECK(std::fabs(1 - kept_share(lines) - sparsity) < 0.01);
    for (const auto method : {frontier_method::block_means, frontier_method::block_flex}) {
      const auto kept = choose(exec{}, c.Q(), c.K(), frontier_blocks{.method = method, .sparsity = sparsity});
      CHECK(std::fabs(1 - kept_share(kept, 600) - sparsity) < 0.01);
    }
    for (const auto method : {frontier_method::token_snap, frontier_method::token_ada_snap}) {
      const auto kept =
          choose(exec{}, c.Q(), c.K(), frontier_evict{.method = method, .sparsity = sparsity, .recent = 32});
      const index_t all = kept.keys(0).size() + kept.keys(1).size();
      CHECK(std::fabs(1 - double(all) / 1200 - sparsity) < 0.01);
      CHECK((method == frontier_method::token_ada_snap || kept.keys(0).size() == kept.keys(1).size()));
      for (index_t h = 0; h < 2; ++h) {
        const auto keys = kept.keys(h);
        CHECK(5 * keys.size() >= frontier_tokens(sparsity, 600));
        CHECK((keys[0] == 0 && keys[3] == 3 && keys[keys.size() - 32] == 568));
      }
    }
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
