#pragma once
// SPDX-License-Identifier: BSL-1.0
// A cache of one sequence in plain vectors: what decode asks of a source and no more. Slots of a head lie apart and out
// of order, as a store that is in use leaves them.
#include <cstddef>
#include <cstdint>
#include <lacuna/kv/source.hpp>
#include <vector>

#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Pages of every head, in one pair of codecs.
template <key_codec K, value_codec V>
class pages {
 public:
  K key;
  V value;
  kv_shape shape;

  pages(kv_shape z, index_t heads, K k = {}, V v = {})
      : key(k), value(v), shape(z), heads_(std::size_t(heads)) {}

  /// tokens x head_dim rows of head h, from token 0.
  void fill(index_t h, const matrix<float>& k, const matrix<float>& v) {
    head& to = heads_[std::size_t(h)];
    const std::size_t kb = key_bytes(key, shape), vb = value_bytes(value, shape);
    const index_t n = k.rows(), count = (n + shape.page - 1) / shape.page;
    to.tokens = n;
    to.slots.clear();
    for (index_t i = 0; i < count; ++i) to.slots.push_back(std::uint32_t((i * 2 + 1) % (count * 2 + 1)));
    const auto planes = std::size_t(2 * count + 1);
    to.keys.assign(planes * kb + plane_slack, std::byte{0});
    to.values.assign(planes * vb + plane_slack, std::byte{0});
    for (index_t i = 0; i < count; ++i) {
      write(key, to.keys.data() + to.slots[std::size_t(i)] * kb, k, i);
      write(value, to.values.data() + to.slots[std::size_t(i)] * vb, v, i);
    }
  }
  void release(index_t h, index_t page) { heads_[std::size_t(h)].slots[std::size_t(page)] = dead; }

  index_t kv_heads() const { return index_t(heads_.size()); }
  segment body(index_t h) const {
    const head& s = heads_[std::size_t(h)];
    return {s.keys.data(),
            s.values.data(),
            key_bytes(key, shape),
            value_bytes(value, shape),
            s.slots.data(),
            index_t(s.slots.size()),
            s.tokens,
            shape};
  }
  /// Row t of head h as it is stored.
  template <class Codec>
  std::vector<float> row(const Codec& codec, const std::byte* section, index_t t) const {
    std::vector<float> r(std::size_t(shape.width()));
    codec.get(simd::best{}, section, int(t % shape.page), r.data(), shape);
    return r;
  }
  std::vector<float> key_row(index_t h, index_t t) const {
    return row(key, body(h).key(std::uint32_t(t / shape.page)), t);
  }
  std::vector<float> value_row(index_t h, index_t t) const {
    return row(value, body(h).value(std::uint32_t(t / shape.page)), t);
  }

 private:
  struct head {
    std::vector<std::byte> keys, values;
    std::vector<std::uint32_t> slots;
    index_t tokens = 0;
  };
  /// Page i of rows, zeros past the last.
  template <class Codec>
  void write(const Codec& codec, std::byte* section, const matrix<float>& rows, index_t i) const {
    std::vector<float> all(std::size_t(shape.page * shape.width()));
    for (index_t t = 0; t < shape.page && i * shape.page + t < rows.rows(); ++t)
      for (index_t d = 0; d < rows.cols(); ++d)
        all[std::size_t(t * shape.width() + d)] = rows(i * shape.page + t, d);
    if constexpr (in_place<Codec>) {
      for (int t = 0; t < shape.page; ++t)
        codec.put(simd::best{}, section, t, all.data() + t * shape.width(), shape);
    } else {
      codec.encode(simd::best{}, section, all.data(), shape);
    }
  }
  std::vector<head> heads_;
};

/// A source without a tail, or with one in plain pages of T.
template <key_codec K, value_codec V>
class source {
 public:
  pages<K, V> all;
  source(kv_shape z, index_t heads, K k = {}, V v = {}) : all(z, heads, k, v) {}
  index_t kv_heads() const { return all.kv_heads(); }
  kv_shape shape() const { return all.shape; }
  const K& key() const { return all.key; }
  const V& value() const { return all.value; }
  segment body(index_t h) const { return all.body(h); }
};
template <key_codec K, value_codec V, class T = bf16>
class tailed_source : public source<K, V> {
 public:
  pages<key_codec_of<T>, value_codec_of<T>> recent;
  tailed_source(kv_shape z, index_t heads, K k = {}, V v = {})
      : source<K, V>(z, heads, k, v), recent(z, heads) {}
  const key_codec_of<T>& tail_key() const { return recent.key; }
  const value_codec_of<T>& tail_value() const { return recent.value; }
  segment tail(index_t h) const { return recent.body(h); }
};

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
