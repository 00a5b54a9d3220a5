// SPDX-License-Identifier: BSL-1.0
// Memory of caches, with the program's own operator new: what is asked for is what bytes() says, appends ask for nothing, and
// when any allocation fails nothing is lost, changed or left over.
#include <lacuna/attention/decode.hpp>
#include <lacuna/interop/cache_file.hpp>
#include <lacuna/kv/codec/int4.hpp>
#include <lacuna/kv/codec/int8.hpp>
#include <lacuna/kv/summary/all.hpp>

#include <cstdlib>
#include <filesystem>
#include <new>

#include "kv/model.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

namespace {

struct ledger {
  long long bytes = 0, live = 0, calls = 0, fail_at = -1;
};
ledger book;

void* give(std::size_t size, std::size_t align) {
  if (book.calls++ == book.fail_at) throw std::bad_alloc();
  void* const p = align > alignof(std::max_align_t)
                      ? std::aligned_alloc(align, (size + align - 1) / align * align)
                      : std::malloc(size > 0 ? size : 1);
  if (p == nullptr) throw std::bad_alloc();
  book.bytes += static_cast<long long>(size);
  ++book.live;
  return p;
}
void take(void* p) {
  if (p != nullptr) --book.live;
  std::free(p);
}

}  // namespace

void* operator new(std::size_t n) { return give(n, 0); }
void* operator new[](std::size_t n) { return give(n, 0); }
void* operator new(std::size_t n, std::align_val_t a) { return give(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return give(n, static_cast<std::size_t>(a)); }
// Those that must not throw, too: a sanitizer would pair its own with the deletes below.
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  try {
    return give(n, 0);
  } catch (...) {
    return nullptr;
  }
}
void* operator new[](std::size_t n, const std::nothrow_t& no) noexcept { return operator new(n, no); }
void operator delete(void* p) noexcept { take(p); }
void operator delete[](void* p) noexcept { take(p); }
void operator delete(void* p, std::size_t) noexcept { take(p); }
void operator delete[](void* p, std::size_t) noexcept { take(p); }
void operator delete(void* p, std::align_val_t) noexcept { take(p); }
void operator delete[](void* p, std::align_val_t) noexcept { take(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { take(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { take(p); }

using namespace lacuna;

namespace {

const kv_options small{.kv_heads = 2,
                       .head_dim = 24,
                       .page = 32,
                       .max_bytes = 1 << 20,
                       .sequences = 2,
                       .window = 5,
                       .batch = 32};
using dense = kv_cache<bf16>;
using tailed = kv_cache<int8<per_row>, int4<32>, bf16>;
using summed = kv_cache<bf16, bf16, summary::box, summary::mean, bf16, summary::mass>;

/// f() with the n-th allocation failing, for every n until it goes through; `after(n)` when it failed.
template <class F, class After>
long long fail_each(const F& f, const After& after) {
  for (long long n = 0;; ++n) {
    const long long live = book.live;
    book.fail_at = book.calls + n;
    bool failed = false;
    try {
      f();
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    book.fail_at = -1;
    if (!failed) return n;
    REQUIRE(book.live == live);
    after();
  }
}

template <class Cache>
void check_birth() {
  const long long before = book.bytes;
  Cache c(small);
  CHECK(book.bytes - before == c.bytes());
  CHECK(c.bytes() <= small.max_bytes);
  CHECK(fail_each([] { Cache other(small); }, [] {}) >= 8);
}

template <class Cache>
void check_use() {
  const auto k = test::random_matrix(200, 48, 1, 1), v = test::random_matrix(200, 48, 1, 2),
             q = test::random_matrix(4, 24, 1, 3);
  const matrix<float> kh(3, 24), vh(3, 24);
  Cache c(small);
  workspace memory(decode_floats(1, 1, 2, 4, 4096, c.shape()));
  matrix<float> out(4, 24);
  const long long calls = book.calls;
  c.append(k, v);
  auto other = c.fork();
  other.append(1, kh, vh);
  other.truncate(100);
  other.append(k, v);
  c.release(0, 0);
  c.retain(1, 4, 40);
  decode(exec{serial{}, native{}, &memory}, q, c, out);
  const long long asked = book.calls - calls;
  CHECK(asked == 0);
  // A cache that is full: the sentence itself may find no memory.
  const auto fill = [&] {
    for (;;) c.append(k, v);
  };
  CHECK(test::refusal(fill).substr(0, 8) == "overflow");
  const std::string bits = test::bits_of_memory(c.memory());
  const auto refused = [&] {
    try {
      c.append(k, v);
    } catch (const error&) {
    }
  };
  fail_each(refused, [&] { REQUIRE(test::bits_of_memory(c.memory()) == bits); });
}

template <class K, class V, class... Extras>
void check_files() {
  using cache = kv_cache<K, V, Extras...>;
  cache c(small), more(small);
  const auto k = test::random_matrix(100, 48, 1, 1);
  c.append(k, k);
  more.append(k, k), more.append(k, k);
  const auto folder =
      std::filesystem::temp_directory_path() / ("lacuna_allocation_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "cache").string();
  save(path, c);
  const auto in_place = [&] {
    std::string text(std::filesystem::file_size(path), 0);
    std::FILE* const f = std::fopen(path.c_str(), "rb");
    const bool read = std::fread(text.data(), text.size(), 1, f) == 1;
    std::fclose(f);
    return read && text == test::cache_file_of(c) &&
           std::distance(std::filesystem::directory_iterator(folder),
                         std::filesystem::directory_iterator()) == 1;
  };
  CHECK(fail_each([&] { save(path, more); }, [&] { REQUIRE(in_place()); }) > 5);
  save(path, c);
  CHECK(fail_each([&] { load_cache<K, V, Extras...>(path, small); }, [&] { REQUIRE(in_place()); }) > 5);
  const cache again = load_cache<K, V, Extras...>(path, small);
  CHECK(test::cache_file_of(again) == test::cache_file_of(c));
  std::filesystem::remove_all(folder);
}

}  // namespace

TEST_CASE("a cache asks once for the bytes it reports, and for none later", "[kv]") {
  check_birth<dense>();
  check_birth<tailed>();
  check_birth<summed>();
  check_use<dense>();
  check_use<tailed>();
  check_use<summed>();
}

TEST_CASE("when any allocation fails, caches and files stay as they were", "[kv]") {
  check_files<bf16, bf16, detail::automatic_tail>();
  check_files<int8<per_row>, int4<32>, bf16>();
  check_files<bf16, bf16, summary::box, summary::channels>();
}
