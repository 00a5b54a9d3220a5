#pragma once
// SPDX-License-Identifier: BSL-1.0
// Weights of integers, in the form that runs: times tokens as they are ("packed"), and quantised ("codes").
#include "ops/forms.hpp"

namespace bench {

template <lacuna::pattern P, lacuna::scaled_codec C, class Keep>
void add_narrow(std::vector<entry>& to, const std::string& pattern, int sparsity, const std::string& masks,
                const Keep& keep) {
  using Q = lacuna::packed_pattern<P, C>;
  const std::string codec = lacuna::codec_of<C>::name;
  const auto add = [&]<class Contender>(const std::string& by, std::type_identity<Contender>) {
    to.push_back({{pattern, codec, sparsity, by}, [masks, keep](source& s) {
                    const auto& kept = s.kept(masks, keep);
                    auto plain = lacuna::encode<P, C>(s.w, kept);
                    std::unique_ptr<contender> c;
                    if constexpr (std::is_same_v<P, Q>)
                      c = std::make_unique<Contender>(std::move(plain), s.threads);
                    else
                      c = std::make_unique<Contender>(lacuna::pack(plain), s.threads);
                    c->remember(s.w, kept);
                    return c;
                  }});
  };
  add(std::is_same_v<P, Q> ? "native" : "packed", std::type_identity<ours<Q, C>>{});
  add("codes", std::type_identity<ours_by_codes<Q, C>>{});
}

template <int N, int M, lacuna::scaled_codec C>
void add_narrow_groups(std::vector<entry>& to) {
  const std::string name = "nm" + std::to_string(N) + ":" + std::to_string(M);
  const int sparsity = (200 * (M - N) + M) / (2 * M);  // percent, rounded
  add_narrow<lacuna::nm<N, M>, C>(to, name, sparsity, name, lacuna::keep::groups<lacuna::nm<N, M>>{});
}

template <lacuna::scaled_codec C>
void add_narrow_bitmaps(std::vector<entry>& to) {
  for (const int s : {50, 70})
    add_narrow<lacuna::bitmap, C>(to, "bitmap", s, std::to_string(s), keep_rest(s));
}

}  // namespace bench
