#pragma once
// SPDX-License-Identifier: BSL-1.0
#include <oneapi/dnnl/dnnl.hpp>

namespace bench {

/// A product in the words of oneDNN 2 or 3.
inline dnnl::matmul::primitive_desc matmul_plan(const dnnl::engine& on, const dnnl::memory::desc& src,
                                                const dnnl::memory::desc& weights,
                                                const dnnl::memory::desc& dst) {
#if DNNL_VERSION_MAJOR >= 3
  return {on, src, weights, dst};
#else
  return {dnnl::matmul::desc(src, weights, dst), on};
#endif
}

}  // namespace bench
