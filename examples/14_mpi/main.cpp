// SPDX-License-Identifier: BSL-1.0
//
// Attention sharded over MPI ranks: each holds a part of the keys and values and all queries, attends to its part, and
// the states merge in a tree. What travels is a state, dim + 2 floats for each query and head, however long the context.
//
//   rank 0  keys [0, n/4)   -- merge --- merge -> finish
//   rank 1  keys [n/4, n/2) --/         /
//   rank 2  keys [n/2, ..)  -- merge --/
//   rank 3  ...             --/
#include <mpi.h>

#include <cmath>
#include <cstdio>
#include <lacuna/attention.hpp>
#include <vector>

using namespace lacuna;

namespace {

constexpr index_t heads = 4, kv_heads = 2, queries = 70, tokens = 1003, dim = 32;

// The same numbers on every rank; a program would have only its own.
std::vector<float> numbers(index_t n, unsigned seed) {
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = static_cast<float>((seed = seed * 1664525u + 1013904223u) >> 8) * 0x1p-22f - 2;
  return x;
}

// Sums to the lower rank of each pair, pairs of pairs, ...: rank 0 has all in the end.
void merge_ranks(attention_state& s, int rank, int ranks) {
  const auto floats = static_cast<int>(s.rows() * (s.dim() + 2));  // o, m and l lie together
  attention_state other(s.rows(), s.dim());
  for (int step = 1; step < ranks; step *= 2) {
    if (rank % (2 * step) == step)
      MPI_Send(s.view().o, floats, MPI_FLOAT, rank - step, 0, MPI_COMM_WORLD);
    else if (rank % (2 * step) == 0 && rank + step < ranks) {
      MPI_Recv(other.view().o, floats, MPI_FLOAT, rank + step, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      merge(s, other);
    }
    if (rank % (2 * step) != 0) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);

  const auto qs = numbers(heads * queries * dim, 1), ks = numbers(kv_heads * tokens * dim, 2),
             vs = numbers(kv_heads * tokens * dim, 3);
  const head_view<const float> q(qs.data(), heads, queries, dim), k(ks.data(), kv_heads, tokens, dim),
      v(vs.data(), kv_heads, tokens, dim);
  const index_t first = tokens * rank / ranks, last = tokens * (rank + 1) / ranks;
  // Query 0 stands at position tokens - queries of the whole, and so much before the first key of this shard.
  const prefill_options<> o{.offset = tokens - queries - first};
  auto s = prefill_state(q, k.tokens(first, last - first), v.tokens(first, last - first), mask::causal{}, o);
  merge_ranks(s, rank, ranks);

  int wrong = 0;
  if (rank == 0) {
    matrix<float> sharded(heads * queries, dim), whole(heads * queries, dim);
    finish(s, sharded);
    prefill(q, k, v, head_view<float>(whole.data(), heads, queries, dim), mask::causal{});
    double worst = 0;
    for (index_t i = 0; i < whole.rows(); ++i)
      for (index_t d = 0; d < dim; ++d)
        worst = std::fmax(worst, std::fabs(double(sharded(i, d)) - double(whole(i, d))));
    std::printf("%d ranks, %td keys: largest difference to one rank %.1e\n", ranks, tokens, worst);
    wrong = !(worst < 1e-5);
  }
  MPI_Bcast(&wrong, 1, MPI_INT, 0, MPI_COMM_WORLD);
  MPI_Finalize();
  return wrong;
}
