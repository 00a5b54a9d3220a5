#pragma once
// SPDX-License-Identifier: BSL-1.0
// Every pattern in codec C, at the densities that are natural to it.
#include "ops/lineup.hpp"

namespace bench {

/// `masks` names the mask: forms of one name share it. A pattern with an execution form takes part in both.
template <lacuna::pattern P, lacuna::codec C, class Keep>
void add_form(std::vector<entry>& to, const std::string& pattern, int sparsity, const std::string& masks,
              const Keep& keep) {
  const std::string codec = lacuna::codec_of<C>::name;
  to.push_back({{pattern, codec, sparsity, "native"}, [masks, keep](source& s) {
                  const auto& kept = s.kept(masks, keep);
                  auto c = std::make_unique<ours<P, C>>(lacuna::encode<P, C>(s.w, kept), s.threads);
                  c->remember(s.w, kept);
                  return c;
                }});
  using Q = lacuna::packed_pattern<P, C>;
  if constexpr (!std::is_same_v<P, Q>)
    to.push_back({{pattern, codec, sparsity, "packed"}, [masks, keep](source& s) {
                    const auto& kept = s.kept(masks, keep);
                    auto c = std::make_unique<ours<Q, C>>(lacuna::pack(lacuna::encode<P, C>(s.w, kept)),
                                                          s.threads);
                    c->remember(s.w, kept);
                    return c;
                  }});
}

template <int N, int M, lacuna::codec C>
void add_groups(std::vector<entry>& to) {
  const std::string name = "nm" + std::to_string(N) + ":" + std::to_string(M);
  const int sparsity = (200 * (M - N) + M) / (2 * M);  // percent, rounded
  add_form<lacuna::nm<N, M>, C>(to, name, sparsity, name, lacuna::keep::groups<lacuna::nm<N, M>>{});
}

template <int R, int C, lacuna::codec Codec>
void add_blocks(std::vector<entry>& to) {
  const std::string name = "bsr" + std::to_string(R) + "x" + std::to_string(C);
  for (const int s : {50, 70, 90})
    add_form<lacuna::bsr<R, C>, Codec>(to, name, s, name + " " + std::to_string(s),
                                       lacuna::keep::blocks<R, C>{1 - s / 100.0});
}

template <lacuna::codec C>
void add_forms(std::vector<entry>& to, bool full) {
  add_form<lacuna::dense, C>(to, "dense", 0, "all", lacuna::keep::per_row{1});
  for (const int s : {50, 70, 90}) {
    add_form<lacuna::bitmap, C>(to, "bitmap", s, std::to_string(s), keep_rest(s));
    add_form<lacuna::csr, C>(to, "csr", s, std::to_string(s), keep_rest(s));
  }
  add_groups<2, 4, C>(to);
  add_groups<1, 4, C>(to);
  add_groups<1, 8, C>(to);
  add_blocks<4, 4, C>(to);
  add_blocks<16, 1, C>(to);
  if (!full) return;
  add_groups<4, 8, C>(to);
  add_groups<1, 16, C>(to);
  add_blocks<8, 8, C>(to);
  add_blocks<1, 16, C>(to);
}

}  // namespace bench
