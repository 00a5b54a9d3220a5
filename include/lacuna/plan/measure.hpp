#pragma once
// SPDX-License-Identifier: BSL-1.0
// Interleaved timing: every contender once a round, medians over rounds, so that whatever else the machine
// does hits all of them alike.
//
//   round:  plain read of a buffer | x, form 1 | x, form 2 | ... | x, form n     (starts elsewhere each time)
//
// The read puts the weights out of the caches and is the yardstick of memory speed. x is read before each
// product: a layer's input was just written by the layer before, its weights were not.
#include <algorithm>
#include <chrono>
#include <lacuna/plan/contender.hpp>
#if __has_include(<unistd.h>)
#  include <unistd.h>
#endif

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

struct timings {
  std::vector<timing> of;  ///< one for each contender
  double read = 0;         ///< bytes per second of the plain read, 0 when there was none
};

/// What a measurement is given. `first[i]` is what contender i took when its result was checked.
struct trial {
  const std::vector<contender>& contenders;
  const std::vector<double>& first;
  matrix_view<const float> x;
  matrix_view<float> y;
  double seconds;   ///< what all rounds may take, about
  int most_rounds;  ///< and how many there may be
};
using timer = std::function<timings(const trial&)>;

inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> v) {
  if (v.empty()) return 0;
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end(), [](double a, double b) { return a < b; });
  return *middle;
}

/// Reads n words; 8 sums keep 8 loads under way.
LACUNA_NOINLINE inline std::uint64_t sum_words(const std::uint64_t* words, index_t n) {
  std::uint64_t sum[8] = {};
  for (index_t i = 0; i + 8 <= n; i += 8)
    for (int u = 0; u < 8; ++u) sum[u] += words[i + u];
  std::uint64_t all = 0;
  for (const std::uint64_t s : sum) all += s;
  return all;
}

/// The buffer that is read between rounds: 4 x the last cache, within 64 and 256 MiB.
class plain_read {
 public:
  explicit plain_read(index_t bytes = default_bytes()) : words_(bytes / 8) {
    for (index_t i = 0; i < words_.size(); ++i) words_[i] = static_cast<std::uint64_t>(i);
  }
  static index_t default_bytes() {
    long cache = 0;
#if defined(_SC_LEVEL3_CACHE_SIZE)
    cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
    const index_t last = cache > 0 ? static_cast<index_t>(cache) : index_t{32} << 20;
    return std::clamp<index_t>(4 * last, index_t{64} << 20, index_t{256} << 20);
  }
  std::size_t bytes() const { return words_.bytes(); }
  /// One pass. Returns bytes per second: the median over parts of 16 MiB, each about as long as a product, so
  /// that an interruption spoils it as little as it spoils those.
  double run(const pool_ref& threads) const {
    constexpr index_t part = 1 << 21, piece = 1 << 17;  // words: 16 MiB, 1 MiB
    std::vector<double> speeds;
    for (index_t first = 0; first < words_.size(); first += part) {
      const index_t n = std::min(part, words_.size() - first);
      const double start = seconds_now();
      threads.run((n + piece - 1) / piece, [&](index_t p) {
        const std::uint64_t sum =
            sum_words(words_.data() + first + p * piece, std::min(piece, n - p * piece));
        asm volatile("" : : "m"(sum));
      });
      speeds.push_back(static_cast<double>(n) * 8 / (seconds_now() - start));
    }
    return median(speeds);
  }

 private:
  buffer<std::uint64_t> words_;
};

/// Seconds of one product, x in the caches.
inline double time_once(const contender& c, matrix_view<const float> x, matrix_view<float> y) {
  float sum = 0;
  for (index_t t = 0; t < x.rows(); ++t)
    for (index_t k = 0; k < x.cols(); k += 16) sum += x(t, k);
  asm volatile("" : : "m"(sum));
  const double start = seconds_now();
  c.run(x, y);
  return seconds_now() - start;
}

/// Seconds of one product with its weights in the caches, as far as they fit: the mean of at least 0.2 ms of
/// them.
inline double time_warm(const contender& c, matrix_view<const float> x, matrix_view<float> y) {
  const double once = time_once(c, x, y);
  const int n = once > 2e-4 ? 1 : static_cast<int>(2e-4 / std::max(once, 1e-7)) + 1;
  const double start = seconds_now();
  for (int i = 0; i < n; ++i) c.run(x, y);
  return (seconds_now() - start) / n;
}

/// The real clock. From memory unless `cache` is null.
class stopwatch {
 public:
  stopwatch(const pool_ref& threads, const plain_read* cold) : threads_(threads), cold_(cold) {}

  timings operator()(const trial& t) const {
    const std::size_t n = t.contenders.size();
    std::vector<bool> in(n, true);
    if (round_seconds(t) * 5 > t.seconds) {  // too dear for all: the slow ones keep the time of their check
      const double fair = 3 * reference_seconds(t);
      for (std::size_t i = 0; i < n; ++i) in[i] = t.first[i] <= fair;
    }
    const double end =
        seconds_now() + std::max(t.seconds, 0.3);  // cheap rounds are worth it whatever the budget
    std::vector<std::vector<double>> samples(n);
    std::vector<double> reads;
    for (int r = 0; r < t.most_rounds && (r == 0 || seconds_now() < end); ++r) {
      if (cold_) reads.push_back(cold_->run(threads_));
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t i = (k + static_cast<std::size_t>(r) * 7) % n;
        if (in[i])
          samples[i].push_back(cold_ ? time_once(t.contenders[i], t.x, t.y)
                                     : time_warm(t.contenders[i], t.x, t.y));
      }
    }
    return summary(t, samples, reads);
  }

 private:
  double round_seconds(const trial& t) const {
    double sum = cold_ ? static_cast<double>(cold_->bytes()) / 2e10 : 0;
    for (const double first : t.first) sum += cold_ ? first : std::max(2 * first, 3e-4);
    return sum;
  }
  /// What our dense float took, or the median of all without it.
  static double reference_seconds(const trial& t) {
    for (std::size_t i = 0; i < t.contenders.size(); ++i)
      if (t.contenders[i].about.pattern == "dense" && t.contenders[i].about.codec == "float")
        return t.first[i];
    return median(t.first);
  }
  timings summary(const trial& t, const std::vector<std::vector<double>>& samples,
                  const std::vector<double>& reads) const {
    timings result;
    for (std::size_t i = 0; i < samples.size(); ++i)
      result.of.push_back(samples[i].empty() ? timing{.seconds = t.first[i], .rounds = 1}
                                             : timing{.seconds = median(samples[i]),
                                                      .rounds = static_cast<int>(samples[i].size())});
    if (!reads.empty()) result.read = median(reads);
    return result;
  }

  pool_ref threads_;
  const plain_read* cold_;
};

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
