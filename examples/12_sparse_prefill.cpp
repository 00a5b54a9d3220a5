// SPDX-License-Identifier: BSL-1.0
//
// A prompt of 2048 tokens through one attention layer, dense and under masks: which keys a query sees is an expression,
// and the time follows the tiles that are left of it.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <lacuna/attention.hpp>
#include <vector>

using namespace lacuna;

namespace {

constexpr index_t heads = 4, kv_heads = 2, tokens = 2048, dim = 64;

std::vector<float> numbers(index_t n, unsigned seed) {
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = static_cast<float>((seed = seed * 1664525u + 1013904223u) >> 8) * 0x1p-23f - 1;
  return x;
}

}  // namespace

int main() {
  // Token-major, as a projection leaves them: [token][head][dim].
  const auto view = [](auto& x, index_t h) { return head_view(x.data(), h, tokens, dim, dim, h * dim); };
  const auto q = numbers(heads * tokens * dim, 1), k = numbers(kv_heads * tokens * dim, 2),
             v = numbers(kv_heads * tokens * dim, 3);
  std::vector<float> out(q.size()), lse(static_cast<std::size_t>(heads * tokens));
  workspace memory;

  const auto run = [&](const char* what, const auto& m) {
    prefill_options<> o;
    o.lse = lse;
    const auto start = std::chrono::steady_clock::now();
    prefill(exec{serial{}, native{}, &memory}, view(q, heads), view(k, kv_heads), view(v, kv_heads),
            view(out, heads), m, o);
    const std::chrono::duration<double, std::milli> t = std::chrono::steady_clock::now() - start;
    const index_t tiles = mask::compile(mask::of_head(m, 0), tokens, tokens).tiles();
    std::printf("%-44s %4td tiles of head 0  %6.1f ms  lse of the last query %.3f\n", what, tiles, t.count(),
                static_cast<double>(lse[static_cast<std::size_t>(tokens) - 1]));
    return lse[static_cast<std::size_t>(tokens) - 1];
  };

  const std::vector<index_t> columns{100, 700, 701, 1500}, slashes{0, 64, 65, 1000};
  const float dense = run("causal", mask::causal{});
  const float recent =
      run("causal & (window | sinks)", mask::causal{} & (mask::window{256} | mask::sinks{4}));
  run("causal & (columns | slashes | window)",
      mask::causal{} & (mask::columns{columns} | mask::slashes{slashes} | mask::window{64}));
  run("causal & (stride by head | window)", mask::causal{} & (mask::stride{.every = 8} | mask::window{128}));
  run("every second head streams",
      mask::causal{} & mask::per_head{[](index_t h) {
        return mask::one_of{h % 2 == 0, mask::window{128} | mask::sinks{4}, mask::every{}};
      }});

  // What a mask leaves out is missing from the sum of the weights; and both halves of the keys make the whole.
  const auto m = mask::causal{} & mask::window{256};
  const auto rest = mask::causal{} & ~mask::window{256};
  auto s = prefill_state(view(q, heads), view(k, kv_heads), view(v, kv_heads), m);
  merge(s, prefill_state(view(q, heads), view(k, kv_heads), view(v, kv_heads), rest));
  const float both = log_sums(s)[tokens - 1];
  std::printf("window merged with what it left out: %.3f\n", static_cast<double>(both));
  return recent < dense && std::abs(both - dense) < 1e-4f * std::abs(dense) ? 0 : 1;
}
