#pragma once
// SPDX-License-Identifier: BSL-1.0
// Measures one group of cases at a time, when the first of them is asked for, and keeps its results.
//
//   group: one weight matrix, one number of columns of X, one layout of X; all contenders interleaved
#include "ops/lineup.hpp"

namespace bench {

struct options {
  bool full = false, quick = false;
  int threads = 1;
  clock_kind clock = clock_kind::wall;
  double seconds = 10;    // for a group, about
  double rotate_mib = 0;  // 0: 4 x the last cache, at most 2 GiB
};

struct group {
  index_t rows, cols, n;
  bool tokens;

  std::string verb() const { return tokens ? "linear" : "spmm"; }
  std::string shape() const;
};

/// What a case reports.
struct outcome {
  label about;
  index_t rows = 0, cols = 0, nnz = 0;
  std::size_t bytes = 0;
  result time;
};

class tournament {
 public:
  /// `wanted(case name)` says whether a case will be asked for. The yardsticks always take part: our dense
  /// forms and the peers.
  tournament(const options& o, std::function<bool(const std::string&)> wanted);

  const std::vector<entry>& entries() const { return entries_; }
  std::vector<group> groups() const;
  /// Whether `about` multiplies operands of this layout.
  static bool has_case(const group& g, const label& about);
  std::string case_name(const group& g, const label& about) const;
  const std::vector<outcome>& results(const group& g);
  std::size_t rotation() const;
  int copies() const { return copies_; }

 private:
  void build(index_t rows, index_t cols);
  bool takes_part(const entry& e, index_t rows, index_t cols) const;

  options options_;
  std::function<bool(const std::string&)> wanted_;
  std::vector<entry> entries_;
  std::map<std::string, std::vector<outcome>> done_;
  // The contenders of one weight matrix; the next matrix takes their place.
  index_t rows_ = 0, cols_ = 0;
  int copies_ = 1;
  std::vector<label> labels_;
  std::vector<std::unique_ptr<contender>> in_;
};

}  // namespace bench
