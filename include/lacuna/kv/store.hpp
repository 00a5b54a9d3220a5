#pragma once
// SPDX-License-Identifier: BSL-1.0
// The store of one layer: pages, tables and tails of a few sequences that share them, under one byte cap.
//
//   sequence, head     tokens  packed     table   3  8  dead  5        page i holds positions [i * page, (i + 1) * page)
//   tail (if any)      bf16 or float pages of [packed, tokens)         dense, until a batch of them is packed
//
// All memory is allocated when the store is made, so its bytes never pass the cap, and no later call can run out of
// memory; running out of pages is known before anything changes. Sequences share pages by counted references and
// copy a shared page before they write to it; it counts once.
// Summaries (kv/summary) are shared, copied and counted in the same way, in tiles of their own.
#include <array>
#include <atomic>
#include <lacuna/kv/arena.hpp>
#include <lacuna/kv/codec/codec.hpp>
#include <lacuna/kv/selection.hpp>
#include <lacuna/kv/summary/summary.hpp>
#include <tuple>

namespace lacuna {

/// The amounts of a cache.
struct kv_options {
  index_t kv_heads = 8;
  int head_dim = 128, page = 64;         // channels of a head, tokens of a page (16, 32, 48 or 64)
  index_t max_bytes = index_t{1} << 28;  // all memory of the store
  index_t max_tokens = 0;                // positions of a head; 0: as many as there are pages
  index_t sequences = 1;                 // the cache and its forks
  index_t window = 32, batch = 256;  // tail: when window + batch tokens are in it, the oldest batch is packed
  index_t run = 16;                  // pages of a head that lie one after the other
  index_t lists = 0;  // lists that a selector may keep of a head: 1, or one for each query head
  index_t keep = 0;   // values that a pruned codec keeps of a row; 0: its own default
};

/// Positions [0, tokens) exist; those before `packed` lie in pages, the others in the tail.
struct kv_head {
  index_t tokens = 0, packed = 0;
};

/// Stands for "no tail".
struct no_tail {};

/// What the store has beside its codecs. Head i = sequence * kv_heads + head.
struct kv_memory {
  kv_options options;
  kv_shape shape;
  page_arena pages;
  kv_planes tails;                          // tail_pages slots of each head i
  buffer<std::uint32_t> table, tail_table;  // table_pages, tail_pages entries of each head i
  buffer<kv_head> heads;
  buffer<unsigned char> used;  // of each sequence
  buffer<float> rows;          // scratch of the writer: rows of keys, then of values
  selection_memory selections;
  summary_memory* summaries = nullptr;  // summary_count of them, in the store
  index_t summary_count = 0;
  index_t table_pages = 0, tail_pages = 0;
  index_t bytes = 0;
  std::atomic<index_t> owners{1};

  LACUNA_INLINE kv_memory() = default;
  LACUNA_INLINE ~kv_memory() = default;

  LACUNA_INLINE std::uint32_t* slots(index_t i) { return table.data() + i * table_pages; }
  LACUNA_INLINE const std::uint32_t* slots(index_t i) const { return table.data() + i * table_pages; }
  LACUNA_INLINE std::uint32_t* tail_slots(index_t i) { return tail_table.data() + i * tail_pages; }
  LACUNA_INLINE const std::uint32_t* tail_slots(index_t i) const {
    return tail_table.data() + i * tail_pages;
  }
  /// Pages that tokens [0, n) take.
  LACUNA_INLINE index_t pages_of(index_t n) const { return (n + shape.page - 1) / shape.page; }
};

/// K, V: codecs of the pages; TK, TV: of the tail, or no_tail; Kinds: summaries.
template <class K, class V, class TK, class TV, class... Kinds>
struct kv_store : kv_memory {
  static constexpr bool tailed = !std::is_same_v<TK, no_tail>;
  using summary_types = std::tuple<Kinds...>;
  static constexpr std::size_t kinds_count = sizeof...(Kinds);
  template <class S>
  static constexpr std::size_t place = detail::place_of<S, Kinds...>;
  using key_type = K;
  using value_type = V;
  K key;
  V value;
  [[no_unique_address]] TK tail_key;
  [[no_unique_address]] TV tail_value;
  [[no_unique_address]] summary_types kinds;
  [[no_unique_address]] std::array<summary_memory, sizeof...(Kinds)> kept;

  LACUNA_INLINE kv_store() = default;
  LACUNA_INLINE ~kv_store() = default;
};

namespace detail {
inline namespace LACUNA_ARCH {

/// Bytes that pages and tail pages take, and the object that has them.
struct kv_sections {
  std::size_t key, value, tail_key, tail_value, store;
  const summary_sizes* summaries = nullptr;
  index_t summary_count = 0;
};

inline index_t tail_pages_of(const kv_options& o, const kv_sections& s) {
  return s.tail_key + s.tail_value == 0 ? 0 : (o.window + o.batch + o.page - 1) / o.page;
}
inline index_t table_pages_of(const kv_options& o, index_t slots) {
  return o.max_tokens > 0 ? (o.max_tokens + o.page - 1) / o.page : slots;
}

/// f(sizes, tiles, tiles of a head) for each summary of a store with so many slots.
template <class F>
void each_summary_size(const kv_options& o, const kv_sections& s, index_t slots, F&& f) {
  const index_t heads = o.sequences * o.kv_heads, positions = table_pages_of(o, slots) * o.page;
  for (index_t n = 0; n < s.summary_count; ++n) {
    const summary_sizes& sizes = s.summaries[n];
    const index_t tail = sizes.observed != 0 ? heads * tail_pages_of(o, s) : 0,
                  table = sizes.windows.tiles(positions);
    f(sizes, summary_slots(sizes, (slots + tail) * o.page, heads, table), table);
  }
}

/// All that a store with so many slots allocates.
inline index_t store_bytes(const kv_options& o, const kv_sections& s, index_t slots) {
  const index_t heads = o.sequences * o.kv_heads, tail = tail_pages_of(o, s),
                width = kv_shape{o.head_dim}.width();
  index_t summaries = 0;
  each_summary_size(o, s, slots, [&](const summary_sizes& sizes, index_t tiles, index_t table) {
    summaries += summary_bytes(sizes, tiles, heads, table, o.run);
  });
  return summaries + selection_memory::bytes(heads, o.lists, table_pages_of(o, slots)) +
         static_cast<index_t>(s.store) + page_arena::bytes(s.key, s.value, slots, o.run) +
         kv_planes::bytes(s.tail_key, s.tail_value, heads * tail) +
         4 * heads * (table_pages_of(o, slots) + tail) + static_cast<index_t>(sizeof(kv_head)) * heads +
         o.sequences + 8 * width * (tail > 0 ? o.page : 1);
}

inline void check_options(const kv_options& o, bool tailed) {
  check_shape("kv_cache", {o.head_dim, o.page});
  constexpr index_t most = index_t{1} << 40;
  const auto within = [](const char* what, index_t v, index_t low, index_t high) {
    if (v < low || v > high)
      fail(errc::argument, std::string("kv_cache: need ") + count_text(low) + " <= " + what +
                               " <= " + count_text(high) + "; got " + count_text(v));
  };
  within("kv_heads", o.kv_heads, 1, 1 << 16);
  within("sequences", o.sequences, 1, 1 << 16);
  within("max_tokens", o.max_tokens, 0, most);
  within("max_bytes", o.max_bytes, 1, index_t{1} << 56);
  within("run", o.run, 1, most);
  within("lists", o.lists, 0, 1 << 10);
  if (!tailed) return;
  within("window", o.window, 0, 1 << 20);
  within("batch", o.batch, o.page, 1 << 20);
  if (o.batch % o.page != 0)
    fail(errc::argument, "kv_cache: need a batch of whole pages; got " + count_text(o.batch) +
                             " tokens in pages of " + count_text(o.page));
}

/// The most slots that the cap allows and the tokens ask for. Fails with errc::argument when not one fits.
inline index_t slots_under(const kv_options& o, const kv_sections& s) {
  index_t low = 0, high = o.max_bytes / static_cast<index_t>(s.key + s.value) + 1;
  if (high > dead) high = dead;
  while (high - low > 1) {
    const index_t mid = low + (high - low) / 2;
    (store_bytes(o, s, mid) <= o.max_bytes ? low : high) = mid;
  }
  if (low == 0)
    fail(errc::argument, "kv_cache: need max_bytes >= " + count_text(store_bytes(o, s, 1)) +
                             " for tables, tails and one page; got " + count_text(o.max_bytes));
  const index_t all = o.max_tokens > 0 ? o.sequences * o.kv_heads * table_pages_of(o, 0) : low;
  return all < low ? all : low;
}

/// Allocates. `m` is empty; s.store is the size of what it is part of.
inline void make_memory(kv_memory& m, const kv_options& o, const kv_sections& s) {
  const index_t slots = slots_under(o, s), heads = o.sequences * o.kv_heads;
  m.options = o;
  m.shape = {o.head_dim, o.page};
  m.table_pages = table_pages_of(o, slots);
  m.tail_pages = tail_pages_of(o, s);
  m.bytes = store_bytes(o, s, slots);
  m.pages = page_arena(s.key, s.value, slots, o.run);
  m.tails = kv_planes(s.tail_key, s.tail_value, heads * m.tail_pages);
  m.table = buffer<std::uint32_t>(heads * m.table_pages);
  m.tail_table = buffer<std::uint32_t>(heads * m.tail_pages);
  m.heads = buffer<kv_head>(heads);
  m.used = buffer<unsigned char>(o.sequences);
  m.rows = buffer<float>(2 * m.shape.width() * (m.tail_pages > 0 ? o.page : 1));
  for (index_t t = 0; t < m.tail_table.size(); ++t) {
    m.tail_table[t] = static_cast<std::uint32_t>(t);
    m.tails.clear(t);
  }
  m.selections = selection_memory(heads, o.lists, table_pages_of(o, slots));
  summary_memory* to = m.summaries;
  each_summary_size(o, s, slots, [&](const summary_sizes& sizes, index_t tiles, index_t table) {
    make_summary(*to++, sizes, tiles, heads, table, o.run);
  });
}

/// Tokens of head i that a summary covers.
LACUNA_INLINE index_t covered(const summary_memory& s, const kv_head& h) {
  return s.sizes.observed != 0 ? h.tokens : h.packed;
}

/// Gives back pages [first, last) of head i.
inline void give_pages(kv_memory& m, index_t i, index_t first, index_t last) {
  for (index_t p = first; p < last; ++p)
    if (m.slots(i)[p] != dead) give_slot(m.pages, m.slots(i)[p]);
}

/// A sequence that is not in use, with the pages and the tail of sequence `from`, or -1.
inline index_t fork_sequence(kv_memory& m, index_t from) {
  index_t to = 0;
  while (to < m.options.sequences && m.used[to] != 0) ++to;
  if (to == m.options.sequences) return -1;
  m.used[to] = 1;
  for (index_t h = 0; h < m.options.kv_heads; ++h) {
    const index_t a = from * m.options.kv_heads + h, b = to * m.options.kv_heads + h;
    const index_t pages = m.pages_of(m.heads[a].packed);
    m.heads[b] = m.heads[a];
    for (index_t p = 0; p < pages; ++p) {
      m.slots(b)[p] = m.slots(a)[p];
      if (m.slots(a)[p] != dead) ++m.pages.refs[m.slots(a)[p]];
    }
    for (index_t t = 0; t < m.tail_pages; ++t) m.tails.copy(m.tail_slots(a)[t], m.tail_slots(b)[t]);
    copy_lists(m.selections, a, b);
    for (index_t n = 0; n < m.summary_count; ++n)
      share_tiles(m.summaries[n], a, b, covered(m.summaries[n], m.heads[a]));
  }
  return to;
}

inline void end_sequence(kv_memory& m, index_t sequence) {
  for (index_t h = 0; h < m.options.kv_heads; ++h) {
    const index_t i = sequence * m.options.kv_heads + h;
    give_pages(m, i, 0, m.pages_of(m.heads[i].packed));
    for (index_t n = 0; n < m.summary_count; ++n) {
      summary_memory& s = m.summaries[n];
      give_tiles(s, i, 0, s.sizes.windows.tiles(covered(s, m.heads[i])));
    }
    m.heads[i] = {};
    forget_lists(m.selections, i);
    for (index_t t = 0; t < m.tail_pages; ++t) m.tails.clear(m.tail_slots(i)[t]);
  }
  m.used[sequence] = 0;
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
