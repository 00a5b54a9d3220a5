// SPDX-License-Identifier: BSL-1.0
// Caches on disk: what is saved is mapped, damage and foreign files are refused, a save that is killed leaves the old file.
#include <lacuna/attention/decode.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/interop/cache_file.hpp>
#include <lacuna/kv/codec/int4.hpp>
#include <lacuna/kv/codec/int8.hpp>

#include <chrono>
#include <filesystem>
#include <thread>
#if defined(__unix__)
#  include <sys/wait.h>
#  include <unistd.h>
#  include <csignal>
#endif

#include "kv/model.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace lacuna;

namespace {

const kv_options small{
    .kv_heads = 2, .head_dim = 16, .page = 16, .max_bytes = 1 << 19, .window = 4, .batch = 16};

template <class Cache>
Cache filled(index_t tokens, std::uint64_t seed = 1) {
  Cache c(small);
  c.append(test::random_matrix(tokens, 32, 1, seed), test::random_matrix(tokens, 32, 1, seed + 1));
  c.append(1, test::random_matrix(3, 16, 1, seed), test::random_matrix(3, 16, 1, seed + 1));
  if (tokens > 40) c.release(1, 1);
  return c;
}
using plain_cache = kv_cache<bf16>;
using tailed = kv_cache<int8<per_row>, int4<32>, bf16>;
using mapped_plain = mapped_cache<bf16>;
using mapped_tailed = mapped_cache<int8<per_row>, int4<32>, bf16>;

template <class Mapped>
std::string opened(const std::string& file, file_check how = file_check::all) {
  const auto bytes = test::aligned_bytes(file);
  return test::refusal([&] { Mapped(bytes, {.check = how}, "c"); });
}
/// The file with a number of array n patched, and right checksums.
template <class U>
std::string with(std::string file, std::size_t n, std::size_t at, U value) {
  test::patch(file, test::word_at(file, 192 + 32 * n + 16) + at, value);
  test::sum_arrays(file);
  test::sum_header(file);
  return file;
}

}  // namespace

TEST_CASE("a saved cache is mapped and decoded where it lies", "[interop]") {
  const test::temporary_file file;
  const auto q = test::random_matrix(6, 16, 1, 9);
  const auto check = [&]<class map>(const auto& c, std::type_identity<map>) {
    save(file.path(), c);
    const map m(file.path()), trusted(file.path(), {.check = file_check::header});
    CHECK(m.tokens(1) == c.tokens(1));
    CHECK(peek(file.path()).bytes == static_cast<index_t>(std::filesystem::file_size(file.path())));
    matrix<float> need(6, 16), out(6, 16);
    decode(q, c, need);
    decode(q, m, out);
    CHECK(test::difference(out, need) == "");
    decode(q, trusted, out);
    CHECK(test::difference(out, need) == "");
    save(file.path(), c);  // over the file that is mapped
    decode(q, m, out);
    CHECK(test::difference(out, need) == "");
  };
  check(filled<plain_cache>(75), std::type_identity<mapped_plain>{});
  check(filled<tailed>(75), std::type_identity<mapped_tailed>{});
  auto c = load_cache<int8<per_row>, int4<32>, bf16>(file.path(), {.max_bytes = 1 << 19});
  auto whole = filled<tailed>(75);
  const auto more = test::random_matrix(50, 32, 1, 7);
  c.append(more, more);
  whole.append(more, more);
  CHECK(test::cache_file_of(c) == test::cache_file_of(whole));
  CHECK(test::refusal([&] {
          load_cache<int8<per_row>, int4<32>, bf16>(file.path(), {.max_bytes = 9000});
        }).substr(0, 22) == "overflow: load_cache: ");
  CHECK(test::refusal([&] {
          load_cache<int8<per_row>, int4<32>, bf16>(file.path(), {.max_bytes = 1 << 19, .max_tokens = 20});
        }) == "overflow: load_cache: need max_tokens >= 75; got 32");
}

TEST_CASE("every cut and every flipped bit of a saved cache is seen", "[interop]") {
  kv_cache<bf16> c({.kv_heads = 1, .head_dim = 16, .page = 16, .max_bytes = 1 << 16});
  const auto k = test::random_matrix(2, 16, 1, 1);
  c.append(k, k);
  const auto refused = [](const std::string& bad) { return opened<mapped_plain>(bad) != "nothing"; };
  CHECK(test::unseen_damage(test::cache_file_of(c), refused) == "");
}

TEST_CASE("a cache file of another kind is refused", "[interop]") {
  const std::string file = test::cache_file_of(filled<plain_cache>(50));
  CHECK(opened<mapped_plain>(file) == "nothing");
  CHECK(opened<mapped_tailed>(file) ==
        "argument: matrix_file: need pattern kv_cache<bf16>; got kv_cache in c");
  CHECK(opened<mapped_cache<int8<per_row>, int4<32>>>(file) ==
        "argument: matrix_file: need codec int8<per_row,bf16>/int4<32,bf16>; got bf16/bf16 in c");
  CHECK(test::refusal([&] { mapped_matrix<csr, float>(test::aligned_bytes(file), {}, "c"); }) ==
        "argument: matrix_file: need pattern csr; got kv_cache in c");
}

TEST_CASE("numbers that no cache has are refused, with a sentence", "[interop]") {
  const std::string d = test::cache_file_of(filled<plain_cache>(50)),
                    t = test::cache_file_of(filled<tailed>(50));
  const auto dense_with = [&](std::size_t n, std::size_t at, auto value) {
    return opened<mapped_plain>(with(d, n, at, value));
  };
  const auto tailed_with = [&](std::size_t n, std::size_t at, auto value) {
    return opened<mapped_tailed>(with(t, n, at, value));
  };
  using i64 = std::uint64_t;
  const auto need = [](const std::string& rule, const std::string& got) {
    return "data: cache_file: need " + rule + "; got " + got + " in c";
  };
  CHECK(dense_with(0, 0, i64{0}) == need("1 <= kv_heads <= 65536", "0"));
  CHECK(dense_with(0, 8, i64{513}) == need("1 <= head_dim <= 512", "513"));
  CHECK(dense_with(0, 16, i64{80}) == need("16 <= page <= 64", "80"));
  CHECK(dense_with(0, 16, i64{20}) == need("0 <= page % 16 <= 0", "4"));
  CHECK(dense_with(0, 24, i64{1}) == need("0 <= window <= 0", "1"));
  CHECK(tailed_with(0, 32, i64{20}) == need("0 <= batch % page <= 0", "4"));
  CHECK(dense_with(0, 40, i64{511}) == need("512 <= bytes of a key section <= 512", "511"));
  CHECK(dense_with(0, 48, i64{0}) == need("512 <= bytes of a value section <= 512", "0"));
  CHECK(dense_with(0, 56, i64{3}) == need("0 <= values that are kept, of this codec <= 0", "3"));
  CHECK(dense_with(0, 0, i64{3}) == need("6 <= lengths of heads <= 6", "4"));
  CHECK(dense_with(1, 0, ~i64{0}) == need("0 <= tokens of a head <= 1099511627776", "-1"));
  CHECK(dense_with(1, 8, i64{51}) == need("0 <= packed tokens <= 50", "51"));
  CHECK(dense_with(1, 8, i64{49}) == need("0 <= tokens of a tail <= 0", "1"));
  CHECK(tailed_with(1, 8, i64{33}) == need("0 <= packed % page <= 0", "1"));
  CHECK(tailed_with(1, 8, i64{16}) == need("0 <= tokens of a tail <= 19", "34"));
  CHECK(dense_with(2, 4, std::uint32_t{2}) == need("slot 1 or a hole", "2"));
  CHECK(dense_with(2, 12, dead) == need("slot 3 for the last page", "4294967295"));
  CHECK(dense_with(2, 4, dead) == need("slot 1 or a hole", "2"));
  CHECK(dense_with(3, 7 * 512, std::uint8_t{1}) == need("zeros after the key sections", "another byte"));
  CHECK(dense_with(3, 3 * 512 + 2 * 2 * 2, std::uint16_t{0x7fc0}) ==
        need("finite values after the last token", "another"));
  CHECK(opened<mapped_plain>(with(d, 3, 3 * 512 + 8, std::uint16_t{0x7fc0}), file_check::header) ==
        "nothing");
  std::string other = d;
  test::patch(other, 48, i64{7});  // nnz
  test::sum_header(other);
  CHECK(opened<mapped_plain>(other) == need("the sizes of its header", "2x16"));
}

#if defined(__unix__)
TEST_CASE("a save that is killed leaves the old file", "[interop]") {
  const auto folder = std::filesystem::temp_directory_path() / ("lacuna_kill_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "cache").string();
  const auto a = filled<plain_cache>(300, 1), b = filled<plain_cache>(300, 5);
  const std::string files[2] = {test::cache_file_of(a), test::cache_file_of(b)};
  save(path, a);
  index_t killed = 0;
  for (int round = 0; round < 12; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (;;) {
        save(path, b);
        save(path, a);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(700 * (round + 1)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status);
    const plain_cache c = load_cache<bf16>(path, small);
    const std::string now = test::cache_file_of(c);
    REQUIRE((now == files[0] || now == files[1]));
  }
  CHECK(killed == 12);
  std::filesystem::remove_all(folder);
}
#endif
