#pragma once
// SPDX-License-Identifier: BSL-1.0
// OpenMP as a threads policy: `exec{openmp{2}}`. Needs -fopenmp where it is used, not where it is included.
#include <lacuna/exec/serial.hpp>

namespace lacuna {

#ifdef _OPENMP

/// One parallel region per verb with `threads` threads; pieces are taken as threads come free.
/// An exception must not leave a piece: verbs check their arguments before they start one.
struct openmp {
  int threads = 1;
  index_t width() const { return threads > 1 ? threads : 1; }
  template <class F>
  LACUNA_INLINE void run(index_t n, F&& f) const {
    const int team = threads > 1 ? threads : 1;
#  pragma omp parallel for num_threads(team) schedule(dynamic, 1)
    for (index_t i = 0; i < n; ++i) f(i);
  }
};

#else

// Incomplete, so that the first error stands where openmp is used, and another type than the one above.
struct compile_with_fopenmp_or_use_serial_or_pool_ref;
using openmp = compile_with_fopenmp_or_use_serial_or_pool_ref;

#endif

}  // namespace lacuna
