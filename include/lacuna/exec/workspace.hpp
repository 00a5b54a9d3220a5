#pragma once
// SPDX-License-Identifier: BSL-1.0
// Scratch memory that verbs reuse from call to call: packed tokens, sums in progress.
//
//   workspace scratch;
//   linear(exec{openmp{2}, native{}, &scratch}, p, x, y);      allocates in the first call, not in the next
//
// Without one a verb that needs scratch allocates it once per call. One workspace serves one call at a time.
#include <lacuna/core/aligned.hpp>

namespace lacuna {

class workspace {
 public:
  workspace() = default;
  /// With room for so many floats from the start.
  LACUNA_INLINE explicit workspace(index_t floats) : room_(floats) {}

  /// `count` floats, 64-byte aligned, their values left over from before; valid until the next call.
  LACUNA_INLINE float* floats(index_t count) {
    if (room_.size() < count) room_ = buffer<float>::for_overwrite(count);
    return room_.data();
  }
  /// A second room, for a verb that calls others: their floats() leave it alone. Valid until the next call of this.
  LACUNA_INLINE float* outer_floats(index_t count) {
    if (outer_.size() < count) outer_ = buffer<float>::for_overwrite(count);
    return outer_.data();
  }
  LACUNA_INLINE std::size_t bytes() const { return room_.bytes() + outer_.bytes(); }

 private:
  buffer<float> room_, outer_;
};

}  // namespace lacuna
