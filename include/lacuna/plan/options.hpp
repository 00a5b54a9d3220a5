#pragma once
// SPDX-License-Identifier: BSL-1.0
// What `advise` is asked: amounts with defaults, set by designated initialisers.
#include <lacuna/plan/measure.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

struct options {
  std::vector<double> keep = {0.5, 0.3, 0.1};       ///< shares that a dense matrix is pruned to
  std::vector<index_t> tokens = {1, 8, 32, 128};    ///< rows of x
  bool from_memory = true;                          ///< weights come from memory, not from the caches
  double seconds = 40;                              ///< about how long all may take; checks may take longer
  std::size_t most_bytes = std::size_t{256} << 20;  ///< larger forms are skipped
  int most_rounds = 15;
  bool narrow = false;    ///< 8- and 4-bit forms take part, too
  double most_error = 0;  ///< forms that round values may be picked up to this error (timing::error); 0: none
  std::vector<peer> peers{};
  std::function<void(const std::string&)> progress{};  ///< gets a line now and then
  timer clock{};                                       ///< replaces the measurement (tests)
};

/// Fails with errc::shape or errc::argument when a matrix of this shape cannot be asked about that way.
inline void check_options(const options& o, index_t rows, index_t cols) {
  if (rows < 1 || cols < 1)
    fail(errc::shape, "advise: need at least one row and one column; got " + shape_text(rows, cols));
  if (o.tokens.empty() || o.keep.empty())
    fail(errc::argument, "advise: need at least one token count and one share to keep; got none");
  for (const double k : o.keep)
    if (!(k > 0 && k <= 1)) fail(errc::argument, "advise: need 0 < keep <= 1; got " + number_text("%g", k));
  const index_t most = (index_t{1} << 28) / std::max(rows, cols);  // 1 GiB of x or y
  for (const index_t t : o.tokens)
    if (t < 1 || t > most)
      fail(errc::argument, "advise: need 1 <= tokens <= " + count_text(most) + " for a matrix of " +
                               shape_text(rows, cols) + " (1 GiB of tokens); got " + count_text(t));
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
