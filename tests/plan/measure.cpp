// SPDX-License-Identifier: BSL-1.0
#include <lacuna/plan/measure.hpp>
#include <thread>

#include "support/catch.hpp"

using namespace lacuna;

namespace {

/// A product that takes about `seconds` and counts its calls.
plan::contender sleeper(const std::string& pattern, double seconds, int& calls) {
  plan::contender c;
  c.about.pattern = pattern;
  c.about.codec = "float";
  c.run = [seconds, &calls](matrix_view<const float>, matrix_view<float>) {
    ++calls;
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  };
  return c;
}

struct made_trial {
  int calls[2] = {};
  std::vector<plan::contender> in;
  std::vector<double> first;
  matrix<float> x{2, 32}, y{2, 4};

  made_trial(double dense, double other) {
    in = {sleeper("dense", dense, calls[0]), sleeper("csr", other, calls[1])};
    first = {dense, other};
  }
  plan::trial with(double seconds, int rounds) { return {in, first, x.view(), y.view(), seconds, rounds}; }
};

pool_ref one_thread() {
  static const auto parallel_for = [](index_t n, const auto& piece) { serial{}.run(n, piece); };
  return pool_ref(parallel_for, 1);
}

}  // namespace

TEST_CASE("the median is the middle one", "[plan]") {
  CHECK(plan::median({3, 1, 100}) == 3);
  CHECK(plan::median({5}) == 5);
  CHECK(plan::median({}) == 0);
}

TEST_CASE("every form runs once a round", "[plan]") {
  made_trial t(1e-3, 2e-3);
  const plan::plain_read memory(1 << 20);
  const plan::timings found = plan::stopwatch(one_thread(), &memory)(t.with(60, 4));
  REQUIRE(found.of.size() == 2);
  for (int i = 0; i < 2; ++i) {
    CHECK(t.calls[i] == 4);
    CHECK(found.of[static_cast<std::size_t>(i)].rounds == 4);
  }
  CHECK(found.of[0].seconds >= 1e-3);
  CHECK(found.of[1].seconds >= 2e-3);
  CHECK(found.read > 0);
}

TEST_CASE("a slow form keeps the time of its check when time is short", "[plan]") {
  made_trial t(1e-3, 50e-3);
  const plan::plain_read memory(1 << 20);
  const plan::timings found = plan::stopwatch(one_thread(), &memory)(t.with(20e-3, 15));
  CHECK(t.calls[1] == 0);
  CHECK(found.of[1].seconds == 50e-3);
  CHECK(found.of[1].rounds == 1);
  CHECK(t.calls[0] >= 1);
}

TEST_CASE("one round is the least, whatever the budget", "[plan]") {
  made_trial t(1e-3, 1e-3);
  const plan::plain_read memory(1 << 20);
  CHECK(plan::stopwatch(one_thread(), &memory)(t.with(-5, 15)).of[0].rounds >= 1);
}

TEST_CASE("from the caches short products are repeated", "[plan]") {
  made_trial t(0, 1e-3);
  const plan::timings found = plan::stopwatch(one_thread(), nullptr)(t.with(60, 2));
  CHECK(t.calls[0] > 2 * 2);
  CHECK(found.of[0].rounds == 2);
  CHECK(found.read == 0);
}

TEST_CASE("the words of the plain read are all read", "[plan]") {
  const index_t n = GENERATE(0, 7, 8, 64, 100);
  std::vector<std::uint64_t> words(static_cast<std::size_t>(n), 3);
  CHECK(plan::sum_words(words.data(), n) == static_cast<std::uint64_t>(n / 8 * 8 * 3));
  const index_t bytes = plan::plain_read::default_bytes();
  CHECK(bytes >= index_t{64} << 20);
  CHECK(bytes <= index_t{256} << 20);
}
