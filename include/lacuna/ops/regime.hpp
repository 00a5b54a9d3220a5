#pragma once
// SPDX-License-Identifier: BSL-1.0
// The regimes of a product: which loop runs, chosen from the pattern, the tokens and the ISA.
//
//   matrix                 few tokens                      many
//   packed dense, bitmap   stream (8)                      expand
//   packed N:M             stream                          stream
//   csr                    dot (3), axpy on packed X       skip
//   bsr                    dot or axpy (15)                blocks
//   dense                  dot or axpy (15)                expand
//   bitmap, nm, others     dot or axpy (15)                skip
//
// dot: X contiguous along k. axpy: along n. `exec` may name one instead (exec.how); a regime that a matrix does not
// have is refused.
#include <lacuna/exec/exec.hpp>
#include <lacuna/ops/panels/panels.hpp>
#include <lacuna/ops/spmm/axpy.hpp>
#include <lacuna/ops/spmm/blocks.hpp>
#include <lacuna/ops/spmm/stream.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

LACUNA_INLINE const char* regime_name(regime how) {
  constexpr const char* names[] = {"automatic", "reference", "dot",  "axpy",
                                   "stream",    "expand",    "skip", "blocks"};
  return names[static_cast<int>(how)];
}

namespace kernel {

/// Whether there is a loop of that regime for pattern P.
template <class P>
constexpr bool has_regime(regime how) {
  switch (how) {
    case regime::reference: return true;
    case regime::stream: return is_panel<P>;
    case regime::expand: return std::is_same_v<P, dense> || (is_panel<P> && !has_groups<P>);
    case regime::blocks: return has_blocks<P>;
    case regime::dot:
    case regime::axpy:
    case regime::skip: return !is_panel<P>;
    case regime::automatic: break;
  }
  return false;
}

/// The fastest regime measured for n columns of X, k values each, that lie along k (tokens) or along n.
template <class P, class A>
constexpr regime choose_regime(index_t n, index_t k, bool by_tokens) {
  const regime skip = k < (index_t{1} << 31) ? regime::skip : regime::axpy;  // its lists hold 32-bit columns
  const regime few = by_tokens ? regime::dot : regime::axpy;
  if (is_panel<P>) return has_groups<P> || n <= stream_tokens<A> ? regime::stream : regime::expand;
  if (lists_columns<P>) return n <= 3 ? few : n <= 64 ? regime::axpy : skip;
  if (n < 16) return few;
  if (has_blocks<P>) return regime::blocks;
  return std::is_same_v<P, dense> ? regime::expand : skip;
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
