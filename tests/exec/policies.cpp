// SPDX-License-Identifier: BSL-1.0
// Policies of threads: what `exec` makes of its arguments, and that each piece is called once.
#include <atomic>
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/openmp.hpp>
#include <lacuna/exec/pool_ref.hpp>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/pool.hpp"

using namespace lacuna;

namespace {

struct backwards {  // a policy from outside
  index_t width() const { return 4; }
  template <class F>
  void run(index_t n, F&& f) const {
    for (index_t i = n; i-- > 0;) f(i);
  }
};
struct no_width {
  template <class F>
  void run(index_t, F&&) const {}
};

// What `exec{...}` is, in the words of its callers.
static_assert(std::is_same_v<decltype(exec{}), exec<serial, native>>);
static_assert(std::is_same_v<decltype(exec{serial{}}), exec<serial, native>>);
static_assert(std::is_same_v<decltype(exec{serial{}, scalar{}}), exec<serial, scalar>>);
static_assert(std::is_same_v<decltype(exec{backwards{}}), exec<backwards, native>>);
static_assert(exec_policy<exec<>> && exec_policy<const exec<serial, scalar>&>);
static_assert(!exec_policy<int> && !exec_policy<serial>);
static_assert(parallel<serial> && parallel<pool_ref> && parallel<backwards>);
static_assert(!parallel<no_width> && !parallel<int>);
static_assert(simd_choice<native> && simd_choice<scalar> && !simd_choice<serial>);
#ifdef _OPENMP
static_assert(parallel<openmp>);
static_assert(std::is_same_v<decltype(exec{openmp{2}, scalar{}}), exec<openmp, scalar>>);
#endif

/// Each of n pieces was called once.
template <class Policy>
void check_each_once(const Policy& policy) {
  for (const index_t n : {0, 1, 2, 3, 7, 64, 1000}) {
    CAPTURE(n);
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(n));
    for (auto& c : calls) c = 0;
    policy.run(n, [&](index_t i) { ++calls[static_cast<std::size_t>(i)]; });
    index_t once = 0;
    for (const auto& c : calls) once += c == 1;
    CHECK(once == n);
  }
}

}  // namespace

TEST_CASE("serial calls each piece once, in order", "[exec]") {
  check_each_once(serial{});
  std::vector<index_t> order;
  serial{}.run(4, [&](index_t i) { order.push_back(i); });
  CHECK(order == std::vector<index_t>{0, 1, 2, 3});
  CHECK(serial::width() == 1);
}

#ifdef _OPENMP
TEST_CASE("openmp calls each piece once", "[exec]") {
  for (const int threads : {-1, 0, 1, 2, 3, 8}) {
    CAPTURE(threads);
    check_each_once(openmp{threads});
    CHECK(openmp{threads}.width() == (threads > 1 ? threads : 1));
  }
}
#endif

TEST_CASE("pool_ref calls each piece once", "[exec]") {
  for (const int workers : {1, 2, 3, 8}) {
    CAPTURE(workers);
    const test::pool pool(workers);
    check_each_once(pool_ref{pool, pool.size()});
    CHECK(pool_ref{pool, pool.size()}.width() == workers);
  }
  const test::pool pool(1);
  CHECK(pool_ref{pool, 0}.width() == 1);
  CHECK(pool_ref{pool, -7}.width() == 1);
}

TEST_CASE("pool_ref refers to callables of every kind", "[exec]") {
  int started = 0;
  auto mutable_lambda = [started](index_t n, auto&& piece) mutable {
    ++started;
    for (index_t i = 0; i < n; ++i) piece(i);
  };
  const auto const_lambda = [&started](index_t n, auto&& piece) {
    ++started;
    for (index_t i = 0; i < n; ++i) piece(i);
  };
  check_each_once(pool_ref{mutable_lambda, 2});
  check_each_once(pool_ref{const_lambda, 2});
  CHECK(started == 7);  // the mutable one counted in its own copy

  SECTION("an object that changes itself") {
    struct counting {
      int regions = 0;
      void operator()(index_t n, pool_ref::piece f) {
        ++regions;
        for (index_t i = 0; i < n; ++i) f(i);
      }
    } pool;
    const pool_ref ref{pool, 3};
    check_each_once(ref);
    CHECK(pool.regions == 7);
    const pool_ref copy = ref;  // refers to the same pool
    copy.run(1, [](index_t) {});
    CHECK(pool.regions == 8);
  }
  SECTION("the piece may be copied into a task") {
    auto tasks = [](index_t n, pool_ref::piece f) {
      std::vector<std::thread> threads;
      for (index_t i = 0; i < n; ++i) threads.emplace_back([f, i] { f(i); });
      for (auto& t : threads) t.join();
    };
    std::atomic<index_t> sum{0};
    pool_ref{tasks, 4}.run(10, [&](index_t i) { sum += i; });
    CHECK(sum == 45);
  }
  SECTION("pieces that are const functions, and pieces that change themselves") {
    index_t last = -1;
    const auto fixed = [&last](index_t i) { last = i; };
    pool_ref{const_lambda, 2}.run(3, fixed);
    CHECK(last == 2);
    index_t seen = 0;
    auto counting = [&seen, n = index_t{0}](index_t) mutable { seen = ++n; };
    pool_ref{const_lambda, 2}.run(3, counting);
    CHECK(seen == 3);
  }
}
