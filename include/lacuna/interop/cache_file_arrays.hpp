#pragma once
// SPDX-License-Identifier: BSL-1.0
// Between a cache and the arrays of its file, which is a matrix file of the pattern "kv_cache" or, with a tail,
// "kv_cache<bf16>", and of both words as its codec, "int8<per_row,bf16>/int4<32,bf16>":
//
//   0  sizes   int64   kv_heads head_dim page window batch, bytes of a key and a value section, what both codecs keep
//   1  heads   int64   tokens packed of each head
//   2  slots   uint32  of each page of each head: 0, 1, 2 ... in order, or a hole
//   3  keys    raw     the sections of those slots, then 64 zeros         4  values  raw  likewise
//   5  tail keys, 6 tail values                                            likewise, of the tails' pages in order
//
// and with summaries, "kv_cache<bf16,box,mean>", after those four more for each:
//
//      amounts int64 its fields    tiles uint32 as slots, of its tiles    keys, values  raw  their planes, then 64 zeros
//
// One cache has one file, whichever slots it used. The numbers are checked here, each against all before it.
#include <lacuna/interop/matrix_file_arrays.hpp>
#include <lacuna/kv/cache.hpp>
#include <lacuna/kv/codec/channelwise.hpp>
#include <lacuna/kv/codec/pruned.hpp>

namespace lacuna {

/// What a cache file calls a word; a codec of the caller's own says `static constexpr const char* name`.
template <class Word>
struct kv_word_name {
  LACUNA_INLINE static std::string text() {
    if constexpr (requires { Word::name; })
      return Word::name;
    else
      return codec_of<Word>::name;
  }
};
template <class C>
struct kv_word_name<channelwise<C>> {
  LACUNA_INLINE static std::string text() { return std::string("channelwise<") + codec_of<C>::name + ">"; }
};
template <class W>
struct kv_word_name<pruned<W, by_magnitude>> {
  LACUNA_INLINE static std::string text() { return std::string("pruned<") + codec_of<W>::name + ">"; }
};
template <class W, int N, int M>
struct kv_word_name<pruned<W, nm<N, M>>> {
  LACUNA_INLINE static std::string text() {
    return std::string("pruned<") + codec_of<W>::name + "," + nm<N, M>::name() + ">";
  }
};

/// The same of a summary: its name, and the word it stores if there is a choice.
template <class S>
struct summary_name {
  LACUNA_INLINE static std::string text() {
    std::string text = S::name;
    if constexpr (requires { typename S::word; })
      if (!std::is_same_v<typename S::word, bf16>) text += "<" + kv_word_name<typename S::word>::text() + ">";
    return text;
  }
};

namespace detail {

/// The numbers of a cache file.
struct saved_cache {
  static constexpr index_t numbers = 9;
  index_t kv_heads = 0, head_dim = 0, page = 0, window = 0, batch = 0, key_bytes = 0, value_bytes = 0,
          key_keep = 0, value_keep = 0;
  LACUNA_INLINE kv_shape shape() const { return {static_cast<int>(head_dim), static_cast<int>(page)}; }
  LACUNA_INLINE index_t pages(index_t tokens) const { return (tokens + page - 1) / page; }
};
static_assert(sizeof(saved_cache) == saved_cache::numbers * sizeof(std::int64_t));

inline namespace LACUNA_ARCH {

template <class C>
index_t keep_of(const C& codec) {
  if constexpr (requires { codec.keep; })
    return static_cast<index_t>(codec.keep);
  else
    return 0;
}

/// Those of one of its summaries.
struct summary_arrays {
  std::vector<std::int64_t> amounts;
  std::vector<std::uint32_t> tiles;
  buffer<std::byte> planes[2];
};
/// The arrays of one sequence, gathered.
struct cache_arrays {
  std::vector<summary_arrays> summaries;
  saved_cache sizes;
  std::vector<std::int64_t> heads;
  std::vector<std::uint32_t> slots;
  buffer<std::byte> planes[4];  // keys, values, tail keys, tail values
  index_t tokens = 0;
};

/// Sections of `planes` at the slots of s that are not holes, one after the other, then zeros.
inline void gather(const std::vector<segment>& parts, std::size_t section, bool keys,
                   buffer<std::byte>& out) {
  index_t count = 0;
  for (const segment& s : parts)
    for (index_t p = 0; p < s.pages; ++p) count += s.is_dead(static_cast<std::uint32_t>(p)) ? 0 : 1;
  out = buffer<std::byte>(count * static_cast<index_t>(section) + static_cast<index_t>(plane_slack));
  std::byte* to = out.data();
  for (const segment& s : parts)
    for (index_t p = 0; p < s.pages; ++p) {
      const auto page = static_cast<std::uint32_t>(p);
      if (s.is_dead(page)) continue;
      std::memcpy(to, keys ? s.key(page) : s.value(page), section);
      to += section;
    }
}

template <class Cache, class S>
summary_arrays arrays_of_summary(const Cache& c, const S& kind) {
  summary_arrays a{kind.amounts(), {}, {}};
  std::vector<segment> units;
  std::uint32_t next = 0;
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    const segment s = c.template summary<S>(h).units;
    units.push_back(s);
    for (index_t t = 0; t < s.pages; ++t)
      a.tiles.push_back(s.is_dead(static_cast<std::uint32_t>(t)) ? dead : next++);
  }
  const summary_sizes n = kind.sizes(c.shape(), c.kv_heads());
  gather(units, n.key, true, a.planes[0]);
  gather(units, n.value, false, a.planes[1]);
  return a;
}

template <class Cache>
cache_arrays arrays_of(const Cache& c) {
  cache_arrays a;
  const kv_shape z = c.shape();
  std::vector<segment> body, tail;
  std::uint32_t next = 0;
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    const segment s = c.body(h);
    body.push_back(s);
    a.heads.insert(a.heads.end(), {c.tokens(h), s.tokens});
    a.tokens += c.tokens(h);
    for (index_t p = 0; p < s.pages; ++p)
      a.slots.push_back(s.is_dead(static_cast<std::uint32_t>(p)) ? dead : next++);
    if constexpr (Cache::tailed) tail.push_back(c.tail(h));
  }
  const std::size_t kb = key_bytes(c.key(), z), vb = value_bytes(c.value(), z);
  const auto& o = c.options();
  a.sizes = {c.kv_heads(),
             z.head_dim,
             z.page,
             Cache::tailed ? o.window : 0,
             Cache::tailed ? o.batch : 0,
             static_cast<index_t>(kb),
             static_cast<index_t>(vb),
             keep_of(c.key()),
             keep_of(c.value())};
  gather(body, kb, true, a.planes[0]);
  gather(body, vb, false, a.planes[1]);
  if constexpr (Cache::tailed) {
    gather(tail, key_bytes(c.tail_key(), z), true, a.planes[2]);
    gather(tail, value_bytes(c.tail_value(), z), false, a.planes[3]);
  }
  std::apply([&](const auto&... kind) { (a.summaries.push_back(arrays_of_summary(c, kind)), ...); },
             c.kinds());
  return a;
}

inline std::vector<plain_array> list_cache_arrays(const cache_arrays& a, bool tailed) {
  const auto& numbers = reinterpret_cast<const std::int64_t(&)[saved_cache::numbers]>(a.sizes);
  std::vector<plain_array> list{describe(array_view<const std::int64_t>(numbers, saved_cache::numbers)),
                                describe(array_view<const std::int64_t>(a.heads)),
                                describe(array_view<const std::uint32_t>(a.slots))};
  for (int p = 0; p < (tailed ? 4 : 2); ++p)
    list.push_back(describe(array_view<const std::byte>(a.planes[p])));
  for (const summary_arrays& s : a.summaries) {
    list.push_back(describe(array_view<const std::int64_t>(s.amounts)));
    list.push_back(describe(array_view<const std::uint32_t>(s.tiles)));
    for (const auto& plane : s.planes) list.push_back(describe(array_view<const std::byte>(plane)));
  }
  return list;
}

[[noreturn]] LACUNA_NOINLINE inline void refuse_cache(const std::string& name, const std::string& rule,
                                                      const std::string& got) {
  fail(errc::data, "cache_file: need " + rule + "; got " + got + " in " + name);
}

inline void check_within(const std::string& name, const char* what, index_t v, index_t low, index_t high) {
  if (v < low || v > high)
    refuse_cache(name, count_text(low) + " <= " + what + " <= " + count_text(high), count_text(v));
}

/// Sizes that a cache can have.
inline void check_sizes(const saved_cache& s, bool tailed, const std::string& name) {
  check_within(name, "kv_heads", s.kv_heads, 1, 1 << 16);
  check_within(name, "head_dim", s.head_dim, 1, most_head_dim);
  check_within(name, "page", s.page, tile_tokens, most_page);
  check_within(name, "page % 16", s.page % tile_tokens, 0, 0);
  check_within(name, "window", s.window, 0, tailed ? 1 << 20 : 0);
  check_within(name, "batch", s.batch, tailed ? s.page : 0, tailed ? 1 << 20 : 0);
  check_within(name, "batch % page", s.batch % s.page, 0, 0);
}

/// Lengths and pages of the heads, which have `slots` entries in all. Returns the sections of the two pairs of planes.
struct saved_pages {
  index_t body = 0, tail = 0, tokens = 0;
};
inline saved_pages check_heads(const saved_cache& s, array_view<const std::int64_t> heads,
                               array_view<const std::uint32_t> slots, bool tailed, const std::string& name) {
  check_within(name, "lengths of heads", heads.size(), 2 * s.kv_heads, 2 * s.kv_heads);
  saved_pages n;
  index_t at = 0;
  for (index_t h = 0; h < s.kv_heads; ++h) {
    const index_t tokens = heads[2 * h], packed = heads[2 * h + 1];
    check_within(name, "tokens of a head", tokens, 0, index_t{1} << 40);
    check_within(name, "packed tokens", packed, 0, tokens);
    if (tailed) check_within(name, "packed % page", packed % s.page, 0, 0);
    check_within(name, "tokens of a tail", tokens - packed, 0, tailed ? s.window + s.batch - 1 : 0);
    n.tokens += tokens;
    n.tail += s.pages(tokens - packed);
    check_within(name, "pages of a head", s.pages(packed), 0, slots.size() - at);
    for (index_t p = 0; p < s.pages(packed); ++p) {
      const std::uint32_t slot = slots[at++];
      if (slot == static_cast<std::uint32_t>(n.body) && slot != dead)
        ++n.body;
      else if (slot != dead || (p + 1) * s.page > packed)
        refuse_cache(name,
                     "slot " + count_text(n.body) + (slot == dead ? " for the last page" : " or a hole"),
                     count_text(slot));
    }
  }
  check_within(name, "slots", slots.size(), at, at);
  return n;
}

/// `sections` of a size, and zeros after them.
inline void check_plane(const char* what, array_view<const std::byte> plane, index_t sections, index_t bytes,
                        const std::string& name) {
  const index_t all = checked_product("cache_file", sections, bytes),
                slack = static_cast<index_t>(plane_slack);
  check_within(name, what, plane.size(), all + slack, all + slack);
  for (index_t b = all; b < plane.size(); ++b)
    if (plane[b] != std::byte{0}) refuse_cache(name, std::string("zeros after the ") + what, "another byte");
}

/// Lanes [first, page) of a section are read and get weight 0: they must be finite.
template <class C>
void check_lanes(const C& codec, const std::byte* section, index_t first, kv_shape z,
                 const std::string& name) {
  float row[most_head_dim];
  for (auto t = static_cast<int>(first); t < z.page; ++t) {
    codec.get(simd::best{}, section, t, row, z);
    for (int d = 0; d < z.width(); ++d)
      if (!(row[d] - row[d] == 0)) refuse_cache(name, "finite values after the last token", "another");
  }
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
