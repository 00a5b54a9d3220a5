// SPDX-License-Identifier: BSL-1.0
//
// A mask of your own: any type that says how much of a tile it covers and which of 64 keys a query sees. It combines with
// the library's masks, and prefill skips the tiles that it does not cover.
//
//   documents packed into one sequence: a token sees its own document only
//
//     0 0 0 0 | 1 1 1 | 2 2 2 2 2         start = 0, 4, 7, 12
#include <algorithm>
#include <cstdio>
#include <lacuna/attention.hpp>
#include <vector>

using lacuna::index_t, lacuna::head_view;
namespace mask = lacuna::mask;

struct documents {
  const std::vector<index_t>* start;

  index_t document(index_t token) const {
    return std::upper_bound(start->begin(), start->end(), token) - start->begin() - 1;
  }
  mask::cover covers(const mask::tile& t) const {
    const index_t q0 = document(t.q0), q1 = document(t.q1 - 1), k0 = document(t.k0), k1 = document(t.k1 - 1);
    if (k1 < q0 || q1 < k0) return mask::cover::absent;
    return q0 == q1 && k0 == k1 && q0 == k0 ? mask::cover::full : mask::cover::partial;
  }
  std::uint64_t row(index_t q, index_t k0) const {
    const auto d = static_cast<std::size_t>(document(q));
    return mask::bits_between((*start)[d], (*start)[d + 1], k0);
  }
};
static_assert(mask::uniform<documents>);

int main() {
  const index_t heads = 2, dim = 32, tokens = 700;
  const std::vector<index_t> start{0, 300, 301, 450, tokens};
  std::vector<float> x(static_cast<std::size_t>(heads * tokens * dim)), packed(x.size()), alone(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>((i * i * 31 + i * 7919) % 1009) / 500 - 1;
  const head_view<const float> qkv(x.data(), heads, tokens, dim);

  const auto m = documents{&start} & mask::causal{};
  lacuna::prefill(qkv, qkv, qkv, head_view<float>(packed.data(), heads, tokens, dim), m);
  std::printf("%td tiles of 64 x 64 in place of the %td of causal\n",
              mask::compile(m, tokens, tokens).tiles(),
              mask::compile(mask::causal{}, tokens, tokens).tiles());

  // The same as each document by itself.
  double worst = 0;
  for (std::size_t d = 0; d + 1 < start.size(); ++d) {
    const index_t first = start[d], n = start[d + 1] - start[d];
    const auto own = qkv.tokens(first, n);
    const auto out = head_view<float>(alone.data(), heads, tokens, dim).tokens(first, n);
    lacuna::prefill(own, own, own, out, mask::causal{});
  }
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(packed[i]) - static_cast<double>(alone[i])));
  std::printf("largest difference to each document alone: %.1e\n", worst);
  return worst < 1e-5 ? 0 : 1;
}
