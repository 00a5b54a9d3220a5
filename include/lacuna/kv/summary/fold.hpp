#pragma once
// SPDX-License-Identifier: BSL-1.0
// How the summaries of a store follow its tokens: they grow with the body, are cut with it, and lose what is released.
//
//   grow   tokens [a, b) of a head came to the body      read back as stored, folded, lanes written once per unit and call
//   cut    back to n tokens                              lanes after the last unit zeroed, open units folded again
//   lose   a page was released                           tiles without tokens given back, open units folded again
//
// What an open unit holds is always the fold of its tokens that are still there, so a loaded cache goes on as the one
// that was saved. Slots are counted before anything changes: `tiles_to_*` say how many a call takes.
#include <lacuna/kv/store.hpp>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

/// f(summary, its memory) for each summary of the store.
template <class Store, class F>
LACUNA_INLINE void each_summary(Store& m, F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) LACUNA_LAMBDA {
    (f(std::get<I>(m.kinds), m.kept[I]), ...);
  }
  (std::make_index_sequence<Store::kinds_count>{});
}

/// Is one of the tokens [first, last) of a head there?
inline bool any_token(const std::uint32_t* slots, const kv_head& h, int page, index_t first, index_t last) {
  if (last > h.tokens) last = h.tokens;
  if (first >= last) return false;
  if (last > h.packed) return true;
  for (index_t p = first / page; p * page < last; ++p)
    if (slots[p] != dead) return true;
  return false;
}

/// The key of token t of head i as it is stored, or null in a hole.
template <class Store>
const float* stored_key(const Store& m, index_t i, index_t t, float* row) {
  const std::uint32_t slot = m.slots(i)[t / m.shape.page];
  if (slot == dead) return nullptr;
  m.key.get(simd::best{}, m.pages.planes.key(slot), static_cast<int>(t % m.shape.page), row, m.shape);
  return row;
}

/// Writes an open unit into its lane.
template <class Store, class S>
void put_unit(Store& m, const S& kind, summary_memory& s, index_t i, index_t unit) {
  const std::uint32_t slot = own_tile(s, i, unit / tile_units);
  kind.put(simd::best{}, i % m.options.kv_heads, s.state(i, unit), m.shape, s.tiles.planes.key(slot),
           s.tiles.planes.value(slot), static_cast<int>(unit % tile_units));
}

/// Token t of head i to the units that hold it. Units that it closes are written, and at `last` those that it leaves open.
template <class Store, class S>
void fold_token(Store& m, const S& kind, summary_memory& s, index_t i, index_t t, bool last,
                const float* row) {
  const unit_windows w = s.sizes.windows;
  for (index_t u = w.closed(t); u <= t / w.stride; ++u) {
    const index_t at = t - u * w.stride;
    float* const state = s.state(i, u);
    if (at == 0) kind.begin(simd::best{}, state, m.shape);
    if (row != nullptr)
      kind.add(simd::best{}, i % m.options.kv_heads, static_cast<int>(at), row, state, m.shape);
    if (last || at == w.unit - 1) put_unit(m, kind, s, i, u);
  }
}

/// Tokens [from, to) came to the body of head i. `row`: scratch for one.
template <class Store>
void grow_folds(Store& m, index_t i, index_t from, index_t to, float* row) {
  for (index_t t = from; t < to; ++t) {
    const float* const key = stored_key(m, i, t, row);
    each_summary(m, [&]<class S>(const S& kind, summary_memory& s) {
      if constexpr (key_summary<S>) fold_token(m, kind, s, i, t, t + 1 == to, key);
    });
  }
}
/// Tokens [from, to) came to head i: room for what will be observed of them.
template <class Store>
void grow_observed(Store& m, index_t i, index_t from, index_t to) {
  each_summary(m, [&]<class S>(const S&, summary_memory& s) {
    if constexpr (!key_summary<S>)
      for (index_t t = from / tile_units; t < s.sizes.windows.tiles(to); ++t) own_tile(s, i, t);
  });
}

/// The open units of head i with n tokens, folded from what is stored; nothing is written.
template <class Store, class S>
void fold_open(Store& m, const S& kind, summary_memory& s, index_t i, index_t n, float* row) {
  const unit_windows w = s.sizes.windows;
  for (index_t u = w.closed(n); u < w.begun(n); ++u) {
    kind.begin(simd::best{}, s.state(i, u), m.shape);
    for (index_t t = u * w.stride; t < n; ++t)
      if (const float* const key = stored_key(m, i, t, row))
        kind.add(simd::best{}, i % m.options.kv_heads, static_cast<int>(t - u * w.stride), key, s.state(i, u),
                 m.shape);
  }
}

/// What head i will be after a cut back to n tokens.
template <class Store>
kv_head head_after(const Store& m, index_t i, index_t n) {
  const kv_head& h = m.heads[i];
  if (n >= h.tokens) return h;
  return {n, n >= h.packed ? h.packed : Store::tailed ? n / m.shape.page * m.shape.page : n};
}

/// The first tile that a cut back to n tokens writes to: of the first open unit, or of lanes to zero.
LACUNA_INLINE index_t first_cut_tile(unit_windows w, index_t n) {
  return w.closed(n) < w.begun(n) ? w.closed(n) / tile_units : w.begun(n) / tile_units;
}
/// Has tile t of a head, cut back to n tokens, any of them?
inline bool tile_lives(const std::uint32_t* slots, const kv_head& h, int page, unit_windows w, index_t t,
                       index_t n) {
  return any_token(slots, h, page, w.tile_first(t), w.tile_last(t) < n ? w.tile_last(t) : n);
}
inline bool tile_lives(const kv_memory& m, unit_windows w, index_t i, index_t t, index_t n) {
  return tile_lives(m.slots(i), m.heads[i], m.shape.page, w, t, n);
}

/// Free tiles that a cut of head i, from a tokens back to n, takes, less those it gives.
inline index_t tiles_to_cut(const kv_memory& m, const summary_memory& s, index_t i, index_t a, index_t n) {
  if (n >= a) return 0;
  const unit_windows w = s.sizes.windows;
  index_t need = 0;
  for (index_t t = first_cut_tile(w, n); t < w.tiles(a); ++t) {
    const std::uint32_t slot = s.slots(i)[t];
    if (slot == dead) continue;
    const bool stays = t < w.tiles(n) && tile_lives(m, w, i, t, n), shared = s.tiles.refs[slot] > 1;
    need += stays && shared ? 1 : stays || shared ? 0 : -1;
  }
  return need;
}

/// The tiles that a cut of head i back to n tokens leaves without any are given back. Before anything is cut.
template <class Store>
void cut_tiles(Store& m, index_t i, index_t n) {
  const kv_head after = head_after(m, i, n);
  for (index_t k = 0; k < m.summary_count; ++k) {
    summary_memory& s = m.summaries[k];
    const unit_windows w = s.sizes.windows;
    const index_t a = covered(s, m.heads[i]), b = covered(s, after);
    if (b == a) continue;
    for (index_t t = first_cut_tile(w, b); t < w.tiles(a); ++t)
      if (t >= w.tiles(b) || !tile_lives(m, w, i, t, b)) give_tiles(s, i, t, t + 1);
  }
}

/// Head i was cut: the lanes after its last unit become zeros, its open units what they are now.
template <class Store>
void cut_units(Store& m, index_t i, const kv_head& before, float* row) {
  each_summary(m, [&]<class S>(const S& kind, summary_memory& s) {
    const unit_windows w = s.sizes.windows;
    const index_t n = covered(s, m.heads[i]);
    if (n >= covered(s, before)) return;
    for (index_t t = first_cut_tile(w, n); t < w.tiles(n); ++t) {
      if (s.slots(i)[t] == dead) continue;
      const std::uint32_t slot = own_tile(s, i, t);
      for (index_t u = w.begun(n); u < (t + 1) * tile_units; ++u)
        kind.clear(simd::best{}, m.shape, s.tiles.planes.key(slot), s.tiles.planes.value(slot),
                   static_cast<int>(u % tile_units));
    }
    if constexpr (key_summary<S>) {
      fold_open(m, kind, s, i, n, row);
      for (index_t u = w.closed(n); u < w.begun(n); ++u)
        if (s.slots(i)[u / tile_units] != dead) put_unit(m, kind, s, i, u);
    }
  });
}

/// Page `page` of head i became a hole.
template <class Store>
void lose_page(Store& m, index_t i, index_t page, float* row) {
  const index_t first = page * m.shape.page, last = first + m.shape.page;
  each_summary(m, [&]<class S>(const S& kind, summary_memory& s) {
    const unit_windows w = s.sizes.windows;
    const index_t n = covered(s, m.heads[i]);
    index_t t = first / (tile_units * w.stride);
    while (t > 0 && w.tile_last(t - 1) > first) --t;
    for (; t < w.tiles(n) && w.tile_first(t) < last; ++t)
      if (s.slots(i)[t] != dead && !tile_lives(m, w, i, t, n)) give_tiles(s, i, t, t + 1);
    if constexpr (key_summary<S>)
      if (w.closed(n) < w.begun(n) && last > w.closed(n) * w.stride) fold_open(m, kind, s, i, n, row);
  });
}

/// x[j] was observed of token first + j of head i, for n of them. Fails with errc::argument past the end, errc::overflow
/// when a shared tile cannot be copied; nothing has changed then. What was released is passed over.
template <class Store, class S>
void observe(Store& m, const S& kind, std::size_t k, index_t i, index_t first, array_view<const float> x) {
  summary_memory& s = m.kept[k];
  const index_t tokens = m.heads[i].tokens, last = first + x.size();
  if (first < 0 || last > tokens)
    fail(errc::argument, "observe: need tokens in [0, " + count_text(tokens) + "); got [" +
                             count_text(first) + ", " + count_text(last) + ")");
  const std::uint32_t* const slots = s.slots(i);
  index_t need = 0;
  for (index_t t = first / tile_units; t < s.sizes.windows.tiles(last); ++t)
    need += slots[t] != dead && s.tiles.refs[slots[t]] > 1 ? 1 : 0;
  if (need > s.tiles.free)
    fail(errc::overflow, "observe: need " + count_text(need) + " free tiles to write to shared ones; got " +
                             count_text(s.tiles.free));
  for (index_t j = 0; j < x.size(); ++j) {
    const index_t token = first + j, tile = token / tile_units;
    if (slots[tile] == dead) continue;
    std::byte* const at = s.tiles.planes.key(own_tile(s, i, tile)) + token % tile_units * 4;
    float had;
    std::memcpy(&had, at, 4);
    had = kind.next(had, x[j]);
    std::memcpy(at, &had, 4);
  }
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
