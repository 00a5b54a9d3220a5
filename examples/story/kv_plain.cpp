// SPDX-License-Identifier: BSL-1.0
#include <lacuna/kv/codec/plain.hpp>

#include "kv_as.hpp"

using namespace lacuna;

namespace story {

kv_pointer make_kv_f32(const cache_shape& s, kv_options o) { return make_kv_as<float, float, no_tail>(s, o); }
kv_pointer make_kv_f16(const cache_shape& s, kv_options o) { return make_kv_as<f16, f16, no_tail>(s, o); }
kv_pointer make_kv_bf16(const cache_shape& s, kv_options o) { return make_kv_as<bf16, bf16, no_tail>(s, o); }

}  // namespace story
