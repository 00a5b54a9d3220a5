// SPDX-License-Identifier: BSL-1.0
// Packed panels of narrow codecs: which form is chosen, where codes and cells lie in it, and that threads, which share
// bytes of half-byte codes, write what one alone does.
#include <lacuna/exec/openmp.hpp>
#include <lacuna/exec/pool_ref.hpp>
#include <type_traits>

#include "support/catch.hpp"
#include "support/narrow.hpp"
#include "support/pool.hpp"

using namespace lacuna;

namespace {

/// Pieces of 512 rows: three of them, the last one short, and panels whose half bytes end inside a byte.
constexpr index_t rows = 1051, cols = 83;

template <class P, class C>
void check_pack() {
  const auto a = encode<P, C>(test::graded_for<P>(rows, cols, 0.4, 3));
  const auto alone = pack(a);
  CAPTURE(P::name(), codec_of<C>::name);
  CHECK(find_defect(alone) == "");
  CHECK(test::difference(decode(alone), decode(a)) == "");
  const std::string bytes = test::all_bytes(alone.view());
  CHECK(test::all_bytes(convert<packed_pattern<P, C>>(a).view()) == bytes);
  for (const int workers : {2, 3}) {
    CAPTURE(workers);
    const test::pool pool(workers);
    CHECK(test::all_bytes(pack(exec{pool_ref{pool, pool.size()}}, a).view()) == bytes);
#ifdef _OPENMP
    CHECK(test::all_bytes(pack(exec{openmp{workers}}, a).view()) == bytes);
#endif
  }
}

}  // namespace

TEST_CASE("pack lays as many codes in a lane as fit", "[pack]") {
  using std::is_same_v;
  CHECK(is_same_v<packed_pattern<dense, int8<>>, panel<dense, 4>>);
  CHECK(is_same_v<packed_pattern<dense, int4<32>>, panel<dense, 8>>);
  CHECK(is_same_v<packed_pattern<dense, f8_e4m3>, panel<dense, 1>>);
  CHECK(is_same_v<packed_pattern<bitmap, int8<32>>, panel<bitmap, 4>>);
  CHECK(is_same_v<packed_pattern<bitmap, int4<32>>, panel<bitmap, 4>>);
  CHECK(is_same_v<packed_pattern<bitmap, f8_e5m2>, panel<bitmap, 1>>);
  CHECK(is_same_v<packed_pattern<nm<2, 4>, int8<32>>, panel<nm<2, 4>, 4>>);
  CHECK(is_same_v<packed_pattern<nm<2, 4>, int4<32>>, panel<nm<2, 4>, 8>>);
  CHECK(is_same_v<packed_pattern<nm<1, 16>, int4<16>>, panel<nm<1, 16>, 8>>);
  CHECK(is_same_v<packed_pattern<nm<1, 32>, int4<16>>, nm<1, 32>>);  // a cell ends inside a group
  CHECK(is_same_v<packed_pattern<nm<3, 7>, int8<32>>, nm<3, 7>>);    // so it does here
  CHECK(is_same_v<packed_pattern<nm<3, 7>, int8<>>, panel<nm<3, 7>, 4>>);
  CHECK(is_same_v<packed_pattern<nm<1, 32>, int4<>>, nm<1, 32>>);  // a word holds 4 offsets of 8 bits, not 8
  CHECK(is_same_v<packed_pattern<csr, int4<32>>, csr>);
  CHECK(is_same_v<packed_pattern<bsr<1, 16>, int4<16>>, bsr<1, 16>>);
}

TEST_CASE("the cells of a panel lie 16 rows together, group after group", "[pack]") {
  matrix<float> w(18, 40);
  for (index_t i = 0; i < 18; ++i)
    for (index_t k = 0; k < 40; ++k) w(i, k) = 127 * static_cast<float>(1 + i + 32 * (k / 16));
  const auto a = encode<panel<dense, 4>, int8<16>>(w);
  REQUIRE(a.scales().size() == 2 * 3 * 16);
  for (index_t i = 0; i < 32; ++i)
    for (index_t g = 0; g < 3; ++g)
      CHECK(a.scales()[(i / 16 * 3 + g) * 16 + i % 16] ==
            (i < 18 ? static_cast<float>(1 + i + 32 * g) : 0.0f));
}

TEST_CASE("four or eight codes of a row lie together in a panel", "[pack]") {
  // The scale is 1: codes are the values.
  const auto weights = [](float most) {
    matrix<float> w(16, 9);
    for (index_t i = 0; i < 16; ++i)
      for (index_t k = 0; k < 9; ++k) w(i, k) = k == 0 ? most : static_cast<float>((i + k) % 8);
    return w;
  };
  const auto bytes = encode<panel<dense, 4>, int8<>>(weights(127));
  REQUIRE(bytes.values().size() == 3 * 64);
  CHECK(bytes.values()[5 * 4] == 127);
  CHECK(bytes.values()[64 + 5 * 4 + 2] == 3);  // (5, 6)
  CHECK(bytes.values()[128 + 5 * 4] == 5);     // (5, 8), alone
  CHECK(bytes.values()[128 + 5 * 4 + 1] == 0);
  const auto half = encode<panel<dense, 8>, int4<>>(weights(7));
  REQUIRE(half.values().size() == 2 * 64);
  CHECK(half.values()[5 * 4] == 0x67);      // (5, 0) and (5, 1)
  CHECK(half.values()[5 * 4 + 3] == 0x43);  // (5, 6) and (5, 7)
  CHECK(half.values()[64 + 5 * 4] == 0x05);
  const auto masked = encode<panel<bitmap, 4>, int4<>>(weights(7));
  std::uint64_t mask = ~std::uint64_t{0};
  for (const int bit : {7 * 4 + 1, 6 * 4 + 2, 5 * 4 + 3, 15 * 4 + 1, 14 * 4 + 2, 13 * 4 + 3})
    mask ^= std::uint64_t{1} << bit;
  CHECK(masked.where().mask[0] == mask);
  CHECK(masked.values()[0] == 0x17);
  CHECK(masked.values()[1] == 0x32);
  CHECK(masked.values()[10] == 0x67);  // (5, 0) and (5, 1)
  CHECK(masked.values()[11] == 0x77);  // (5, 2), then (6, 0): (5, 3) is a zero
  CHECK(masked.values().size() == (masked.nnz() + 128 + 1) / 2);
}

TEST_CASE("packed by threads or by one, the bytes are the same", "[pack]") {
  check_pack<bitmap, int4<32>>();
  check_pack<bitmap, int4<16, f16, asymmetric>>();
  check_pack<nm<2, 4>, int4<32>>();
  check_pack<csr, int4<>>();
  check_pack<bsr<3, 16>, int4<16>>();
  check_pack<dense, int8<32>>();
  check_pack<bitmap, f8_e4m3>();
}
