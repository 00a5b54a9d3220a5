// SPDX-License-Identifier: BSL-1.0
// Summaries do not depend on how the tokens came, nor on tokens that were cut away.
#include <lacuna/kv/codec/int8.hpp>

#include "kv/summary_units.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

template <class Cache, class... S>
std::string summaries(const Cache& c, std::type_identity<std::tuple<S...>>) {
  std::string text;
  for (index_t h = 0; h < c.kv_heads(); ++h) ((text += test::bytes_of(c.template summary<S>(h))), ...);
  return text;
}
template <class Cache>
std::string summaries(const Cache& c) {
  return summaries(c, std::type_identity<typename Cache::summary_types>{});
}

const kv_options amounts{.kv_heads = 2,
                         .head_dim = 24,
                         .page = 32,
                         .max_bytes = 1 << 21,
                         .sequences = 3,
                         .window = 5,
                         .batch = 64};

/// The same tokens one by one, all at once, head by head, after a cut, and in a fork.
template <class Cache>
void check_order(index_t tokens, const Cache& like) {
  const auto make = [&] { return Cache(amounts, like.key(), like.value(), like.memory().kinds); };
  const auto k = test::random_matrix(tokens, 48, 1, 1), v = test::random_matrix(tokens, 48, 1, 2),
             other = test::random_matrix(90, 48, 1, 3);
  Cache one = make(), all = make(), heads = make(), cut = make(), base = make();
  for (index_t t = 0; t < tokens; ++t) one.append(k.view().block(t, 0, 1, 48), v.view().block(t, 0, 1, 48));
  all.append(k, v);
  for (index_t h : {1, 0})
    heads.append(h, k.view().block(0, 24 * h, tokens, 24), v.view().block(0, 24 * h, tokens, 24));
  const std::string need = summaries(one);
  CHECK(summaries(all) == need);
  CHECK(summaries(heads) == need);
  const index_t part = tokens / 3;
  const auto first = [&](Cache& c) {
    c.append(k.view().block(0, 0, part, 48), v.view().block(0, 0, part, 48));
  };
  const auto rest = [&](Cache& c) {
    c.append(k.view().block(part, 0, tokens - part, 48), v.view().block(part, 0, tokens - part, 48));
  };
  first(cut);
  const std::string before = summaries(cut);
  if constexpr (!Cache::tailed) {  // what was packed stays packed where there is a tail
    cut.append(other, other);
    cut.truncate(part);
    CHECK(summaries(cut) == before);
  }
  rest(cut);
  CHECK(summaries(cut) == need);
  first(base);
  {
    Cache fork = base.fork(), second = base.fork();
    fork.append(other, other);
    rest(second);
    CHECK(summaries(second) == need);
  }
  CHECK(summaries(base) == before);
  rest(base);
  CHECK(summaries(base) == need);
  for (index_t n = 0; n < base.memory().summary_count; ++n)
    CHECK(base.memory().summaries[n].tiles.free == one.memory().summaries[n].tiles.free);
  base.truncate(0);
  for (index_t n = 0; n < base.memory().summary_count; ++n)
    CHECK(base.memory().summaries[n].tiles.free == base.memory().summaries[n].tiles.slots);
}

TEST_CASE("summaries of tokens one by one, many at once, cut back and forked are the same " LACUNA_TEST_ISA,
          "[kv]") {
  LACUNA_REQUIRE_ISA();
  const kv_cache<bf16, bf16, summary::box> plain(amounts, summary::box{.unit = 8});
  const kv_cache<int8<per_row>, bf16, bf16, summary::box> tailed(amounts, summary::box{.unit = 8});
  const kv_cache<bf16, bf16, summary::mean, summary::channels, summary::landmarks, summary::mass> more(
      amounts, summary::mean{.unit = 12, .stride = 5},
      summary::channels{.count = 3, .list = {7, 1, 20, 2, 3, 4}}, summary::landmarks{.unit = 8},
      summary::mass{});
  const kv_cache<float, bf16, summary::basic_channels<int8<per_row>>, bf16, summary::mean, summary::mass>
      wide(amounts, summary::basic_channels<int8<per_row>>{.count = 20, .list = {}},
           summary::mean{.unit = 100, .stride = 40}, summary::mass{});
  for (const index_t n : {1, 31, 130, 300}) {
    check_order(n, plain);
    check_order(n, tailed);
    check_order(n, more);
    check_order(n, wide);
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
