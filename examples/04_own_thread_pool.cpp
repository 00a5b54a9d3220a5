// SPDX-License-Identifier: BSL-1.0
//
// lacuna starts no threads of its own: it runs on yours. Anything callable as parallel_for(n, f) will do.
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <lacuna/ops.hpp>
#include <lacuna/prune.hpp>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

// The smallest pool that works: pieces are handed out one by one, the caller takes some too.
class tiny_pool {
 public:
  explicit tiny_pool(int workers) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
  }
  ~tiny_pool() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (auto& t : threads_) t.join();
  }
  int threads() const { return static_cast<int>(threads_.size()) + 1; }

  // f(i) once for each i in [0, n); returns after the last one.
  void operator()(lacuna::index_t n, std::function<void(lacuna::index_t)> f) {
    std::unique_lock lock(mutex_);
    job_ = std::move(f), size_ = n, next_ = done_ = 0;
    wake_.notify_all();
    while (next_ < size_) take(lock);
    idle_.wait(lock, [this] { return done_ == size_; });
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stop_ || next_ < size_; });
      if (stop_) return;
      take(lock);
    }
  }
  void take(std::unique_lock<std::mutex>& lock) {
    const lacuna::index_t i = next_++;
    lock.unlock();
    job_(i);
    lock.lock();
    if (++done_ == size_) idle_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::function<void(lacuna::index_t)> job_;
  lacuna::index_t size_ = 0, next_ = 0, done_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

int main() {
  lacuna::matrix<float> w(1024, 512), x(16, 512), alone(16, 1024), together(16, 1024);
  std::mt19937 bits(1);
  std::normal_distribution<float> value;
  for (lacuna::index_t i = 0; i < w.rows() * w.cols(); ++i) w.data()[i] = value(bits);
  for (lacuna::index_t i = 0; i < x.rows() * x.cols(); ++i) x.data()[i] = value(bits);
  const auto a = lacuna::sparsify<lacuna::bsr<4, 4>, float>(w, lacuna::keep::blocks<4, 4>{0.2});

  tiny_pool pool(3);
  lacuna::linear(a, x, alone);
  lacuna::linear(lacuna::exec{lacuna::pool_ref{pool, pool.threads()}}, a, x, together);

  // Every output is summed by one thread in a fixed order: the same bits, however many threads there are.
  lacuna::index_t different = 0;
  for (lacuna::index_t t = 0; t < x.rows(); ++t)
    for (lacuna::index_t m = 0; m < w.rows(); ++m) different += alone(t, m) != together(t, m);
  std::printf("%d threads: %td of %td outputs differ from one thread's\n", pool.threads(), different,
              together.rows() * together.cols());
  return different == 0 ? 0 : 1;
}
