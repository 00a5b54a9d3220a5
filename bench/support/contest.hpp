#pragma once
// SPDX-License-Identifier: BSL-1.0
// Interleaved timing: in every round every contender multiplies once and has its own bytes read once, so that
// whatever else the machine does hits all alike; the result is the median over rounds.
//
//   round r:  product of contender i, copy r | plain read of contender i + n/2, copy r + copies/2 | i + 1 ...
//
// The copies of the weights are as many as make one tour over all of them larger than the last cache (x 4): a
// product finds its weights in memory, not in a cache. X was just read, as a layer's input was just written.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <lacuna/format/encode.hpp>

#include "support/machine.hpp"

namespace bench {

using lacuna::index_t;

/// Y = A X. Tokens: X is n x k and Y n x m, row-major (linear). Features: X is k x n and Y m x n (spmm).
struct operands {
  index_t n;
  bool tokens;
  const float* x;
  float* y;
};

/// What a contender is; its case is named after it.
struct label {
  std::string pattern, codec;
  int sparsity;  // percent of zeros
  std::string
      by;  // ours: "native" as stored, "packed" in its execution form, "codes" with tokens quantised; or the peer

  std::string name(const std::string& shape, int threads) const;
  bool ours() const { return by == "native" || by == "packed" || codes(); }
  /// Tokens as 8-bit integers: they are rows.
  bool codes() const { return by == "codes"; }
  bool dense() const { return sparsity == 0; }
};

class contender {
 public:
  virtual ~contender() = default;
  index_t rows = 0, cols = 0, nnz = 0;

  virtual void replicate(int copies) = 0;
  /// The arrays of one copy.
  virtual std::vector<block> memory(int copy) const = 0;
  virtual void multiply(int copy, const operands& o) = 0;
  /// Called before the first product of such operands.
  virtual void prepare(const operands&) {}
  /// f(column, value) for the values of row i.
  virtual void visit_row(index_t i, const std::function<void(index_t, double)>& f) const = 0;
  /// Half a step of the token whose largest value is so large: 0 where tokens are numbers.
  virtual double token_error(double /*largest*/) const { return 0; }
  /// The values of row i that the form was made of, for rows that are checked; its own where nobody said.
  void visit_exact(index_t i, const std::function<void(index_t, double)>& f) const;
  /// Keeps of the rows that are checked the values of w where the mask has them.
  void remember(const lacuna::matrix<float>& w, const lacuna::position_mask& kept);

  std::size_t bytes() const;

 private:
  std::map<index_t, std::vector<std::pair<index_t, double>>> exact_;
};
/// Every so many rows are checked.
index_t checked_step(index_t rows);

/// Medians of one contender, in seconds.
struct result {
  double product = 0, read = 0;
  int rounds = 0;
  bool right = false;
  double error = 0;  // root mean square against float weights, numbers as tokens, sums in double
};

struct effort {
  double seconds = 10;  // a group of contenders may take, about
  int least_rounds = 5, most_rounds = 31;
  int threads = 1;
};

/// Checks each contender against sums in double, then measures all of them, interleaved.
std::vector<result> run_contest(const std::vector<contender*>& in, int copies, const operands& o,
                                const effort& e);

}  // namespace bench
