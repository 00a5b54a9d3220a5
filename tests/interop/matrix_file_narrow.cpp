// SPDX-License-Identifier: BSL-1.0
// Matrix files of narrow codecs: one array more, the cells, which are checked like the rest.
#include "interop/matrix_file_trips.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

template <class P, class C>
std::string opened(const std::string& file, file_check how = file_check::all) {
  const auto bytes = test::aligned_bytes(file);
  return test::refusal([&] { mapped_matrix<P, C>(bytes, {.check = how}, "w"); });
}

using narrow_trips = std::tuple<csr, bsr<2, 16>, panel<bitmap, 4>>;
using cells = int4<16, f16, asymmetric>;
/// 2 x 20 with 1 at (0, 3) and (1, 17): two cells a row. The arrays from byte 320 on, 64 bytes each: mask, row_ptr,
/// values, cells.
std::string small_file() {
  matrix<float> w(2, 20);
  w(0, 3) = w(1, 17) = 1;
  return test::matrix_file_of(encode<bitmap, cells>(w));
}
/// With a cell of scale and zero, and right checksums.
std::string with_cell(std::size_t n, f16 scale, float zero) {
  std::string file = small_file();
  test::patch(file, 512 + 4 * n, scale.bits);
  test::patch(file, 512 + 4 * n + 2, f16(zero).bits);
  test::sum_arrays(file);
  test::sum_header(file);
  return file;
}

template <class P, class C>
void check_on_disk(const std::string& path) {
  const auto a = test::random_bits<P, C>(19, 70, 5);
  save(path, a);
  const mapped_matrix<P, C> m(path), trusted(path, {.check = file_check::header});
  CAPTURE(P::name(), codec_of<C>::name);
  CHECK(peek(path).codec == codec_of<C>::name);
  CHECK(test::bits(m.view()) == test::bits(a.view()));
  CHECK(test::bits(trusted.view()) == test::bits(a.view()));
  CHECK(test::bits(load<P, C>(path).view()) == test::bits(a.view()));
  CHECK(reinterpret_cast<std::uintptr_t>(m.view().values().data()) % 64 == 0);
  CHECK(test::difference(decode(m), decode(a)) == "");
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("what is saved is mapped, bit for bit: narrow codecs", "[interop]", narrow_trips) {
  check_file_round_trips<TestType>(14, std::tuple<int8<>, cells>{});
}

TEST_CASE("a narrow matrix goes to the disk and back", "[interop]") {
  const test::temporary_file file;
  check_on_disk<bitmap, int4<32>>(file.path());
  check_on_disk<bsr<2, 16>, int8<16, f16, asymmetric>>(file.path());
  check_on_disk<panel<bitmap, 4>, cells>(file.path());
  check_on_disk<dense, f8_e4m3>(file.path());
}

TEST_CASE("the bytes of a narrow matrix file stay what they are", "[interop]") {
  const std::string file = small_file();
  CHECK(file.size() == 576);
  CHECK(detail::xxh64(file.data(), file.size()) == 0x3d2d8dd7465414b5);
}

TEST_CASE("a file of another grid is another type", "[interop]") {
  CHECK(opened<bitmap, cells>(small_file()) == "nothing");
  CHECK(opened<bitmap, int4<32, f16, asymmetric>>(small_file()) ==
        "argument: matrix_file: need codec int4<32,f16,asymmetric>; got int4<16,f16,asymmetric> in w");
  CHECK(opened<bitmap, float>(small_file()) ==
        "argument: matrix_file: need codec float; got int4<16,f16,asymmetric> in w");
}

TEST_CASE("cells in a file are validated, where no index is stored, too", "[interop]") {
  CHECK(opened<bitmap, cells>(with_cell(3, f16(2.0f), 15)) == "nothing");
  CHECK(opened<bitmap, cells>(with_cell(3, f16::from_bits(0xfc00), 15)) ==
        "data: int4<16,f16,asymmetric>: need finite scales; got another in cell 3 in w");
  CHECK(opened<bitmap, cells>(with_cell(0, f16(2.0f), 16)) ==
        "data: int4<16,f16,asymmetric>: need zero points that are codes; got another in cell 0 in w");
  CHECK(opened<bitmap, cells>(with_cell(0, f16(2.0f), 16), file_check::header) == "nothing");
  auto a = encode<dense, int8<>>(matrix<float>(3, 5));
  a.scales()[1] = bf16::from_bits(0x7fc0);
  CHECK(opened<dense, int8<>>(test::matrix_file_of(a)) ==
        "data: int8<per_row,bf16>: need finite scales; got another in cell 1 in w");
  auto p = encode<panel<dense, 4>, int8<>>(matrix<float>(3, 5));
  p.scales()[15] = bf16::from_bits(0xff80);
  CHECK(opened<panel<dense, 4>, int8<>>(test::matrix_file_of(p)) ==
        "data: int8<per_row,bf16>: need finite scales; got another in cell 15 in w");
}

TEST_CASE("no cut and no flipped bit of a narrow matrix file goes unseen", "[interop]") {
  const std::string good = small_file();
  const auto refused = [](const std::string& file) {
    return opened<bitmap, cells>(file).find(": matrix_file: need ") != std::string::npos;
  };
  REQUIRE(!refused(good));
  CHECK(test::unseen_damage(good, refused) == "");
}
