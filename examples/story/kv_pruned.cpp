// SPDX-License-Identifier: BSL-1.0
#include <lacuna/kv/codec/pruned.hpp>

#include "kv_as.hpp"

using namespace lacuna;

namespace story {

kv_pointer make_kv_bitmap_bf16(const cache_shape& s, kv_options o) {
  return make_kv_as<pruned<bf16>, pruned<bf16>, float>(s, o);
}
kv_pointer make_kv_bitmap_int8(const cache_shape& s, kv_options o) {
  return make_kv_as<pruned<int8<>>, pruned<int8<>>, float>(s, o);
}
kv_pointer make_kv_2_4_bf16(const cache_shape& s, kv_options o) {
  using word = pruned<bf16, nm<2, 4>>;
  return make_kv_as<word, word, float>(s, o);
}
kv_pointer make_kv_4_8_bf16(const cache_shape& s, kv_options o) {
  using word = pruned<bf16, nm<4, 8>>;
  return make_kv_as<word, word, float>(s, o);
}

}  // namespace story
