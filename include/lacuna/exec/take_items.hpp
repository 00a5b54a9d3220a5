#pragma once
// SPDX-License-Identifier: BSL-1.0
// Uneven items and memory of each worker's own: as many pieces as may run at once, each of which takes items as it
// comes free. What an item computes must not depend on its worker.
#include <atomic>
#include <lacuna/exec/serial.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// f(item, worker) for every item: at most `workers` at a time, each with its own number.
template <class Threads, class F>
void take_items(const Threads& threads, index_t workers, index_t items, const F& f) {
  if (workers == 1) {
    for (index_t i = 0; i < items; ++i) f(i, index_t{0});
    return;
  }
  std::atomic<index_t> next{0};
  threads.run(workers, [&](index_t w) {
    for (index_t i = next.fetch_add(1, std::memory_order_relaxed); i < items;
         i = next.fetch_add(1, std::memory_order_relaxed))
      f(i, w);
  });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
