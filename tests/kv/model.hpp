#pragma once
// SPDX-License-Identifier: BSL-1.0
// A plain model of a cache: a list of rows for each head, as they are stored, and who shares which page. It uses the codecs
// on sections of its own and knows nothing of slots.
#include <lacuna/interop/cache_file.hpp>
#include <lacuna/kv/cache.hpp>
#include <lacuna/kv/codec/all.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "support/generators.hpp"
#include "support/matrix_files.hpp"
#include "support/refusal.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// What `save` writes.
template <class K, class V, class... Extras>
std::string cache_file_of(const kv_cache<K, V, Extras...>& c) {
  text_sink out;
  detail::write_cache(out, c);
  return out.text;
}

/// All that a call may change: tables, pages, tails, lengths.
template <class Store>
std::string bits_of_memory(const Store& m) {
  std::string s;
  const auto add = [&](const auto& b) { s.append(reinterpret_cast<const char*>(b.data()), b.bytes()); };
  add(m.table), add(m.tail_table), add(m.heads), add(m.used), add(m.pages.refs), add(m.pages.run_free);
  for (index_t slot = 0; slot < m.pages.slots; ++slot)
    if (m.pages.refs[slot] > 0) {
      s.append(reinterpret_cast<const char*>(m.pages.planes.key(slot)), m.pages.planes.key_bytes);
      s.append(reinterpret_cast<const char*>(m.pages.planes.value(slot)), m.pages.planes.value_bytes);
    }
  add(m.tails.keys), add(m.tails.values), add(m.selections.refs), add(m.selections.all);
  for (index_t n = 0; n < m.summary_count; ++n) {
    const summary_memory& u = m.summaries[n];
    add(u.table), add(u.open), add(u.tiles.refs), add(u.tiles.run_free);
    for (index_t slot = 0; slot < u.tiles.slots; ++slot)
      if (u.tiles.refs[slot] > 0) {
        s.append(reinterpret_cast<const char*>(u.tiles.planes.key(slot)), u.tiles.planes.key_bytes);
        s.append(reinterpret_cast<const char*>(u.tiles.planes.value(slot)), u.tiles.planes.value_bytes);
      }
    s += count_text(u.tiles.free) + " ";
  }
  return s + count_text(m.pages.free);
}

using row = std::vector<float>;

/// Rows through a codec: what comes back when a page of them is written, zeros after the last.
template <class C>
std::vector<row> as_stored(const C& codec, std::size_t bytes, std::vector<row> rows, kv_shape z) {
  std::vector<std::byte> section(bytes + plane_slack);
  std::vector<float> all(static_cast<std::size_t>(z.page * z.width()));
  for (std::size_t t = 0; t < rows.size(); ++t)
    std::copy(rows[t].begin(), rows[t].end(), all.begin() + static_cast<std::ptrdiff_t>(t) * z.width());
  if constexpr (by_page<C>)
    codec.encode(simd::best{}, section.data(), all.data(), z);
  else
    for (int t = 0; t < static_cast<int>(rows.size()); ++t)
      codec.put(simd::best{}, section.data(), t, all.data() + t * z.width(), z);
  for (std::size_t t = 0; t < rows.size(); ++t) {
    rows[t].assign(static_cast<std::size_t>(z.width()), 0);
    codec.get(simd::best{}, section.data(), static_cast<int>(t), rows[t].data(), z);
  }
  return rows;
}

template <class Cache>
class model {
 public:
  struct head {
    std::vector<row> k, v;                    // as stored
    std::vector<std::shared_ptr<int>> pages;  // of the packed tokens; null: a hole
    std::size_t packed = 0;
  };
  using sequence = std::vector<head>;

  explicit model(const Cache& c) : z(c.shape()), o(c.options()), key(c.key()), value(c.value()) {}

  std::size_t P() const { return static_cast<std::size_t>(z.page); }
  sequence fresh() const { return sequence(static_cast<std::size_t>(o.kv_heads)); }

  /// Pages that are taken when n tokens come to a head.
  index_t need(const head& h, std::size_t n) const {
    if constexpr (Cache::tailed) {
      const auto full = static_cast<std::size_t>(o.window + o.batch),
                 batch = static_cast<std::size_t>(o.batch);
      index_t pages = 0;
      for (std::size_t tail = h.k.size() - h.packed + n; tail >= full; tail -= batch)
        pages += static_cast<index_t>(batch / P());
      return pages;
    } else {
      const std::size_t before = (h.k.size() + P() - 1) / P(), after = (h.k.size() + n + P() - 1) / P();
      const bool copies = n > 0 && h.k.size() % P() != 0 && h.pages.back().use_count() > 1;
      return static_cast<index_t>(after - before) + (copies ? 1 : 0);
    }
  }
  void push(head& h, row k, row v) const {
    k.resize(static_cast<std::size_t>(z.width()));
    v.resize(static_cast<std::size_t>(z.width()));
    if constexpr (Cache::tailed) {
      typename Cache::tails::key tk;
      typename Cache::tails::value tv;
      h.k.push_back(as_stored(tk, key_bytes(tk, z), {k}, z)[0]);
      h.v.push_back(as_stored(tv, value_bytes(tv, z), {v}, z)[0]);
      if (h.k.size() - h.packed == static_cast<std::size_t>(o.window + o.batch))
        for (index_t p = 0; p < o.batch / o.page; ++p) pack(h);
    } else {
      h.k.push_back(as_stored(key, key_bytes(key, z), {k}, z)[0]);
      h.v.push_back(as_stored(value, value_bytes(value, z), {v}, z)[0]);
      if (h.packed % P() == 0)
        h.pages.push_back(std::make_shared<int>());
      else if (h.pages.back().use_count() > 1)
        h.pages.back() = std::make_shared<int>();
      h.packed = h.k.size();
    }
  }
  /// False when it cuts inside a hole; changes nothing then.
  bool can_cut(const head& h, std::size_t n) const {
    return n >= h.packed || n % P() == 0 || h.pages[n / P()] != nullptr;
  }
  void cut(head& h, std::size_t n) const {
    if (n >= h.k.size()) return;
    if (n >= h.packed) {
      h.k.resize(n), h.v.resize(n);
    } else if constexpr (Cache::tailed) {
      std::vector<row> k(h.k.begin() + static_cast<std::ptrdiff_t>(n / P() * P()),
                         h.k.begin() + static_cast<std::ptrdiff_t>(n));
      std::vector<row> v(h.v.begin() + static_cast<std::ptrdiff_t>(n / P() * P()),
                         h.v.begin() + static_cast<std::ptrdiff_t>(n));
      h.packed = n / P() * P();
      h.pages.resize(n / P());
      h.k.resize(h.packed), h.v.resize(h.packed);
      for (std::size_t t = 0; t < k.size(); ++t) push(h, k[t], v[t]);
    } else {
      h.k.resize(n), h.v.resize(n);
      h.pages.resize((n + P() - 1) / P());
      if (n % P() != 0 && h.pages.back().use_count() > 1) h.pages.back() = std::make_shared<int>();
      h.packed = n;
    }
  }

  kv_shape z;
  kv_options o;
  typename Cache::key_type key;
  typename Cache::value_type value;

 private:
  void pack(head& h) const {
    const auto page = [&](std::vector<row>& rows, const auto& codec, std::size_t bytes) {
      const auto first = rows.begin() + static_cast<std::ptrdiff_t>(h.packed);
      const auto stored = as_stored(codec, bytes, std::vector<row>(first, first + z.page), z);
      std::copy(stored.begin(), stored.end(), first);
    };
    page(h.k, key, key_bytes(key, z));
    page(h.v, value, value_bytes(value, z));
    h.pages.push_back(std::make_shared<int>());
    h.packed += P();
  }
};

/// What differs first between a head of the cache and of the model, "" if nothing does.
template <class Cache>
std::string head_difference(const Cache& c, index_t h, const typename model<Cache>::head& need) {
  if (c.tokens(h) != static_cast<index_t>(need.k.size())) return "length";
  if (c.body(h).tokens != static_cast<index_t>(need.packed)) return "packed";
  row k(static_cast<std::size_t>(c.shape().width())), v = k;
  for (std::size_t t = 0; t < need.k.size(); ++t) {
    const std::size_t page = t / static_cast<std::size_t>(c.shape().page);
    const bool hole = t < need.packed && need.pages[page] == nullptr;
    if (c.get(h, static_cast<index_t>(t), k.data(), v.data()) == hole) return "hole at " + std::to_string(t);
    if (!hole && (std::memcmp(k.data(), need.k[t].data(), k.size() * 4) != 0 ||
                  std::memcmp(v.data(), need.v[t].data(), v.size() * 4) != 0))
      return "row " + std::to_string(t) + " of head " + std::to_string(h);
  }
  return "";
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
