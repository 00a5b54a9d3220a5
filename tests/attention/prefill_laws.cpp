// SPDX-License-Identifier: BSL-1.0
// What holds between prefills: split keys merge, batches are their sequences, groups are their heads, chunks are the
// whole; strides, threads and memory change no bit.
#include "attention/prefill.hpp"

#include <lacuna/exec/pool_ref.hpp>

#include "support/catch.hpp"
#include "support/pool.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using mask::operator&, mask::operator|, mask::operator~;
using test::any_mask, test::attention_case, test::same, test::tensor;

/// Outputs [heads * tokens, dim] of a state against the truth.
std::string state_misses(const attention_state& s, const test::expectation& want) {
  matrix<float> out(s.rows(), s.dim());
  finish(s, out);
  return test::misses(out, want);
}
const auto causal_70_200 = [](index_t, index_t i, index_t j) { return j <= i + 130; };

TEST_CASE("keys split anywhere merge to the whole " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  attention_case<float> c({2, 1, 70, 200, 48});
  const auto want = test::attend(c.Q(), c.K(), c.V(), causal_70_200);
  for (const index_t cut : {0, 1, 63, 64, 65, 129, 199, 200}) {
    CAPTURE(cut);
    const any_mask m = mask::causal{};
    const auto part = [&](index_t from, index_t n) {
      prefill_options<> o{.offset = 130 - from};
      return prefill_state(c.Q(), c.K().tokens(from, n), c.V().tokens(from, n), m, o);
    };
    auto left = part(0, cut), right = part(cut, 200 - cut);
    auto other = right;
    merge(left, right);
    merge(other, part(0, cut));
    CHECK(state_misses(left, want.out) == "");
    CHECK(state_misses(other, want.out) == "");
    const auto lse = log_sums(left);
    CHECK(test::row_misses({lse.data(), lse.data() + lse.size()}, want.lse) == "");
  }
}

TEST_CASE("disjoint masks merge to their union " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  attention_case<float> c({1, 1, 130, 130, 16});
  const any_mask near = mask::causal{} & mask::window{20}, far = mask::causal{} & ~mask::window{20};
  auto s = prefill_state(c.Q(), c.K(), c.V(), near);
  merge(s, prefill_state(c.Q(), c.K(), c.V(), far));
  CHECK(state_misses(s, test::attend(c.Q(), c.K(), c.V(), [](index_t, index_t i, index_t j) {
                          return j <= i;
                        }).out) == "");
}

TEST_CASE("a batch is each of its sequences alone, bit for bit " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const index_t q_start[] = {0, 0, 70, 71, 150, 150, 290}, k_start[] = {0, 33, 133, 134, 213, 260, 400};
  attention_case<float> c({4, 2, 290, 400, 32});
  const any_mask m = mask::causal{} & (mask::window{50} | mask::sinks{3});
  for (const loop_order order : {loop_order::queries_outer, loop_order::keys_outer}) {
    prefill_options<> o{.order = order, .q_start = array_view(q_start, 7), .k_start = array_view(k_start, 7)};
    matrix<float> mass(2, 400), alone_mass(2, 400);
    o.lse = c.lse, o.mass = mass.view();
    prefill(c.Q(), c.K(), c.V(), c.out.view(), m, o);
    for (int i = 0; i < 6; ++i) {
      CAPTURE(i);
      const index_t nq = q_start[i + 1] - q_start[i], nk = k_start[i + 1] - k_start[i];
      tensor<float> out(4, nq, 32);
      prefill_options<> alone{.order = order};
      if (nk > 0) alone.mass = alone_mass.view().block(0, k_start[i], 2, nk);
      prefill(c.Q().tokens(q_start[i], nq), c.K().tokens(k_start[i], nk), c.V().tokens(k_start[i], nk),
              out.view(), m, alone);
      CHECK(same<float>(out.view(), c.out.view().tokens(q_start[i], nq)));
    }
    CHECK(test::difference(mass, alone_mass) == "");
  }
}

TEST_CASE("a group of heads is its heads apart, bit for bit " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  attention_case<float> c({6, 2, 100, 150, 32});
  const any_mask m = mask::causal{};
  prefill(c.Q(), c.K(), c.V(), c.out.view(), m);
  for (index_t h = 0; h < 6; ++h) {
    tensor<float> one(1, 100, 32);
    prefill(c.Q().some_heads(h, 1), c.K().some_heads(h / 3, 1), c.V().some_heads(h / 3, 1), one.view(), m);
    CHECK(same<float>(one.view(), c.out.view().some_heads(h, 1)));
  }
}

TEST_CASE("strides change no bit " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  attention_case<float> plain({4, 2, 90, 130, 40}, 5, 0);
  const any_mask m = mask::causal{};
  prefill(plain.Q(), plain.K(), plain.V(), plain.out.view(), m);
  for (const index_t layout : {1, 2}) {
    attention_case<float> c({4, 2, 90, 130, 40}, 5, layout);
    prefill(c.Q(), c.K(), c.V(), c.out.view(), m);
    CHECK(same<float>(plain.out.view(), c.out.view()));
    CHECK(c.out.touched() == 0);
  }
}

TEST_CASE("chunks of queries are the whole " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  attention_case<float> c({2, 1, 200, 200, 32});
  const any_mask m = mask::causal{} & (mask::window{90} | mask::sinks{5});
  prefill(c.Q(), c.K(), c.V(), c.out.view(), m);
  for (index_t t = 0; t < 200; t += 64) {  // whole tiles, so the same steps
    const index_t n = std::min<index_t>(64, 200 - t);
    tensor<float> out(2, n, 32);
    prefill(c.Q().tokens(t, n), c.K().tokens(0, t + n), c.V().tokens(0, t + n), out.view(), m);
    CHECK(same<float>(out.view(), c.out.view().tokens(t, n)));
  }
}

TEST_CASE("same bits for any number of threads, and no new memory in a second call " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  attention_case<float> c({4, 2, 300, 700, 32});
  matrix<float> mass(2, 700);
  const any_mask m = mask::causal{} & (mask::window{200} | mask::sinks{5});
  for (const loop_order order : {loop_order::queries_outer, loop_order::keys_outer}) {
    prefill_options<> o{.order = order};
    o.mass = mass.view();
    prefill(c.Q(), c.K(), c.V(), c.out.view(), m, o);
    for (const int workers : {1, 2, 3, 8}) {
      CAPTURE(workers);
      const test::pool pool(workers);
      workspace memory;
      matrix<float> other_mass(2, 700);
      std::size_t grown = 0;
      for (int call = 0; call < 2; ++call) {
        tensor<float> out(4, 300, 32);
        o.mass = other_mass.view();
        prefill(exec{pool_ref{pool, pool.size()}, native{}, &memory}, c.Q(), c.K(), c.V(), out.view(), m, o);
        CHECK(same<float>(out.view(), c.out.view()));
        CHECK(test::difference(mass, other_mass) == "");
        if (call == 0) grown = memory.bytes();
        CHECK(memory.bytes() == grown);
      }
    }
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
