#pragma once
// SPDX-License-Identifier: BSL-1.0
// A cache file is opened where it lies, written, and moved into a new cache. interop/cache_file_arrays.hpp has the layout.
#include <lacuna/interop/cache_file_summaries.hpp>

namespace lacuna {
namespace detail {

/// Words as kv_cache takes them.
template <class K, class V, class... Extras>
struct cache_words {
  using cache = kv_cache<K, V, Extras...>;
  LACUNA_INLINE static std::string pattern() {
    std::string parts;
    if constexpr (cache::tailed) parts = kv_word_name<typename cache::tail_type>::text();
    std::apply([&]<class... S>(
                   const S&...) { ((parts += (parts.empty() ? "" : ",") + summary_name<S>::text()), ...); },
               typename cache::summary_types{});
    return parts.empty() ? "kv_cache" : "kv_cache<" + parts + ">";
  }
  LACUNA_INLINE static std::string codec() { return kv_word_name<K>::text() + "/" + kv_word_name<V>::text(); }
};

/// A checked file: where everything lies in it.
struct cache_view {
  saved_cache sizes;
  const std::int64_t* heads = nullptr;
  const std::uint32_t* slots = nullptr;
  const std::byte* planes[4] = {};
  std::size_t tail_bytes[2] = {};
  std::vector<saved_units> units;  // of each summary
};

inline namespace LACUNA_ARCH {

/// "need ...; got ..." for the first way in which the file does not hold such a cache, or empty.
template <class Words>
std::string cache_mismatch(const matrix_file_info& h) {
  cache_arrays none;
  none.summaries.resize(Words::cache::store::kinds_count);
  return type_mismatch(h, Words::pattern(), Words::codec(), list_cache_arrays(none, Words::cache::tailed));
}

template <class C>
void check_pages(const C& codec, const std::byte* plane, index_t sections, std::size_t bytes, kv_shape z,
                 const std::string& name) {
  if constexpr (requires {
                  { codec.intact(plane, z) } -> std::convertible_to<bool>;
                })
    for (index_t s = 0; s < sections; ++s)
      if (!codec.intact(plane + s * static_cast<index_t>(bytes), z))
        refuse_cache(name, "pages that their codec can read", "another at " + count_text(s));
}

/// The last lanes of every head, in the body and the tail.
template <class Cache>
void check_ends(const Cache& c, const std::string& name) {
  const auto end = [&](const segment& s, const auto& key, const auto& value) {
    const index_t lanes = s.tokens % s.shape.page;
    if (lanes == 0) return;
    const auto page = static_cast<std::uint32_t>(s.tokens / s.shape.page);
    check_lanes(key, s.key(page), lanes, s.shape, name);
    check_lanes(value, s.value(page), lanes, s.shape, name);
  };
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    end(c.body(h), c.key(), c.value());
    if constexpr (has_tail<Cache>) end(c.tail(h), c.tail_key(), c.tail_value());
  }
}

template <class Words>
cache_view open_cache(array_view<const std::byte> file, file_check check, const std::string& name,
                      typename Words::cache::key_type& key, typename Words::cache::value_type& value,
                      typename Words::cache::summary_types& kinds) {
  using cache = typename Words::cache;
  static_assert(little_endian<cache>, "lacuna: cache files need a little-endian machine");
  const matrix_file_info h = open_header(file, check, name, cache_mismatch<Words>);
  const auto array = [&]<class T>(std::size_t n, T) {
    return array_view<const T>{reinterpret_cast<const T*>(file.data() + h.arrays[n].offset),
                               h.arrays[n].length};
  };
  cache_view v;
  check_within(name, "sizes", h.arrays[0].length, saved_cache::numbers, saved_cache::numbers);
  std::memcpy(&v.sizes, file.data() + h.arrays[0].offset, sizeof v.sizes);
  const auto heads = array(1, std::int64_t{});
  const auto slots = array(2, std::uint32_t{});
  check_sizes(v.sizes, cache::tailed, name);
  const kv_shape z = v.sizes.shape();
  const auto keep = [&](auto& codec, index_t kept) {
    check_within(name, "values that are kept", kept, 0, z.head_dim);
    if constexpr (requires { codec.keep = 0; })
      codec.keep = static_cast<decltype(codec.keep)>(kept);
    else
      check_within(name, "values that are kept, of this codec", kept, 0, 0);
  };
  keep(key, v.sizes.key_keep);
  keep(value, v.sizes.value_keep);
  const auto amount = [&](const auto& codec) {
    if constexpr (requires { codec.check(z); }) codec.check(z);
  };
  amount(key);
  amount(value);
  const auto kb = static_cast<index_t>(key_bytes(key, z)), vb = static_cast<index_t>(value_bytes(value, z));
  check_within(name, "bytes of a key section", v.sizes.key_bytes, kb, kb);
  check_within(name, "bytes of a value section", v.sizes.value_bytes, vb, vb);
  const saved_pages n = check_heads(v.sizes, heads, slots, cache::tailed, name);
  if (h.rows != v.sizes.kv_heads || h.cols != v.sizes.head_dim || h.nnz != n.tokens)
    refuse_cache(name, "the sizes of its header", shape_text(v.sizes.kv_heads, v.sizes.head_dim));
  index_t bytes[4] = {kb, vb, 0, 0};
  if constexpr (cache::tailed) {
    bytes[2] = static_cast<index_t>(key_bytes(typename cache::tails::key{}, z));
    bytes[3] = static_cast<index_t>(value_bytes(typename cache::tails::value{}, z));
  }
  constexpr const char* what[4] = {"key sections", "value sections", "tail keys", "tail values"};
  for (std::size_t p = 0; p < (cache::tailed ? 4 : 2); ++p) {
    const auto plane = array(3 + p, std::byte{});
    check_plane(what[p], plane, p < 2 ? n.body : n.tail, bytes[p], name);
    v.planes[p] = plane.data();
  }
  v.heads = heads.data(), v.slots = slots.data();
  v.tail_bytes[0] = static_cast<std::size_t>(bytes[2]), v.tail_bytes[1] = static_cast<std::size_t>(bytes[3]);
  if (check == file_check::all) {
    check_pages(key, v.planes[0], n.body, static_cast<std::size_t>(kb), z, name);
    check_pages(value, v.planes[1], n.body, static_cast<std::size_t>(vb), z, name);
  }
  std::size_t next = cache::tailed ? 7 : 5;
  std::apply(
      [&](auto&... kind) {
        (v.units.push_back(open_units(kind, v.sizes, v.heads, v.slots,
                                      {array(next++, std::int64_t{}), array(next++, std::uint32_t{}),
                                       array(next++, std::byte{}), array(next++, std::byte{})},
                                      check, name)),
         ...);
      },
      kinds);
  return v;
}

template <class Out, class K, class V, class... Extras>
void write_cache(Out& out, const kv_cache<K, V, Extras...>& c) {
  using words = cache_words<K, V, Extras...>;
  const cache_arrays a = arrays_of(c);
  write_arrays(out, {words::pattern(), words::codec(), c.kv_heads(), c.shape().head_dim, a.tokens, 0, 1, {}},
               list_cache_arrays(a, words::cache::tailed));
}

/// Pages of body or tail that come before head h.
inline index_t pages_before(const cache_view& v, index_t h, bool tail) {
  index_t n = 0;
  for (index_t i = 0; i < h; ++i)
    n += v.sizes.pages(tail ? v.heads[2 * i] - v.heads[2 * i + 1] : v.heads[2 * i + 1]);
  return n;
}

/// Into a cache that was just made.
template <class Cache, class From>
void fill_cache(Cache& c, const From& from) {
  auto& m = c.memory();
  index_t need = 0;
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    const segment s = from.body(h);
    for (index_t p = 0; p < s.pages; ++p) need += s.is_dead(static_cast<std::uint32_t>(p)) ? 0 : 1;
    if (from.tokens(h) > m.table_pages * m.shape.page)
      fail(errc::overflow, "load_cache: need max_tokens >= " + count_text(from.tokens(h)) + "; got " +
                               count_text(m.table_pages * m.shape.page));
  }
  if (need > m.pages.free)
    fail(errc::overflow,
         "load_cache: need " + count_text(need) + " pages under max_bytes; got " + count_text(m.pages.free));
  check_room(m, [&](std::size_t k, index_t h) { return from.units(k, h); });
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    const segment s = from.body(h);
    std::uint32_t* const slots = m.slots(h);
    m.heads[h] = {from.tokens(h), s.tokens};
    for (index_t p = 0; p < s.pages; ++p) {
      const auto page = static_cast<std::uint32_t>(p);
      slots[p] = s.is_dead(page) ? dead : take_slot(m.pages, p > 0 ? slots[p - 1] : dead);
      if (s.is_dead(page)) continue;
      std::memcpy(m.pages.planes.key(slots[p]), s.key(page), s.key_stride);
      std::memcpy(m.pages.planes.value(slots[p]), s.value(page), s.value_stride);
    }
    if constexpr (Cache::tailed) {
      const segment t = from.tail(h);
      for (index_t p = 0; p < t.pages; ++p) {
        const auto page = static_cast<std::uint32_t>(p);
        std::memcpy(m.tails.key(m.tail_slots(h)[p]), t.key(page), t.key_stride);
        std::memcpy(m.tails.value(m.tail_slots(h)[p]), t.value(page), t.value_stride);
      }
    }
  }
  fill_summaries(m, [&](std::size_t k, index_t h) { return from.units(k, h); });
}

}  // namespace LACUNA_ARCH
}  // namespace detail

}  // namespace lacuna
