#pragma once
// SPDX-License-Identifier: BSL-1.0
// What changes a sequence: append, truncate, release. Each counts the pages it needs before it touches anything, so a
// call that fails leaves the cache as it was, to the bit. Codecs do not throw.
#include <lacuna/core/matrix.hpp>
#include <lacuna/kv/tail.hpp>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

/// Free slots that n tokens more ask of head i: pages, and a copy of a shared one that is written to.
template <class Store>
index_t slots_to_append(const Store& m, index_t i, index_t n) {
  const kv_head& h = m.heads[i];
  if constexpr (Store::tailed) return pages_to_pack(m.options, h, n);
  const bool shared =
      n > 0 && h.tokens % m.shape.page != 0 && m.pages.refs[m.slots(i)[h.tokens / m.shape.page]] > 1;
  return m.pages_of(h.tokens + n) - m.pages_of(h.tokens) + (shared ? 1 : 0);
}

/// What head i will be when n tokens more have come.
template <class Store>
kv_head head_with(const Store& m, index_t i, index_t n) {
  const kv_head& h = m.heads[i];
  if constexpr (Store::tailed)
    return {h.tokens + n, h.packed + pages_to_pack(m.options, h, n) * m.shape.page};
  return {h.tokens + n, h.tokens + n};
}
/// Fails with errc::overflow unless every summary has the tiles that need(its memory, head) asks for in heads [first, last).
template <class F>
void check_tiles(const kv_memory& m, index_t first, index_t last, const F& need) {
  for (index_t k = 0; k < m.summary_count; ++k) {
    index_t tiles = 0;
    for (index_t i = first; i < last; ++i) tiles += need(m.summaries[k], i);
    if (tiles > m.summaries[k].tiles.free)
      fail(errc::overflow, "kv_cache: need " + count_text(tiles) + " free tiles of summary " + count_text(k) +
                               " under the cap of " + count_text(m.options.max_bytes) + " bytes; got " +
                               count_text(m.summaries[k].tiles.free));
  }
}

/// The doors of append, for heads [first, last) of all sequences.
template <class Store>
void check_append(const Store& m, index_t first, index_t last, index_t n) {
  index_t need = 0;
  for (index_t i = first; i < last; ++i) {
    const index_t most = m.table_pages * m.shape.page;
    if (n > most - m.heads[i].tokens)
      fail(errc::overflow, "kv_cache: need at most " + count_text(most) + " positions of a head; got " +
                               count_text(m.heads[i].tokens) + " and " + count_text(n) + " more");
    need += slots_to_append(m, i, n);
  }
  if (need > m.pages.free)
    fail(errc::overflow, "kv_cache: need " + count_text(need) + " free pages under the cap of " +
                             count_text(m.options.max_bytes) + " bytes; got " + count_text(m.pages.free));
  check_tiles(m, first, last, [&](const summary_memory& s, index_t i) {
    return tiles_to_grow(s, i, covered(s, m.heads[i]), covered(s, head_with(m, i, n)));
  });
}

/// One token to the pages of head i.
template <class Store>
void push_to_page(Store& m, index_t i, const float* k, const float* v) {
  kv_head& h = m.heads[i];
  const index_t page = h.tokens / m.shape.page;
  const auto lane = static_cast<int>(h.tokens % m.shape.page);
  std::uint32_t* const slots = m.slots(i);
  const std::uint32_t before = page > 0 ? slots[page - 1] : dead;
  slots[page] = lane == 0 ? take_slot(m.pages, before) : own_slot(m.pages, slots[page], before);
  m.key.put(simd::best{}, m.pages.planes.key(slots[page]), lane, k, m.shape);
  m.value.put(simd::best{}, m.pages.planes.value(slots[page]), lane, v, m.shape);
  h.packed = ++h.tokens;
}

/// n tokens to head i: rows `stride` apart. Pages are there.
template <class Store>
void append_rows(Store& m, index_t i, index_t n, const float* k, index_t k_stride, const float* v,
                 index_t v_stride) {
  float *const key = m.rows.data(), *const value = key + m.rows.size() / 2;
  const index_t before = m.heads[i].tokens;
  if constexpr (Store::kinds_count > 0) grow_observed(m, i, before, before + n);
  for (index_t t = 0; t < n; ++t) {
    const float *const a = padded_row(k + t * k_stride, m.shape, key), *const b = padded_row(v + t * v_stride,
                                                                                             m.shape, value);
    if constexpr (Store::tailed)
      push_to_tail(m, i, a, b);
    else
      push_to_page(m, i, a, b);
  }
  if constexpr (Store::kinds_count > 0 && !Store::tailed) grow_folds(m, i, before, before + n, key);
}

/// Rows of all heads: [tokens][heads * head_dim], or one token as [heads][head_dim].
template <class Store>
void append_all(Store& m, index_t sequence, matrix_view<const float> k, matrix_view<const float> v) {
  const index_t H = m.options.kv_heads, D = m.shape.head_dim;
  const bool by_token = k.cols() == H * D, one = !by_token && k.rows() == H && k.cols() == D;
  if (k.rows() != v.rows() || k.cols() != v.cols() || (!by_token && !one))
    fail(errc::shape, "append: need K and V [tokens, " + count_text(H) + " heads * " + count_text(D) +
                          "], or [" + count_text(H) + ", " + count_text(D) + "] for one token; got K " +
                          shape_text(k.rows(), k.cols()) + ", V " + shape_text(v.rows(), v.cols()));
  const index_t n = one ? 1 : k.rows(), first = sequence * H;
  check_append(m, first, first + H, n);
  if (n == 0) return;
  const index_t k_step = one ? k.stride() : D, v_step = one ? v.stride() : D;
  // Of all heads in turn: they lie side by side, and a walk over the whole of one head would leave the caches.
  constexpr index_t together = 64;
  for (index_t t = 0; t < n; t += together)
    for (index_t h = 0; h < H; ++h)
      append_rows(m, first + h, n - t < together ? n - t : together, k.data() + t * k.stride() + h * k_step,
                  k.stride(), v.data() + t * v.stride() + h * v_step, v.stride());
}

/// Rows [tokens][head_dim] of one head.
template <class Store>
void append_one(Store& m, index_t i, matrix_view<const float> k, matrix_view<const float> v) {
  const index_t D = m.shape.head_dim;
  if (k.rows() != v.rows() || k.cols() != D || v.cols() != D)
    fail(errc::shape, "append: need K and V [tokens, " + count_text(D) + "] of one head; got K " +
                          shape_text(k.rows(), k.cols()) + ", V " + shape_text(v.rows(), v.cols()));
  check_append(m, i, i + 1, k.rows());
  append_rows(m, i, k.rows(), k.data(), k.stride(), v.data(), v.stride());
}

/// Free slots that a cut of head i at n < tokens takes, less those it gives. Fails inside a released page.
template <class Store>
index_t slots_to_truncate(const Store& m, index_t i, index_t n) {
  const kv_head& h = m.heads[i];
  if (n >= h.packed) return 0;
  const index_t page = n / m.shape.page, cut = n % m.shape.page;
  const std::uint32_t* const slots = m.slots(i);
  if (cut != 0 && slots[page] == dead)
    fail(errc::argument, "truncate: need a cut outside of released pages; got position " + count_text(n));
  if constexpr (Store::tailed) return 0;
  index_t need = cut != 0 && m.pages.refs[slots[page]] > 1 ? 1 : 0;
  for (index_t p = page + (cut != 0); p < m.pages_of(h.packed); ++p)
    if (slots[p] != dead && m.pages.refs[slots[p]] == 1) --need;
  return need;
}

/// The second half of a cut, after `give_cut`: this one may take slots.
template <class Store>
void truncate_head(Store& m, index_t i, index_t n) {
  const kv_shape z = m.shape;
  kv_head& h = m.heads[i];
  if (n >= h.tokens) return;
  const kv_head before = h;
  if constexpr (Store::tailed) {
    truncate_tailed(m, i, n);
  } else {
    std::uint32_t* const slots = m.slots(i);
    const index_t page = n / z.page, cut = n % z.page;
    h.tokens = h.packed = n;
    if (cut != 0) {
      slots[page] = own_slot(m.pages, slots[page], page > 0 ? slots[page - 1] : dead);
      clear_lanes(m.key, m.pages.planes.key(slots[page]), cut, z, m.rows.data());
      clear_lanes(m.value, m.pages.planes.value(slots[page]), cut, z, m.rows.data());
    }
  }
  cut_lists(m.selections, i, h.tokens, h.packed, z.page);
  if constexpr (Store::kinds_count > 0) cut_units(m, i, before, m.rows.data());
}
/// The first half: what head i will not have any more is given back.
template <class Store>
void give_cut(Store& m, index_t i, index_t n) {
  if (n >= m.heads[i].tokens) return;
  cut_tiles(m, i, n);
  if constexpr (!Store::tailed) give_pages(m, i, m.pages_of(n), m.pages_of(m.heads[i].packed));
}

/// Cuts heads [first, last) down to n tokens, all or none.
template <class Store>
void truncate_heads(Store& m, index_t first, index_t last, index_t n) {
  if (n < 0) fail(errc::argument, "truncate: need a length >= 0; got " + count_text(n));
  index_t need = 0;
  for (index_t i = first; i < last; ++i)
    if (n < m.heads[i].tokens) need += slots_to_truncate(m, i, n);
  if (need > m.pages.free)
    fail(errc::overflow, "truncate: need " + count_text(need) + " free pages to cut shared ones; got " +
                             count_text(m.pages.free));
  check_tiles(m, first, last, [&](const summary_memory& s, index_t i) {
    return tiles_to_cut(m, s, i, covered(s, m.heads[i]), covered(s, head_after(m, i, n)));
  });
  for (index_t i = first; i < last; ++i) give_cut(m, i, n);
  for (index_t i = first; i < last; ++i) truncate_head(m, i, n);
}

/// Page `page` of head i becomes a hole. Fails with errc::argument unless it is full and in the body.
template <class Store>
void release_page(Store& m, index_t i, index_t page) {
  const index_t full = m.heads[i].packed / m.shape.page;
  if (page < 0 || page >= full)
    fail(errc::argument,
         "release: need a full page, 0 <= page < " + count_text(full) + "; got " + count_text(page));
  std::uint32_t& slot = m.slots(i)[page];
  if (slot == dead) return;
  give_slot(m.pages, slot);
  slot = dead;
  drop_page(m.selections, i, page);
  if constexpr (Store::kinds_count > 0) lose_page(m, i, page, m.rows.data());
}

/// Releases the full pages of head i between the first `sinks` tokens and the last `recent` ones.
template <class Store>
index_t retain_ends(Store& m, index_t i, index_t sinks, index_t recent) {
  if (sinks < 0 || recent < 0)
    fail(errc::argument, "retain: need sinks and recent tokens >= 0; got " + count_text(sinks) + " and " +
                             count_text(recent));
  const kv_head& h = m.heads[i];
  const index_t end = h.tokens > recent ? h.tokens - recent : 0, in_pages = end < h.packed ? end : h.packed;
  index_t released = 0;
  for (index_t p = m.pages_of(sinks); p < in_pages / m.shape.page; ++p) {
    if (m.slots(i)[p] == dead) continue;
    release_page(m, i, p);
    ++released;
  }
  return released;
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
