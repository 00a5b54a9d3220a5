// SPDX-License-Identifier: BSL-1.0
// Cache files: whatever the bytes, they are refused with errc::data, argument or overflow, or hold a cache whose every row
// can be read, that decodes and whose file is these bytes.
#include <lacuna/attention/decode.hpp>
#include <lacuna/interop/cache_file.hpp>
#include <lacuna/kv/codec/all.hpp>
#include <lacuna/kv/summary/all.hpp>

#include "kv/model.hpp"
#include "support/fuzz.hpp"

using namespace lacuna;

namespace {

template <class K, class V, class... Extras>
std::string good() {
  kv_cache<K, V, Extras...> c(
      {.kv_heads = 2, .head_dim = 16, .page = 32, .max_bytes = 1 << 18, .window = 3, .batch = 32, .keep = 6});
  c.append(test::random_matrix(70, 32, 1, 1), test::random_matrix(70, 32, 1, 2));
  c.append(1, test::random_matrix(2, 16, 1, 3), test::random_matrix(2, 16, 1, 4));
  c.release(0, 0);
  return test::cache_file_of(c);
}

/// Every lane of every tile.
template <class Cache, class... S>
void read_units(const Cache& c, std::type_identity<std::tuple<S...>>) {
  const auto read = [&](const summary::view& s) {
    unsigned sum = 0;
    for (index_t t = 0; t < s.units.pages; ++t) {
      const auto tile = static_cast<std::uint32_t>(t);
      if (s.units.is_dead(tile)) continue;
      for (std::size_t b = 0; b < s.units.key_stride; ++b) sum += static_cast<unsigned>(s.units.key(tile)[b]);
      for (std::size_t b = 0; b < s.units.value_stride; ++b)
        sum += static_cast<unsigned>(s.units.value(tile)[b]);
    }
    test::require(sum < ~0u);
  };
  for (index_t h = 0; h < c.kv_heads(); ++h) (read(c.template summary<S>(h)), ...);
}

template <class Cache>
void read_all(const Cache& c) {
  float row[most_head_dim];
  const auto read = [&](const segment& s, const auto& key, const auto& value) {
    for (index_t p = 0; p < s.pages; ++p)
      for (int t = 0; t < s.shape.page; ++t) {
        const auto page = static_cast<std::uint32_t>(p);
        if (s.is_dead(page)) continue;
        key.get(simd::best{}, s.key(page), t, row, s.shape);
        value.get(simd::best{}, s.value(page), t, row, s.shape);
      }
  };
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    read(c.body(h), c.key(), c.value());
    if constexpr (has_tail<Cache>) read(c.tail(h), c.tail_key(), c.tail_value());
  }
  read_units(c, std::type_identity<typename Cache::summary_types>{});
  const matrix<float> q(c.kv_heads(), c.shape().head_dim);
  matrix<float> out(q.rows(), q.cols());
  decode(q, c, out);
}

template <class K, class V, class... Extras>
void run(test::fuzz_source& in, std::uint8_t choice) {
  static const std::string start = good<K, V, Extras...>();
  std::string file = start;
  test::patch_file(in, file,
                   [&](std::uint8_t where) {  // the header, the numbers of the first arrays, anything
                     const std::size_t table = 192 + 32 * 7;
                     return where < 64    ? static_cast<std::size_t>(where)
                            : where < 224 ? table + static_cast<std::size_t>(where - 64) * 2
                                          : static_cast<std::size_t>(where - 224) * 256u + in.byte();
                   });
  if (choice & 64) test::sum_arrays(file);
  if (choice & 32) test::sum_header(file);
  const auto bytes = test::aligned_bytes(file);
  test::accepted([&] {
    const mapped_cache<K, V, Extras...> m(bytes);
    read_all(m);
    kv_options o = m.options({.max_bytes = 1 << 20});
    kv_cache<K, V, Extras...> c(o, m.key(), m.value(), m.kinds());
    detail::fill_cache(c, m);
    test::require(test::cache_file_of(c) == file);  // one cache has one file
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  const std::uint8_t choice = in.byte();
  switch (choice % 8) {
    case 0:
      return run<bf16, float>(in, choice), 0;
    case 1:
      return run<int8<per_row>, int4<32>>(in, choice), 0;
    case 2:
      return run<channelwise<int4<32>>, f16>(in, choice), 0;
    case 3:
      return run<pruned<bf16>, pruned<int8<per_row>>>(in, choice), 0;
    case 4:
      return run<pruned<int8<per_row>>, pruned<bf16, nm<2, 4>>>(in, choice), 0;
    case 5:
      return run<bf16, float, summary::box, summary::channels, summary::mass>(in, choice), 0;
    case 6:
      return run<int8<per_row>, bf16, summary::mean, bf16, summary::landmarks>(in, choice), 0;
    default:
      return run<int4<32, bf16, asymmetric>, int4<32>, bf16>(in, choice), 0;
  }
}
