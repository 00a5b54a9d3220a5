// SPDX-License-Identifier: BSL-1.0
// Masks against a model of one bool for each position: rows, covers, the algebra, and the tiles they become.
#include "attention/any_mask.hpp"

#include "support/catch.hpp"
#include "support/refusal.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using mask::cover;
using test::any_mask, test::modelled;
using mask::operator&, mask::operator|, mask::operator~;

/// What the model says of a tile.
cover true_cover(const test::model& m, const mask::tile& t) {
  index_t seen = 0;
  for (index_t q = t.q0; q < t.q1; ++q)
    for (index_t k = t.k0; k < t.k1; ++k) seen += m(q, k);
  return seen == 0 ? cover::absent : seen == (t.q1 - t.q0) * (t.k1 - t.k0) ? cover::full : cover::partial;
}

/// The first thing that is wrong with a mask over positions [q0, q1) x [0, size), "" if nothing is.
std::string fault(const modelled& m, index_t q0, index_t q1, index_t size, test::random_source& random) {
  for (index_t q = q0; q < q1; ++q)
    for (index_t k0 = 0; k0 < size; k0 += 1 + random.below(97)) {
      const std::uint64_t row = m.mask.row(q, k0);
      for (index_t b = 0; b < 64 && k0 + b < size; ++b)
        if (((row >> b & 1) != 0) != m.want(q, k0 + b))
          return "row " + count_text(q) + " key " + count_text(k0 + b);
    }
  for (int i = 0; i < 60; ++i) {
    mask::tile t{q0 + random.below(q1 - q0), 0, random.below(size), 0};
    t.q1 = t.q0 + 1 + random.below(std::min<index_t>(70, q1 - t.q0));
    t.k1 = t.k0 + 1 + random.below(std::min<index_t>(70, size - t.k0));
    const cover got = m.mask.covers(t), want = true_cover(m.want, t);
    if (got != want && (m.exact || got != cover::partial))
      return "tile " + shape_text(t.q0, t.q1) + ", " + shape_text(t.k0, t.k1);
  }
  return {};
}

TEST_CASE("masks and their algebra are what a bool for each position says " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    test::random_source random(seed);
    const index_t size = 130 + random.below(90);
    const test::mask_lists lists(seed, size);
    const modelled m = test::random_mask(random, lists, size, static_cast<int>(seed % 4));
    CAPTURE(m.name);
    CHECK(fault(m, seed % 3 == 0 ? -40 : 0, size, size, random) == "");
  }
}

TEST_CASE("compiled tiles are the mask's, both ways round " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    test::random_source random(1000 + seed);
    const index_t nq = random.below(200), nk = random.below(300), offset = random.below(120) - 30;
    const mask::tile_size size{1 + random.below(70), 1 + random.below(64)};
    const test::mask_lists lists(seed, 400);
    const modelled m = test::random_mask(random, lists, 300, 2);
    CAPTURE(m.name, nq, nk, offset, size.queries, size.keys);
    const mask::compiled c = mask::compile(m.mask, nq, nk, size, offset), t = c.transposed();
    REQUIRE(c.lines() == (nq + size.queries - 1) / size.queries);
    REQUIRE(t.lines() == (nk + size.keys - 1) / size.keys);
    index_t found = 0;
    for (index_t z = 0; z < c.lines(); ++z)
      for (index_t k = 0; k < c.columns(); ++k) {
        const auto in = [](const mask::compiled& lists_of, index_t line, index_t column) {
          const auto v = lists_of.view();
          const auto* const at = std::find(v.idx + v.first(line), v.idx + v.last(line), column);
          return at == v.idx + v.last(line) ? cover::absent : v.kind[at - v.idx];
        };
        const mask::tile whole{z * size.queries + offset, std::min(nq, (z + 1) * size.queries) + offset,
                               k * size.keys, std::min(nk, (k + 1) * size.keys)};
        const cover got = in(c, z, k), want = true_cover(m.want, whole);
        REQUIRE(in(t, k, z) == got);
        const bool cut = (k + 1) * size.keys > nk;
        REQUIRE((got == cover::partial || (got == want && !(cut && got == cover::full))));
        if (m.exact) REQUIRE((got == want || (cut && want == cover::full)));
        found += got != cover::absent;
      }
    CHECK(found == c.tiles());
    for (index_t z = 0; z < c.lines(); ++z)
      CHECK(std::is_sorted(c.idx.data() + c.ptr[z], c.idx.data() + c.ptr[z + 1]));
  }
}

TEST_CASE("heads have masks of their own " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto kinds = mask::per_head{[](index_t h) {
    return mask::one_of{h % 2 == 0, mask::window{8} | mask::sinks{2}, mask::every{}};
  }};
  const auto all = mask::causal{} & (kinds | mask::stride{4, 16, 0, 1}) & ~mask::sinks{1};
  static_assert(mask::by_head<decltype(all)> && !mask::uniform<decltype(all)>);
  static_assert(mask::uniform<decltype(mask::causal{} & ~mask::sinks{1})>);
  for (index_t h = 0; h < 5; ++h) {
    const any_mask m = mask::of_head(all, h);
    for (index_t q = 0; q < 200; ++q)
      for (index_t k = 0; k < 200; ++k) {
        const bool kept = h % 2 == 1 || q - k < 8 || k < 2 || (k / 16 + h) % 4 == 0;
        REQUIRE(test::sees(m, q, k) == (k <= q && kept && k >= 1));
      }
  }
}

TEST_CASE("lists of blocks from outside are looked at " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  using list = std::vector<std::int32_t>;
  const auto verdict = [](const list& ptr, const list& idx, index_t R = 64) {
    return test::refusal([&] { mask::validate(mask::block_csr{ptr, idx, R, 64}); });
  };
  const std::string rule =
      "data: block_csr: need R, C >= 1, ptr ascending from 0 to the number of blocks, and "
      "columns >= 0 ascending in a row; got ";
  CHECK(verdict({0, 2, 2, 3}, {0, 5, 1}) == "nothing");
  CHECK(verdict({0}, {}) == "nothing");
  CHECK(verdict({}, {}) == rule + "ptr that does not span 0 blocks");
  CHECK(verdict({0, 2}, {0, 5, 1}) == rule + "ptr that does not span 3 blocks");
  CHECK(verdict({0, 3, 2, 3}, {0, 5, 7}) == rule + "ptr that descends after row 1");
  CHECK(verdict({0, 2, 3}, {5, 5, 1}) == rule + "others in row 0");
  CHECK(verdict({0, 1}, {-1}) == rule + "others in row 0");
  CHECK(verdict({0, 1}, {1}, 0) == rule + "blocks of 0x64");
  CHECK(test::refusal([] { mask::compile(mask::every{}, -1, 5); }) ==
        "argument: compile: need sizes >= 0 and tiles of at least one query and key; got -1x5 in tiles of "
        "64x64");
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
