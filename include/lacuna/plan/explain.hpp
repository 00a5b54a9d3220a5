#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which loop a product will run, and why, before it runs:
//
//   plan::explain(exec{openmp{2}}, p, 8).text
//   "stream: lanes are the 16 rows of a panel, every load shared by 8 tokens; 4.72 MiB of weights in 8 pieces"
#include <lacuna/ops.hpp>
#include <lacuna/plan/text.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

struct explanation {
  regime how = regime::automatic;
  index_t pieces = 1;  ///< the rows are cut into, by stored values
  std::string text{};
};

/// What a regime does, for n columns of X.
inline std::string regime_text(regime how, index_t n) {
  const std::string tokens = count_text(n) + (n == 1 ? " token" : " tokens");
  switch (how) {
    case regime::reference:
      return "one multiplication after the other, in plain code";
    case regime::dot:
      return "lanes run along the stored values of a row, for " + tokens;
    case regime::axpy:
      return "every stored value meets a register of " + tokens + ", in place";
    case regime::stream:
      return "lanes are the 16 rows of a panel, every load shared by " + tokens;
    case regime::expand:
      return "chunks are decoded once, then multiplied as dense tiles with " + tokens;
    case regime::skip:
      return "only stored values are multiplied, listed by chunks of X that stay in L1, for " + tokens;
    case regime::blocks:
      return "every row of X that is loaded serves the rows of a block, for " + tokens;
    case regime::automatic:
      break;
  }
  return {};
}

/// linear(where, a, x, y) with so many tokens.
template <parallel Threads, simd_choice Simd, sparse_operand A>
explanation explain(const exec<Threads, Simd>& where, const A& a, index_t tokens) {
  using P = pattern_of<A>;
  using Arch = simd::arch_of_t<Simd>;
  const view_of<A> v = a;
  constexpr bool vectors =
      !std::is_same_v<Arch, simd::plain> && std::is_same_v<typename view_of<A>::value_type, float>;
  explanation e{.how = where.how};
  if (!vectors)
    e.how = regime::reference;
  else if (e.how == regime::automatic)
    e.how = kernel::choose_regime<P, Arch>(tokens, v.cols(), kernel::kept_of(v), true);
  e.pieces = kernel::pieces_of(where.threads, v, tokens, kernel::row_grain<P>);
  e.text = std::string(regime_name(e.how)) + ": " + regime_text(e.how, tokens) + "; " +
           mib_text(stored_bytes(a)) + " of weights in " + count_text(e.pieces) +
           (e.pieces == 1 ? " piece" : " pieces");
  return e;
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
