#pragma once
// SPDX-License-Identifier: BSL-1.0
// A small thread pool for builds without OpenMP: `width` threads, the caller among them, take pieces as they
// come.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <lacuna/core/types.hpp>
#include <mutex>
#include <thread>
#include <vector>

class thread_pool {
 public:
  explicit thread_pool(lacuna::index_t width) {
    for (lacuna::index_t i = 1; i < width; ++i) helpers_.emplace_back([this] { serve(); });
  }
  thread_pool(const thread_pool&) = delete;
  ~thread_pool() {
    {
      const std::lock_guard<std::mutex> lock(door_);
      over_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : helpers_) t.join();
  }

  /// lacuna's parallel_for: f(i) once for each i in [0, n).
  void operator()(lacuna::index_t n, std::function<void(lacuna::index_t)> f) {
    {
      const std::lock_guard<std::mutex> lock(door_);
      f_ = std::move(f);
      n_ = n;
      next_ = 0;
      busy_ = helpers_.size();
      ++job_;
    }
    wake_.notify_all();
    take_pieces();
    std::unique_lock<std::mutex> lock(door_);
    done_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  void take_pieces() {
    for (lacuna::index_t i = next_++; i < n_; i = next_++) f_(i);
  }
  void serve() {
    for (unsigned long seen = 0;;) {
      std::unique_lock<std::mutex> lock(door_);
      wake_.wait(lock, [&] { return over_ || job_ != seen; });
      if (over_) return;
      seen = job_;
      lock.unlock();
      take_pieces();
      lock.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::vector<std::thread> helpers_;
  std::mutex door_;
  std::condition_variable wake_, done_;
  std::function<void(lacuna::index_t)> f_;
  std::atomic<lacuna::index_t> next_{0};
  lacuna::index_t n_ = 0;
  std::size_t busy_ = 0;
  unsigned long job_ = 0;
  bool over_ = false;
};
