// SPDX-License-Identifier: BSL-1.0
#include <lacuna/kv/codec/channelwise.hpp>
#include <lacuna/kv/codec/int4.hpp>
#include <lacuna/kv/codec/int8.hpp>

#include "kv_as.hpp"

using namespace lacuna;

namespace story {

kv_pointer make_kv_int8(const cache_shape& s, kv_options o) {
  return make_kv_as<int8<per_row>, int8<per_row>, no_tail>(s, o);
}
/// KIVI (arXiv 2402.02750): keys by channel, values by token, with zero points.
kv_pointer make_kv_int4(const cache_shape& s, kv_options o) {
  using code = int4<32, f16, asymmetric>;
  return make_kv_as<channelwise<code>, code, float>(s, o);
}

}  // namespace story
