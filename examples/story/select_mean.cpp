// SPDX-License-Identifier: BSL-1.0
#include <lacuna/attention/systems/double_sparsity.hpp>
#include <lacuna/attention/systems/infllm_v2.hpp>
#include <lacuna/attention/systems/kinetics.hpp>
#include <lacuna/attention/systems/shadow_kv.hpp>

#include "select_as.hpp"

using namespace lacuna;

namespace story {

kv_pointer make_kinetics(const select_form& f, const cache_shape& s, kv_options o) {
  const auto make = [f](index_t budget) {
    auto parts = kinetics{}.parts();
    parts.budget = budget, parts.grain = f.page;
    return parts;
  };
  return selected(f, s, o, make, summary::mean{.unit = f.page});
}
/// Windows of half a block every quarter of one, as its own of 32 every 16 tokens for blocks of 64.
kv_pointer make_infllm(const select_form& f, const cache_shape& s, kv_options o) {
  const auto make = [f](index_t budget) {
    auto parts = infllm_v2{.local = 1, .dense_len = 0}.parts();
    parts.inner.budget = budget, parts.inner.grain = f.page;
    return parts;
  };
  return selected(f, s, o, make, summary::mean{.unit = (f.page + 1) / 2, .stride = (f.page + 3) / 4});
}
/// Half of the channels as labels, the first ones: those that turn fastest.
kv_pointer make_double_sparsity(const select_form& f, const cache_shape& s, kv_options o) {
  const auto make = [](index_t budget) {
    auto parts = basic_double_sparsity<reduce::per_head>{.dense_layers = 0}.parts();
    parts.inner.budget = {.of = 0, .least = budget};
    return parts;
  };
  return selected(f, s, o, make,
                  summary::channels{.count = static_cast<int>((s.head_size + 1) / 2), .list = {}});
}
/// An eighth of the budget for outliers, the last chunk, the rest by landmarks.
kv_pointer make_shadow_kv(const select_form& f, const cache_shape& s, kv_options o) {
  const auto make = [f](index_t budget) {
    const index_t chunks = (budget + f.page - 1) / f.page, outliers = chunks / 8;
    auto parts =
        shadow_kv{.chunks = std::max<index_t>(1, chunks - outliers - 1), .outliers = outliers}.parts();
    parts.aware.second.window = std::max<index_t>(1, std::min<index_t>(budget, f.page));
    parts.grain = f.page;
    return parts;
  };
  return selected(f, s, o, make, summary::landmarks{.unit = f.page});
}

}  // namespace story
