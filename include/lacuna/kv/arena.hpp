#pragma once
// SPDX-License-Identifier: BSL-1.0
// The memory of pages: slots of equal size in two planes, counted references, all of it allocated at birth.
//
//   keys     slot 0 | slot 1 | slot 2 | ...        a page has the same slot in both planes
//   values   slot 0 | slot 1 | slot 2 | ...
//   runs     [ 16 slots of head 0 ][ 16 of head 1 ][ ...       a head goes on in its run, so that streams stay long
//
// A run of all the pages of a head makes each head contiguous. A slot is zeroed when it is handed out: lanes of a page
// that no token has reached yet get weight 0, and 0 times an old NaN would be NaN.
#include <lacuna/core/aligned.hpp>
#include <lacuna/kv/page.hpp>

namespace lacuna {

/// `slots` sections of keys and of values, and plane_slack bytes after each plane.
struct kv_planes {
  buffer<std::byte> keys, values;
  std::size_t key_bytes = 0, value_bytes = 0;  // of a slot

  LACUNA_INLINE kv_planes() = default;
  LACUNA_INLINE kv_planes(kv_planes&&) = default;
  LACUNA_INLINE kv_planes& operator=(kv_planes&&) = default;
  LACUNA_INLINE ~kv_planes() = default;
  LACUNA_INLINE kv_planes(std::size_t key, std::size_t value, index_t slots)
      : keys(plane(key, slots)), values(plane(value, slots)), key_bytes(key), value_bytes(value) {}
  LACUNA_INLINE std::byte* key(index_t slot) { return keys.data() + slot * static_cast<index_t>(key_bytes); }
  LACUNA_INLINE std::byte* value(index_t slot) {
    return values.data() + slot * static_cast<index_t>(value_bytes);
  }
  LACUNA_INLINE const std::byte* key(index_t slot) const {
    return keys.data() + slot * static_cast<index_t>(key_bytes);
  }
  LACUNA_INLINE const std::byte* value(index_t slot) const {
    return values.data() + slot * static_cast<index_t>(value_bytes);
  }
  LACUNA_INLINE void clear(index_t slot) {
    std::memset(key(slot), 0, key_bytes);
    std::memset(value(slot), 0, value_bytes);
  }
  LACUNA_INLINE void copy(index_t from, index_t to) {
    std::memcpy(key(to), key(from), key_bytes);
    std::memcpy(value(to), value(from), value_bytes);
  }
  /// What a kernel reads of pages at `slots`.
  LACUNA_INLINE segment view(const std::uint32_t* slots, index_t pages, index_t tokens,
                             kv_shape shape) const {
    return {keys.data(), values.data(), key_bytes, value_bytes, slots, pages, tokens, shape};
  }
  LACUNA_INLINE static index_t bytes(std::size_t key, std::size_t value, index_t slots) {
    return slots * static_cast<index_t>(key + value) + 2 * static_cast<index_t>(plane_slack);
  }

 private:
  /// Not zeroed, so the system gives memory as pages are used; only the slack is.
  LACUNA_INLINE static buffer<std::byte> plane(std::size_t section, index_t slots) {
    const auto all = checked_product("kv_cache", static_cast<index_t>(section), slots);
    auto p = buffer<std::byte>::for_overwrite(all + static_cast<index_t>(plane_slack));
    std::memset(p.data() + all, 0, plane_slack);
    return p;
  }
};

/// Who has which slot. refs[s] pages are at slot s; 0: free.
struct page_arena {
  kv_planes planes;
  buffer<std::uint32_t> refs, run_free;  // run_free[r]: free slots of run r
  index_t run = 16, slots = 0, free = 0;

  LACUNA_INLINE page_arena() = default;
  LACUNA_INLINE page_arena(page_arena&&) = default;
  LACUNA_INLINE page_arena& operator=(page_arena&&) = default;
  LACUNA_INLINE ~page_arena() = default;
  LACUNA_INLINE page_arena(std::size_t key, std::size_t value, index_t count, index_t run_slots)
      : planes(key, value, count),
        refs(count),
        run_free((count + run_slots - 1) / run_slots),
        run(run_slots),
        slots(count),
        free(count) {
    for (index_t r = 0; r < run_free.size(); ++r)
      run_free[r] = static_cast<std::uint32_t>(count - r * run < run ? count - r * run : run);
  }
  LACUNA_INLINE static index_t bytes(std::size_t key, std::size_t value, index_t count, index_t run) {
    return kv_planes::bytes(key, value, count) + 4 * count + 4 * ((count + run - 1) / run);
  }
};

namespace detail {
inline namespace LACUNA_ARCH {

/// Where a page that follows the one at slot `after` (dead: none) should lie: next in its run, else at the start of a
/// free run, else anywhere. A free slot is the caller's promise.
inline index_t find_slot(const page_arena& a, std::uint32_t after) {
  if (after != dead) {
    const index_t next = static_cast<index_t>(after) + 1;
    if (next < a.slots && next % a.run != 0 && a.refs[next] == 0) return next;
  }
  index_t any = 0;
  for (index_t r = 0; r < a.run_free.size(); ++r) {
    const index_t in_run = a.slots - r * a.run < a.run ? a.slots - r * a.run : a.run;
    if (a.run_free[r] == in_run) return r * a.run;
    if (a.run_free[r] > a.run_free[any]) any = r;
  }
  index_t s = any * a.run;
  while (a.refs[s] != 0) ++s;
  return s;
}

/// A zeroed slot with one reference.
inline std::uint32_t take_slot(page_arena& a, std::uint32_t after) {
  const index_t s = find_slot(a, after);
  a.refs[s] = 1;
  --a.run_free[s / a.run];
  --a.free;
  a.planes.clear(s);
  return static_cast<std::uint32_t>(s);
}

/// One reference less; the last one frees the slot.
inline void give_slot(page_arena& a, std::uint32_t s) {
  if (--a.refs[s] > 0) return;
  ++a.run_free[s / a.run];
  ++a.free;
}

/// The slot of a page that only its owner has: this one, or a copy.
inline std::uint32_t own_slot(page_arena& a, std::uint32_t s, std::uint32_t after) {
  if (a.refs[s] == 1) return s;
  const std::uint32_t copy = take_slot(a, after);
  a.planes.copy(s, copy);
  give_slot(a, s);
  return copy;
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
