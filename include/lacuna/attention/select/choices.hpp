#pragma once
// SPDX-License-Identifier: BSL-1.0
// What may be chosen: runs of `grain` tokens, and their scores.
//
//   grain 0     whole pages            grain 16 in pages of 64     parts of a page          grain 1     tokens
//
// A choice that is forced (the first `sinks`, the last `recent`) counts inside the budget and costs no score; one whose page
// was released scores below all others.
#include <lacuna/attention/estimate/pool.hpp>
#include <lacuna/attention/estimate/units.hpp>
#include <lacuna/attention/select/budget.hpp>
#include <lacuna/attention/select/cut.hpp>

namespace lacuna {

/// One number per unit, in scratch.scores.
template <class S, class Source>
concept unit_scorer = requires(const S& s, const select_head<Source>& h, select_scratch& scratch) {
  { s.units(simd::plain{}, h, scratch) } -> std::same_as<unit_scores>;
  requires reduce::group_reduction<typename S::reduction>;
};

/// Choices [0, count) of `grain` tokens; those in [sinks, count - recent) are scored.
struct choice_range {
  int grain = 16;
  index_t count = 0, sinks = 0, recent = 0;
  LACUNA_INLINE index_t forced() const { return sinks + recent; }
};

inline namespace LACUNA_ARCH {
namespace kernel {

[[noreturn]] LACUNA_NOINLINE inline void fail_grain(int grain, int page) {
  fail(errc::argument, "select: need a grain that divides the page of " + count_text(page) + " tokens; got " +
                           count_text(grain));
}
[[noreturn]] LACUNA_NOINLINE inline void fail_unit(int grain, int stride) {
  fail(errc::argument, "select: need choices of whole units of " + count_text(stride) +
                           " tokens; got choices of " + count_text(grain));
}

/// The choices of a head; sinks and recent cut to what there is.
template <class Source>
choice_range choices_of(const select_head<Source>& h, int grain, index_t sinks, index_t recent) {
  const int page = h.body.shape.page;
  choice_range r{grain == 0 ? page : grain, 0, 0, 0};
  if (r.grain < 1 || page % r.grain != 0) fail_grain(r.grain, page);
  r.count = (h.body.tokens + r.grain - 1) / r.grain;
  r.sinks = sinks < r.count ? sinks : r.count;
  r.recent = recent < r.count - r.sinks ? recent : r.count - r.sinks;
  return r;
}
LACUNA_INLINE void add_choice(const token_set& to, const choice_range& r, index_t i) {
  const index_t per = to.page / r.grain, p = i / per;
  const int first = static_cast<int>(i % per) * r.grain;
  to.add_lanes(p, first, first + r.grain);
}
inline void add_choices(const token_set& to, const choice_range& r, index_t first, index_t last) {
  add_range(to, first * r.grain, last * r.grain);
}
inline void add_forced(const token_set& to, const choice_range& r) {
  add_choices(to, r, 0, r.sinks);
  add_choices(to, r, r.count - r.recent, r.count);
}

/// Scores of choices [sinks, count - recent), from those of units; -inf where the page was released. Where a choice is a
/// unit they stay where they are.
template <class Pool>
float* pooled(const unit_scores& u, const choice_range& r, const segment& body, float* to) {
  if (r.grain % u.stride != 0) fail_unit(r.grain, u.stride);
  const index_t per = r.grain / u.stride, last = r.count - r.recent;
  const float none = -std::numeric_limits<float>::infinity();
  if (std::is_same_v<Pool, pool::up> && per == 1) {
    to = u.data;
    for (index_t i = u.units; i < last; ++i) to[i] = none;
  } else {
    for (index_t i = r.sinks; i < last; ++i) to[i] = Pool::choice(u.data, u.units, i, per);
  }
  if (body.slots == nullptr) return to;
  const index_t of_page = body.shape.page / r.grain;
  for (index_t p = 0; p < body.pages; ++p)
    if (body.slots[p] == dead)
      for (index_t i = p * of_page; i < (p + 1) * of_page && i < last; ++i) to[i] = none;
  return to;
}

/// Scores of the choices that are not forced.
LACUNA_INLINE array_view<const float> free_choices(const float* scores, const choice_range& r) {
  return {scores + r.sinks, r.count - r.forced()};
}
inline void add_cut(const token_set& to, const choice_range& r, array_view<const float> scores,
                    const select::cut& c) {
  select::each_taken(scores, c, [&](index_t i) LACUNA_LAMBDA { add_choice(to, r, r.sinks + i); });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
