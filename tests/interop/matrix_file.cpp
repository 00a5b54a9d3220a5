// SPDX-License-Identifier: BSL-1.0
#include <filesystem>
#include <vector>
#if defined(__unix__)
#  include <sys/resource.h>
#  include <csignal>
#endif

#include "format/lists.hpp"
#include "ops/outside.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/matrix_files.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

template <class P, class C>
void check_on_disk(const std::string& path) {
  const auto a = test::random_bits<P, C>(13, 37, 5);
  save(path, a);
  const matrix_file_info h = peek(path);
  CAPTURE(h.pattern, h.codec);
  CHECK(h.pattern == P::name());
  CHECK(h.bytes == static_cast<index_t>(std::filesystem::file_size(path)));
  const mapped_matrix<P, C> m(path), trusted(path, {.check = file_check::header});
  CHECK(m.bytes() == static_cast<std::size_t>(h.bytes));
  CHECK(m.nnz() == a.nnz());
  CHECK(test::bits(m.view()) == test::bits(a.view()));
  CHECK(test::bits(trusted.view()) == test::bits(a.view()));
  CHECK(reinterpret_cast<std::uintptr_t>(m.view().values().data()) % 64 == 0);
  CHECK(test::bits(load<P, C>(path).view()) == test::bits(a.view()));
  save(path, m);  // over the file that is mapped
  CHECK(test::bits(m.view()) == test::bits(a.view()));
  CHECK(test::bits(load<P, C>(path, {.check = file_check::header}).view()) == test::bits(a.view()));
}

template <class P, class C>
std::string opened(const std::string& file, file_check how = file_check::all) {
  const auto bytes = test::aligned_bytes(file);
  return test::refusal([&] { mapped_matrix<P, C>(bytes, {.check = how}, "w"); });
}

/// 3 x 5 with the columns {1, 3}, {}, {0, 2, 4}. The header to 320, row_ptr 320 .. 352, col_idx 384 .. 404,
/// values 448 .. 468, the end at 512.
sparse_matrix<csr, float> small() {
  matrix<float> w(3, 5);
  for (const auto& [i, k] : {std::pair{0, 1}, {0, 3}, {2, 0}, {2, 2}, {2, 4}}) w(i, k) = 1;
  return encode<csr, float>(w);
}
std::string small_file() { return test::matrix_file_of(small()); }
/// The small file with a number put at a byte of it, and a right checksum of the header.
template <class U>
std::string with(std::size_t at, U value) {
  std::string file = small_file();
  test::patch(file, at, value);
  test::sum_header(file);
  return file;
}
/// The same, and the arrays have right checksums, too.
template <class U>
std::string with_data(std::size_t at, U value) {
  std::string file = small_file();
  test::patch(file, at, value);
  test::sum_arrays(file);
  test::sum_header(file);
  return file;
}
/// The array n moved to `offset`.
std::string with_offset(std::size_t n, std::uint64_t offset) { return with(192 + 32 * n + 16, offset); }

struct nameless : test::eighths {
  static constexpr const char* name = "";
};

constexpr std::uint64_t huge = ~std::uint64_t{0};

}  // namespace

static_assert(!std::is_copy_constructible_v<mapped_matrix<csr, float>> &&
              std::is_nothrow_move_constructible_v<mapped_matrix<csr, float>> &&
              sparse_operand<mapped_matrix<csr, float>>);

TEST_CASE("the checksum is XXH64", "[interop]") {
  const auto sum = [](const std::string& s) { return detail::xxh64(s.data(), s.size()); };
  CHECK(sum("") == 0xef46db3751d8e999);
  CHECK(sum("a") == 0xd24ec4f1a98c6e5b);
  CHECK(sum("abc") == 0x44bc2cf5ad770999);
  CHECK(sum("Nobody inspects the spammish repetition") == 0xfbcea83c8a378bf1);
}

TEST_CASE("the bytes of a matrix file stay what they are", "[interop]") {
  const std::string file = small_file();
  CHECK(file.size() == 512);
  CHECK(detail::xxh64(file.data(), file.size()) == 0x84ecbb9433fd8f56);
}

TEST_CASE("a matrix goes to the disk and back", "[interop]") {
  const test::temporary_file file;
  for_each_type(kinds{}, [&](auto p) {
    check_on_disk<decltype(p), float>(file.path());
    check_on_disk<decltype(p), bf16>(file.path());
    check_on_disk<decltype(p), ones>(file.path());
  });
  check_on_disk<test::runs, test::halved<f16>>(file.path());
  check_on_disk<test::runs, test::signs_apart>(file.path());
  check_on_disk<csr, test::eighths>(file.path());
}

TEST_CASE("a mapped matrix is an operand, and survives a move", "[interop]") {
  const test::temporary_file file;
  save(file.path(), small());
  mapped_matrix<csr, float> a(file.path());
  const float* const at = a.view().values().data();
  CHECK(convert<bitmap>(a).nnz() == 5);
  CHECK(find_defect(a) == "");
  mapped_matrix<csr, float> b(std::move(a));
  CHECK(a.rows() == 0);
  CHECK(a.nnz() == 0);
  CHECK(a.bytes() == 0);
  CHECK(b.view().values().data() == at);
  a = std::move(b);
  CHECK(test::bits(a.view()) == test::bits(small().view()));
}

TEST_CASE("a shape beyond memory, where nothing is stored, opens at once", "[interop]") {
  const index_t far = index_t{1} << 56;
  CHECK(opened<dense, ones>(test::matrix_file_of(sparse_view<dense, ones>(far, 64, {}))) == "nothing");
  const buffer<std::uint8_t> none;
  CHECK(opened<nm<2, 4>, float>(test::matrix_file_of(sparse_view<nm<2, 4>, float>(far, 0, {none}))) ==
        "nothing");
}

TEST_CASE("a file of another type is refused with what it holds", "[interop]") {
  const std::string file = small_file();
  CHECK(opened<bitmap, float>(file) == "argument: matrix_file: need pattern bitmap; got csr in w");
  CHECK(opened<csr, bf16>(file) == "argument: matrix_file: need codec bf16; got float in w");
  CHECK(opened<narrow_csr, float>(file) ==
        "argument: matrix_file: need array 0 of int32 for this csr; got int64 in w");
  CHECK(opened<basic_csr<std::uint32_t>, float>(file) ==
        "argument: matrix_file: need array 1 of uint32 for this csr; got int32 in w");
  CHECK(opened<basic_csr<std::int32_t, std::uint64_t>, float>(file) ==
        "argument: matrix_file: need array 0 of uint64 for this csr; got int64 in w");
  const matrix_file_info h = detail::read_matrix_header(test::aligned_bytes(file), "w");
  CHECK(holds<csr, float>(h));
  CHECK(!holds<narrow_csr, float>(h));
  CHECK(!holds<csr, ones>(h));
}

TEST_CASE("every malformed matrix file is refused with what is wrong", "[interop]") {
  struct row {
    std::string file, want;
  };
  const std::string good = small_file(), d = "data: matrix_file: need ";
  const std::string bad_sum = good.substr(0, 16) + std::string(8, '\0') + good.substr(24);
  const std::string name = "printable characters, then zeros, as the name of the ";
  const auto junk = [&](std::size_t n) {
    std::string file = good + std::string(n, '\0');
    test::patch(file, 24, static_cast<std::uint64_t>(file.size()));
    test::sum_header(file);
    return file;
  };
  const std::vector<row> table{
      {"", d + "the magic bytes \\x89lacuna\\n; got '' in w"},
      {"PK\3\4" + good, d + "the magic bytes \\x89lacuna\\n; got 'PK???lac' in w"},
      {good.substr(0, 100), d + "192 bytes of header; got 100 in w"},
      {good.substr(0, 319), d + "320 bytes of header; got 319 in w"},
      {with(8, std::uint32_t{0x04030201}),
       d + "the byte order mark 0000000001020304; got 0000000004030201 in w"},
      {with(12, std::uint32_t{2}), d + "version 1; got 2 in w"},
      {bad_sum, d + "a header with the checksum 0000000000000000; got "},
      {good.substr(0, 511), d + "a file of 512 bytes, as its header says; got 511 in w"},
      {good + '\0', d + "a file of 512 bytes, as its header says; got 513 in w"},
      {with(24, huge), d + "a file of 18446744073709551615 bytes, as its header says; got 512 in w"},
      {junk(1), d + "the end of the file at byte 512, after the last array; got 513 in w"},
      {junk(64), d + "the end of the file at byte 512, after the last array; got 576 in w"},
      {with(32, huge),
       "overflow: matrix_file: need rows <= 72057594037927936; got 18446744073709551615 in w"},
      {with(40, (std::uint64_t{1} << 56) + 1),
       "overflow: matrix_file: need cols <= 72057594037927936; got 72057594037927937 in w"},
      {with(48, huge),
       "overflow: matrix_file: need nnz <= 9223372036854775807; got 18446744073709551615 in w"},
      {with(48, std::uint64_t{4}), d + "5 as nnz, for these arrays; got 4 in w"},
      {with(56, std::uint64_t{0}), d + "1 to 64 arrays; got 0 in w"},
      {with(56, std::uint64_t{65}), d + "1 to 64 arrays; got 65 in w"},
      {with(56, huge), d + "1 to 64 arrays; got 18446744073709551615 in w"},
      {with(56, std::uint64_t{64}), d + "2240 bytes of header; got 512 in w"},
      {with(56, std::uint64_t{2}), d + "array 0 at byte 256, the next multiple of 64; got 320 in w"},
      {with(56, std::uint64_t{4}), d + "array 3 of elements of >= 1 byte; got 0 in w"},
      {with(64, std::uint8_t{0}), d + name + "pattern; got '?sr?????????????????????...' in w"},
      {with(65, std::uint8_t{'\n'}), d + name + "pattern; got 'c?r?????????????????????...' in w"},
      {with(127, std::uint8_t{'x'}), d + name + "pattern; got 'csr?????????????????????...' in w"},
      {with(128, std::uint8_t{0xff}), d + name + "codec; got '?loat???????????????????...' in w"},
      {with(64, std::uint8_t{'b'}), "argument: matrix_file: need pattern csr; got bsr in w"},
      {with(192, std::uint32_t{0}), d + "array 0 of elements of >= 1 byte; got 0 in w"},
      {with(192, std::uint32_t{4}), d + "zeros up to a multiple of 64 bytes; got 2 in w"},
      {with(192, ~std::uint32_t{0}), d + "array 0 and its padding within the file's 512 bytes; got 4 "
                                         "elements of 4294967295 bytes at 320 in w"},
      {with(196, std::uint32_t{4}), d + "array 0 of a kind from 0 to 3; got 4 in w"},
      {with(228, std::uint32_t{2}),
       "argument: matrix_file: need array 1 of int32 for this csr; got uint32 in w"},
      {with(260, std::uint32_t{0}),
       "argument: matrix_file: need array 2 of float32 for this csr; got 4 raw bytes in w"},
      {with(200, huge),
       d + "array 0 and its padding within the file's 512 bytes; got 18446744073709551615 elements of 8 "
           "bytes at 320 in w"},
      {with(200, std::uint64_t{1} << 61), d + "array 0 and its padding within the file's 512 bytes; got "
                                              "2305843009213693952 elements of 8 bytes at 320 in w"},
      {with(200, std::uint64_t{25}),
       d + "array 0 and its padding within the file's 512 bytes; got 25 elements of 8 bytes at 320 in w"},
      {with(200, std::uint64_t{16}), d + "array 1 at byte 448, the next multiple of 64; got 384 in w"},
      {with(200, std::uint64_t{3}), d + "zeros up to a multiple of 64 bytes; got 5 in w"},
      {with_offset(0, 64), d + "array 0 at byte 320, the next multiple of 64; got 64 in w"},
      {with_offset(0, 328), d + "array 0 at byte 320, the next multiple of 64; got 328 in w"},
      {with_offset(1, 320), d + "array 1 at byte 384, the next multiple of 64; got 320 in w"},
      {with_offset(1, 448), d + "array 1 at byte 384, the next multiple of 64; got 448 in w"},
      {with_offset(2, 512), d + "array 2 at byte 448, the next multiple of 64; got 512 in w"},
      {with_offset(2, huge),
       d + "array 2 at byte 448, the next multiple of 64; got 18446744073709551615 in w"},
      {with(290, std::uint8_t{7}), d + "zeros up to a multiple of 64 bytes; got 7 in w"},
      {with(500, std::uint8_t{7}), d + "zeros up to a multiple of 64 bytes; got 7 in w"},
      {with(320, std::uint8_t{1}), d + "array 0 with the checksum "},
      {with(450, std::uint8_t{1}), d + "array 2 with the checksum "},
      {with(32, std::uint64_t{4}), "data: csr: need row_ptr of length 5; got 4"},
      {with_data(232, std::uint64_t{6}), "data: csr: need col_idx of length 5; got 6"},
      {with_data(264, std::uint64_t{6}), "data: csr: need values of length 5; got 6"},
      {with_data(320, std::uint64_t{1}), "data: csr: need row_ptr[0] = 0; got 1 in w"},
      {with_data(328, huge), "data: csr: need row_ptr ascending and <= 5; got -1 after 0 at row 0 in w"},
      {with_data(384, std::uint32_t{5}), "data: csr: need 0 <= col_idx < 5; got 5 in row 0 (entry 0) in w"},
      {with_data(388, std::uint32_t{1}),
       "data: csr: need col_idx strictly ascending in a row; got 1 after 1 in row 0 (entry 1) in w"},
  };
  REQUIRE(good.size() == 512);
  CHECK(opened<csr, float>(good) == "nothing");
  for (const row& r : table) {
    const std::string got = opened<csr, float>(r.file);
    CAPTURE(r.want);
    CHECK((r.want.ends_with(' ') ? got.substr(0, r.want.size()) : got) == r.want);
  }
}

TEST_CASE("no cut and no flipped bit of a matrix file goes unseen", "[interop]") {
  const std::string good = small_file();
  const auto refused = [](const std::string& file) {
    return opened<csr, float>(file).find(": matrix_file: need ") != std::string::npos;
  };
  CHECK(test::unseen_damage(good, refused) == "");
}

TEST_CASE("a trusted file is not looked through", "[interop]") {
  CHECK(opened<csr, float>(with(450, std::uint8_t{1}), file_check::header) == "nothing");
  CHECK(opened<csr, float>(with(384, std::uint32_t{5}), file_check::header) == "nothing");
  CHECK(opened<csr, float>(small_file() + "x", file_check::header) ==
        "data: matrix_file: need a file of 512 bytes, as its header says; got 513 in w");
  const auto bytes = test::aligned_bytes("x" + small_file());
  const array_view<const std::byte> odd(bytes.data() + 1, bytes.size() - 1);
  CHECK(test::refusal([&] { mapped_matrix<csr, float>(odd, {}, "w"); }) ==
        "data: matrix_file: need an address that is a multiple of 64 for a view; got another one in w");
}

TEST_CASE("a save that fails leaves what was there", "[interop]") {
  namespace fs = std::filesystem;
  const test::temporary_file name;
  const fs::path folder = name.path() + "_folder";
  fs::create_directory(folder);
  const auto files = [&] { return std::distance(fs::directory_iterator(folder), fs::directory_iterator()); };
  const std::string path = (folder / "w").string();
  save(path, small());
  CHECK(files() == 1);

  CHECK(test::refusal([] {
          save("/nowhere/w", small());
        }).find("io: file: need a file that can be created") == 0);
  fs::create_directory(folder / "taken");
  CHECK(test::refusal([&] {
          save((folder / "taken").string(), small());
        }).find("io: file: need a name that") == 0);
  CHECK(files() == 2);
#if defined(__unix__)
  struct rlimit before {};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const struct rlimit little { 4096, before.rlim_max };
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &little);
  const std::string got = test::refusal([&] { save(path, sparse_matrix<dense, float>(100, 100, {})); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(got.find("io: file: need room for all bytes; got ") == 0);
#endif
  CHECK(files() == 2);
  CHECK(test::bits(load<csr, float>(path).view()) == test::bits(small().view()));
  fs::remove_all(folder);
  CHECK(test::refusal([&] { peek(path); }).find("io: file: need a file that can be opened") == 0);

  CHECK(test::refusal([] { test::matrix_file_of(sparse_matrix<dense, nameless>(1, 1, {})); }) ==
        "argument: matrix_file: need names of 1 to 64 printable characters; got ''");
}
