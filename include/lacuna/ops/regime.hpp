#pragma once
// SPDX-License-Identifier: BSL-1.0
// The regimes of a product: which loop runs, chosen from the pattern, the tokens and the ISA.
//
//   matrix                 few tokens                      many
//   packed dense           stream (8)                      expand
//   packed bitmap          stream (8)                      expand to 10 + 200 x kept tokens, then skip below 60 % kept
//   packed N:M             stream                          stream
//   csr                    dot (3), axpy on packed X       skip
//   bsr                    dot (15)                        blocks
//   dense                  dot (15)                        expand
//   bitmap, nm, others     dot (8, 4 below 20 % kept)      skip
//
// dot: X contiguous along k, or packed so. axpy: along n. `exec` may name one instead (exec.how); a regime that a matrix does not
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

template <class P>
inline constexpr bool lists_panel = false;
template <int I>
inline constexpr bool lists_panel<panel<bitmap, I>> = true;

/// Whether there is a loop of that regime for pattern P and X that lies along k (tokens) or along n. Those that
/// would never be the fastest are not compiled.
template <class P>
constexpr bool has_regime(regime how, bool by_tokens) {
  switch (how) {
    case regime::reference:
      return true;
    case regime::stream:
      return is_panel<P>;
    case regime::expand:
      return std::is_same_v<P, dense> || (is_panel<P> && !has_groups<P>);
    case regime::blocks:
      return has_blocks<P>;
    case regime::skip:
      return lists_panel<P> || !(is_panel<P> || has_blocks<P> || std::is_same_v<P, dense>);
    case regime::dot:
      return !is_panel<P>;
    case regime::axpy:
      return !is_panel<P> && (!by_tokens || lists_columns<P>);
    case regime::automatic:
      break;
  }
  return false;
}

/// The share of positions that are stored.
template <class View>
LACUNA_INLINE double kept_of(const View& a) {
  return a.nnz() == 0
             ? 0
             : static_cast<double>(a.nnz()) / static_cast<double>(a.rows()) / static_cast<double>(a.cols());
}

/// The fastest regime measured for n columns of X, k values each, that lie along k (tokens) or along n.
template <class P, class A>
constexpr regime choose_regime(index_t n, index_t k, double kept, bool by_tokens) {
  const regime few = lists_columns<P> && !by_tokens ? regime::axpy : regime::dot;
  const bool listable = k < (index_t{1} << 31);  // lists hold 32-bit columns
  const regime skip = listable ? regime::skip : few;
  if (is_panel<P>) {
    if (has_groups<P> || n <= stream_tokens<A>) return regime::stream;
    // Making lists costs as much as 30 tokens' products where a tenth is kept, as 110 tokens' where half is (4096^2).
    const bool pays = kept < 0.6 && static_cast<double>(n) >= 10 + 200 * kept;
    return lists_panel<P> && listable && pays ? skip : regime::expand;
  }
  // Rows with so few entries fill no chunk: 95 % sparse, 128 features, took 0.25 ms in place, 0.47 by lists.
  if (lists_columns<P>) return n <= 3 ? few : n <= 64 || (!by_tokens && kept < 0.08) ? regime::axpy : skip;
  if (has_blocks<P>) return n >= 16 ? regime::blocks : few;
  if (std::is_same_v<P, dense>) return n < 16 ? few : regime::expand;
  return n <= (kept < 0.2 ? 4 : 8) ? few : skip;
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
