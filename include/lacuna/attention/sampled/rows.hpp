#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which query rows stand for all of them. A sample is a list of row numbers, ascending; these are the published ones.
//
//   rows::all(n)                every row                                        exact masses
//   rows::every_nth(n, 20)      19, 39, ... n - 1                                SampleAttention v1: 5 %
//   rows::last(n, 64)           the last rows                                    MInference, FlexPrefill, SnapKV
//   rows::tails(n, 32, 16)      the last 16 rows of each of 32 equal segments    SampleAttention v2
#include <lacuna/core/aligned.hpp>

namespace lacuna::rows {
inline namespace LACUNA_ARCH {

[[noreturn]] LACUNA_NOINLINE inline void fail_rows(const char* rule, index_t n, index_t amount) {
  fail(errc::argument,
       std::string("rows: need ") + rule + "; got " + count_text(amount) + " for " + count_text(n) + " rows");
}

/// The last `each` rows of each of `segments` parts of n rows; parts that are shorter give all they have.
inline buffer<index_t> tails(index_t n, index_t segments, index_t each) {
  if (n < 0 || segments < 1) fail_rows("segments >= 1 of n >= 0", n, segments);
  if (each < 0) fail_rows("a count >= 0", n, each);
  const auto start = [&](index_t s) { return n / segments * s + n % segments * s / segments; };
  const auto first = [&](index_t s) {
    return start(s + 1) - each > start(s) ? start(s + 1) - each : start(s);
  };
  index_t count = 0;
  for (index_t s = 0; s < segments; ++s) count += start(s + 1) - first(s);
  buffer<index_t> list(count);
  index_t at = 0;
  for (index_t s = 0; s < segments; ++s)
    for (index_t i = first(s); i < start(s + 1); ++i) list[at++] = i;
  return list;
}
inline buffer<index_t> last(index_t n, index_t count) { return tails(n, 1, count); }
inline buffer<index_t> all(index_t n) { return tails(n, 1, n); }
/// Counted from the end, so that the last row is one of them.
inline buffer<index_t> every_nth(index_t n, index_t step) {
  if (n < 0 || step < 1) fail_rows("a step >= 1 of n >= 0", n, step);
  buffer<index_t> list((n + step - 1) / step);
  for (index_t i = 0; i < list.size(); ++i) list[i] = n - 1 - (list.size() - 1 - i) * step;
  return list;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna::rows
