#pragma once
// SPDX-License-Identifier: BSL-1.0
// A small pool of threads that are not lacuna's: for each index, whoever is free takes it.
#include <atomic>
#include <lacuna/core/types.hpp>
#include <thread>
#include <vector>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

class pool {
 public:
  explicit pool(int workers) : workers_(workers) {}
  index_t size() const { return workers_; }

  /// f(i) once for each i in [0, n); returns after the last.
  template <class F>
  void operator()(index_t n, F f) const {
    std::atomic<index_t> next{0};
    const auto work = [&] {
      for (index_t i = next++; i < n; i = next++) f(i);
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < workers_; ++t) threads.emplace_back(work);
    for (std::thread& t : threads) t.join();
  }

 private:
  int workers_;
};

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
