// SPDX-License-Identifier: BSL-1.0
// Summaries in cache files: what is saved comes back, in place and owned; damage, other kinds and impossible tiles are refused.
#include <lacuna/interop/cache_file.hpp>
#include <lacuna/kv/summary/all.hpp>

#include "kv/model.hpp"
#include "kv/summary_units.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace lacuna;

namespace {

const kv_options small{
    .kv_heads = 2, .head_dim = 16, .page = 16, .max_bytes = 1 << 19, .window = 4, .batch = 16};
using boxes = kv_cache<bf16, bf16, summary::box, summary::channels>;
using mapped_boxes = mapped_cache<bf16, bf16, summary::box, summary::channels>;
using observed = kv_cache<bf16, bf16, summary::mean, bf16, summary::mass, summary::landmarks>;
using mapped_observed = mapped_cache<bf16, bf16, bf16, summary::mean, summary::mass, summary::landmarks>;

template <class Cache>
Cache filled(Cache c) {
  const auto k = test::random_matrix(150, 32, 1, 1), v = test::random_matrix(150, 32, 1, 2);
  c.append(k, v);
  c.append(1, k.view().block(0, 0, 7, 16), v.view().block(0, 0, 7, 16));
  for (index_t p : {0, 1, 2, 3, 6}) c.release(1, p);  // 0 .. 3: all tokens of a tile of 16 units of 4
  return c;
}
boxes with_boxes() {
  return filled(boxes(small, summary::box{.unit = 4}, summary::channels{.count = 2, .list = {3, 1, 15, 0}}));
}
observed with_numbers() {
  auto c = filled(observed(small, summary::mean{.unit = 8, .stride = 4}, summary::mass{.decay = 0.5f},
                           summary::landmarks{}));
  const std::vector<float> x(150, 3);
  c.observe<summary::mass>(0, 0, x);
  return c;
}
template <class Mapped>
std::string opened(const std::string& file, file_check how = file_check::all) {
  const auto bytes = test::aligned_bytes(file);
  return test::refusal([&] { Mapped(bytes, {.check = how}, "c"); });
}
template <class U>
std::string with(std::string file, std::size_t n, std::size_t at, U value) {
  test::patch(file, test::word_at(file, 192 + 32 * n + 16) + at, value);
  test::sum_arrays(file);
  test::sum_header(file);
  return file;
}

}  // namespace

TEST_CASE("summaries of a saved cache are read in place and loaded", "[interop]") {
  const auto check = [](const auto& c, const auto& m, auto&& fresh) {
    for (index_t h = 0; h < 2; ++h) CHECK(test::summaries_of(m, h) == test::summaries_of(c, h));
    detail::fill_cache(fresh, m);
    CHECK(test::cache_file_of(fresh) == test::cache_file_of(c));
    return std::move(fresh);
  };
  {
    auto c = with_boxes();
    const auto bytes = test::aligned_bytes(test::cache_file_of(c));
    const mapped_boxes m(bytes);
    CHECK(m.kind<summary::box>().unit == 4);
    CHECK(m.kind<summary::channels>().list == std::vector<std::int32_t>{3, 1, 15, 0});
    CHECK(m.summary<summary::box>(1).units.is_dead(0));
    auto again = check(c, m, boxes(small, {}, {}, m.kinds()));
    const auto more = test::random_matrix(33, 32, 1, 5);
    c.append(more, more), again.append(more, more);
    CHECK(test::cache_file_of(again) == test::cache_file_of(c));
  }
  const test::temporary_file file;
  auto c = with_numbers();
  save(file.path(), c);
  const mapped_observed m(file.path());
  CHECK(summary::number_of(m.summary<summary::mass>(0), 149) == 3);
  check(c, m, observed(small, {}, {}, m.kinds()));
  auto again =
      load_cache<bf16, bf16, summary::mean, bf16, summary::mass, summary::landmarks>(file.path(), small);
  CHECK(again.kind<summary::mass>().decay == 0.5f);
  const auto more = test::random_matrix(33, 32, 1, 5);
  c.append(more, more), again.append(more, more);
  CHECK(test::cache_file_of(again) == test::cache_file_of(c));
}

TEST_CASE("every cut and every flipped bit of a saved cache with summaries is seen", "[interop]") {
  kv_cache<bf16, bf16, summary::box> c({.kv_heads = 1, .head_dim = 16, .page = 16, .max_bytes = 1 << 16});
  const auto k = test::random_matrix(2, 16, 1, 1);
  c.append(k, k);
  const auto refused = [](const std::string& bad) {
    return opened<mapped_cache<bf16, bf16, summary::box>>(bad) != "nothing";
  };
  CHECK(test::unseen_damage(test::cache_file_of(c), refused) == "");
}

TEST_CASE("a cache file with other summaries is refused, and so are numbers that none has", "[interop]") {
  const std::string b = test::cache_file_of(with_boxes()), n = test::cache_file_of(with_numbers());
  CHECK(opened<mapped_boxes>(b) == "nothing");
  CHECK(opened<mapped_observed>(n) == "nothing");
  CHECK(opened<mapped_cache<bf16>>(b) ==
        "argument: matrix_file: need pattern kv_cache; got kv_cache<box,channels> in c");
  CHECK(opened<mapped_cache<bf16, bf16, summary::box>>(b) ==
        "argument: matrix_file: need pattern kv_cache<box>; got kv_cache<box,channels> in c");
  CHECK(opened<mapped_boxes>(n) ==
        "argument: matrix_file: need pattern kv_cache<box,channels>; got kv_cache<bf16,mean,mass,landmarks> "
        "in c");
  using small_labels = mapped_cache<bf16, bf16, summary::box, summary::basic_channels<float>>;
  CHECK(opened<small_labels>(b) ==
        "argument: matrix_file: need pattern kv_cache<box,channels<float>>; got kv_cache<box,channels> in c");
  using i64 = std::uint64_t;
  const auto need = [](const std::string& rule, const std::string& got) {
    return "data: cache_file: need " + rule + "; got " + got + " in c";
  };
  // 5 amounts, 6 tiles, 7 and 8 planes of the box; 9 .. 12 of the channels
  CHECK(opened<mapped_boxes>(with(b, 5, 0, i64{0})) ==
        "argument: summary: need 1 <= stride <= unit <= 1024; got unit 0, stride 0");
  CHECK(opened<mapped_boxes>(with(b, 5, 0, ~i64{0} >> 1)) == need("the amounts of a summary box", "others"));
  CHECK(opened<mapped_boxes>(with(b, 5, 0, i64{8})) == need("4 <= tiles of a summary <= 4", "6"));
  CHECK(opened<mapped_boxes>(with(b, 6, 4, std::uint32_t{7})) == need("tile 1", "7"));
  CHECK(opened<mapped_boxes>(with(b, 6, 12, std::uint32_t{3})) ==
        need("a hole for a tile without tokens", "3"));
  CHECK(opened<mapped_boxes>(with(b, 9, 0, i64{17})).substr(0, 40) ==
        "argument: summary: need 1 <= channels of");
  CHECK(opened<mapped_boxes>(with(b, 9, 8, i64{16})) == "argument: summary: need 0 <= channel < 16; got 16");
  // 150 tokens, 38 units of 4: lane 6 of tile 2 is the first that must be zero
  const std::size_t lane = 2 * 512 + 6 * 4;
  CHECK(opened<mapped_boxes>(with(b, 7, lane, std::uint16_t{1})) ==
        need("zeros after the last unit of a summary", "another number"));
  CHECK(opened<mapped_boxes>(with(b, 7, lane - 4, std::uint16_t{1})) == "nothing");
  CHECK(opened<mapped_boxes>(with(b, 7, lane, std::uint16_t{1}), file_check::header) == "nothing");
  CHECK(opened<mapped_boxes>(with(b, 8, 5 * 512, std::uint8_t{1})) ==
        need("zeros after the values of a summary", "another byte"));
}

TEST_CASE("a projection comes back with the weights that it had, not with others", "[interop]") {
  std::vector<float> w(2 * 16 * 16, 0.25f);
  const summary::projection kind{.unit = 2, .stride = 1, .weights = w};
  const auto c = filled(kv_cache<bf16, bf16, summary::projection>(small, kind));
  const auto bytes = test::aligned_bytes(test::cache_file_of(c));
  using mapped = mapped_cache<bf16, bf16, summary::projection>;
  const mapped m(bytes, {}, "c", {kind});
  CHECK(test::summaries_of(m, 0) == test::summaries_of(c, 0));
  w[3] = 0;
  CHECK(test::refusal([&] { mapped(bytes, {}, "c", {kind}); }) ==
        "data: cache_file: need the amounts of a summary projection; got others in c");
}
