#pragma once
// SPDX-License-Identifier: BSL-1.0
// Who takes part in the product benches, and how each is made from one dense weight matrix when it is needed.
#include <lacuna/prune.hpp>
#include <map>

#include "support/ours.hpp"

namespace bench {

/// The weights all contenders are made of, and the masks that several share.
struct source {
  lacuna::matrix<float> w;
  threads_policy threads{};
  std::map<std::string, lacuna::position_mask> masks{};

  template <class Keep>
  const lacuna::position_mask& kept(const std::string& name, const Keep& keep) {
    const auto found = masks.find(name);
    return found != masks.end() ? found->second : masks.emplace(name, lacuna::prune(w, keep)).first->second;
  }
};

struct entry {
  label about;
  std::function<std::unique_ptr<contender>(source&)> make;
};

inline lacuna::keep::per_row keep_rest(int sparsity) { return {1 - sparsity / 100.0}; }

/// Ours, in one codec; `full` adds shapes of blocks and groups.
void add_float_forms(std::vector<entry>& to, bool full);
void add_bf16_forms(std::vector<entry>& to, bool full);
/// Integers, times tokens as they are and quantised.
void add_int8_forms(std::vector<entry>& to);
void add_int4_forms(std::vector<entry>& to);

}  // namespace bench
