#pragma once
// SPDX-License-Identifier: BSL-1.0
// Tails: the last tokens of a head, dense, for codecs that compress whole pages and for an exact recent window.
//
//   packed pages | tail: oldest ...... newest        tail tokens = window + batch  ->  the oldest `batch` are packed
//
// Mustafar is {.window = 32, .batch = 256}, KIVI {32, 32} with pages of 32. A tail is a few pages that rotate, so tokens
// never move inside it: token t of it is lane t % page of its page t / page. What is packed are the rows as the tail
// holds them, so that appending one by one and many at once give the same bytes.
#include <algorithm>
#include <lacuna/kv/store.hpp>
#include <lacuna/kv/summary/fold.hpp>
#include <lacuna/simd/arch.hpp>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

/// A row of head_dim floats as codecs take it: width floats, zeros past the end; copied to `to` when it must be.
LACUNA_INLINE const float* padded_row(const float* row, kv_shape z, float* to) {
  if (z.head_dim == z.width()) return row;
  for (int d = 0; d < z.width(); ++d) to[d] = d < z.head_dim ? row[d] : 0.0f;
  return to;
}

/// The rows of a page into a zeroed section, whichever way the codec writes.
template <class C>
void write_section(const C& codec, std::byte* section, const float* rows, kv_shape z) {
  if constexpr (by_page<C>)
    codec.encode(simd::best{}, section, rows, z);
  else
    for (int t = 0; t < z.page; ++t) codec.put(simd::best{}, section, t, rows + t * z.width(), z);
}

/// Rows of a page from one codec to another's section.
template <class From, class To>
void move_section(const From& from, const std::byte* section, const To& to, std::byte* out, float* rows,
                  kv_shape z) {
  for (int t = 0; t < z.page; ++t) from.get(simd::best{}, section, t, rows + t * z.width(), z);
  write_section(to, out, rows, z);
}

/// Pages that will be packed when n tokens come to a head.
inline index_t pages_to_pack(const kv_options& o, const kv_head& h, index_t n) {
  const index_t tail = h.tokens - h.packed, full = o.window + o.batch;
  return tail + n < full ? 0 : ((tail + n - full) / o.batch + 1) * (o.batch / o.page);
}

/// The oldest batch of head i leaves its tail. Free slots for it are the caller's promise.
template <class Store>
void pack_batch(Store& m, index_t i) {
  const kv_shape z = m.shape;
  kv_head& h = m.heads[i];
  std::uint32_t *const slots = m.slots(i), *const tail = m.tail_slots(i);
  float *const keys = m.rows.data(), *const values = keys + z.page * z.width();
  const index_t count = m.options.batch / z.page;
  for (index_t p = 0; p < count; ++p) {
    const index_t page = h.packed / z.page;
    slots[page] = take_slot(m.pages, page > 0 ? slots[page - 1] : dead);
    move_section(m.tail_key, m.tails.key(tail[p]), m.key, m.pages.planes.key(slots[page]), keys, z);
    move_section(m.tail_value, m.tails.value(tail[p]), m.value, m.pages.planes.value(slots[page]), values, z);
    h.packed += z.page;
    m.tails.clear(tail[p]);
  }
  std::rotate(tail, tail + count, tail + m.tail_pages);
  grow_folds(m, i, h.packed - m.options.batch, h.packed, keys);
}

/// One token to the tail of head i, which packs a batch when that fills it.
template <class Store>
void push_to_tail(Store& m, index_t i, const float* k, const float* v) {
  kv_head& h = m.heads[i];
  const index_t at = h.tokens - h.packed;
  const std::uint32_t slot = m.tail_slots(i)[at / m.shape.page];
  const int lane = static_cast<int>(at % m.shape.page);
  m.tail_key.put(simd::best{}, m.tails.key(slot), lane, k, m.shape);
  m.tail_value.put(simd::best{}, m.tails.value(slot), lane, v, m.shape);
  ++h.tokens;
  if (h.tokens - h.packed == m.options.window + m.options.batch) pack_batch(m, i);
}

/// Zeros the lanes [first, page) of a page of an in_place codec.
template <class C>
void clear_lanes(const C& codec, std::byte* section, index_t first, kv_shape z, float* row) {
  std::fill(row, row + z.width(), 0.0f);
  for (auto t = static_cast<int>(first); t < z.page; ++t) codec.put(simd::best{}, section, t, row, z);
}

/// Cuts head i, with a tail, down to n tokens. A cut inside a packed page takes the tokens before it back to the tail, as
/// they are stored (and as the tail holds them: in bf16, if it is). Needs no slot.
template <class Store>
void truncate_tailed(Store& m, index_t i, index_t n) {
  const kv_shape z = m.shape;
  kv_head& h = m.heads[i];
  float *const keys = m.rows.data(), *const values = keys + z.page * z.width();
  if (n >= h.packed) {
    for (index_t t = (n - h.packed) / z.page; t < m.tail_pages; ++t) {
      const std::uint32_t slot = m.tail_slots(i)[t];
      const index_t first = n - h.packed - t * z.page;
      if (first <= 0) {
        m.tails.clear(slot);
      } else {
        clear_lanes(m.tail_key, m.tails.key(slot), first, z, keys);
        clear_lanes(m.tail_value, m.tails.value(slot), first, z, values);
      }
    }
    h.tokens = n;
    return;
  }
  for (index_t t = 0; t < m.tail_pages; ++t) m.tails.clear(m.tail_slots(i)[t]);
  const index_t page = n / z.page, cut = n % z.page, last = m.pages_of(h.packed);
  h.packed = h.tokens = page * z.page;
  for (index_t t = 0; t < cut; ++t) {
    m.key.get(simd::best{}, m.pages.planes.key(m.slots(i)[page]), static_cast<int>(t), keys, z);
    m.value.get(simd::best{}, m.pages.planes.value(m.slots(i)[page]), static_cast<int>(t), values, z);
    push_to_tail(m, i, keys, values);  // fewer than a page, and a batch is one or more
  }
  give_pages(m, i, page, last);
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
