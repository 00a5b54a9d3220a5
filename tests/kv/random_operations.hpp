#pragma once
// SPDX-License-Identifier: BSL-1.0
// Random operations on a cache and its forks beside the model: append of one token, many, to one head; fork, end, truncate,
// release, retain, save and load, and all of them when there is no room.
#include "kv/model.hpp"
#include "kv/summary_units.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

template <class K, class V, class... Extras>
class operations {
 public:
  using cache = kv_cache<K, V, Extras...>;
  using plain = model<cache>;

  operations(kv_options o, std::uint64_t seed, const typename cache::summary_types& summaries = {})
      : random_(seed) {
    caches_.push_back(cache(o, {}, {}, summaries));
    plain_.push_back(std::make_unique<plain>(caches_[0]));
    rows_.push_back(plain_[0]->fresh());
    room_ = caches_[0].free_pages();
  }
  std::string failure;
  index_t refused = 0, packed = 0, shared = 0, holes = 0, without_tiles = 0;

  /// One operation; false when cache and model disagree.
  bool step() {
    const auto s = static_cast<std::size_t>(random_.below(static_cast<index_t>(caches_.size())));
    switch (random_.below(20)) {
      case 0:
        fork(s);
        break;
      case 1:
        if (caches_.size() > 1) {
          caches_.erase(caches_.begin() + static_cast<std::ptrdiff_t>(s));
          rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(s));
        }
        break;
      case 2:
      case 3:
        truncate(s);
        break;
      case 4:
        release(s);
        break;
      case 5:
        if (random_.chance(0.1)) load(s);
        break;
      case 6:
      case 7:
      case 8:
        append(s, random_.below(60), random_.below(caches_[0].kv_heads()));
        break;
      case 9:
        append(s, random_.below(40), -1);
        break;
      default:
        append(s, 1, -1);
    }
    check_counts();
    const index_t h = random_.below(caches_[0].kv_heads());
    if (random_.chance(0.1)) check(s < caches_.size() ? s : 0, h);
    return failure.empty();
  }
  void check_all() {
    for (std::size_t s = 0; s < caches_.size(); ++s)
      for (index_t h = 0; h < caches_[s].kv_heads(); ++h) check(s, h);
  }

 private:
  const plain& rule() const { return *plain_[0]; }
  void check(std::size_t s, index_t h) {
    const std::string d = head_difference(caches_[s], h, rows_[s][static_cast<std::size_t>(h)]);
    if (!d.empty() && failure.empty()) failure = d;
    if constexpr (cache::store::kinds_count > 0) {
      const auto& rows = rows_[s][static_cast<std::size_t>(h)];
      const std::string of_units = summary_difference(caches_[s], h, rows.k, rows.v);
      const std::string counts = tile_difference(caches_[s].memory());
      if (failure.empty()) failure = of_units + counts;
    }
  }
  void say(const char* what) {
    if (failure.empty()) failure = what;
  }
  /// Pages in use, a shared one once, and the bytes that never change.
  void check_counts() {
    std::set<const int*> pages;
    for (const auto& s : rows_)
      for (const auto& h : s)
        for (const auto& p : h.pages)
          if (p) {
            if (!pages.insert(p.get()).second) ++shared;
          } else {
            ++holes;
          }
    const cache& c = caches_[0];
    if (c.used_pages() != static_cast<index_t>(pages.size())) say("pages in use");
    if (c.used_pages() + c.free_pages() != room_) say("pages");
    if (c.bytes() > c.options().max_bytes) say("the cap");
  }
  /// f(), which must fail with `code` if `fails` and then change no bit; nothing else may be thrown.
  template <class F>
  bool goes(cache& c, bool fails, errc code, const F& f) {
    const bool compares = fails || cache::store::kinds_count > 0;
    const std::string before = compares ? bits_of_memory(c.memory()) : "";
    try {
      f();
    } catch (const error& e) {
      ++refused;
      if (std::string_view(e.what()).find("tiles of summary") != std::string_view::npos) {
        ++without_tiles;  // which this model does not count
        if (e.code() != errc::overflow || bits_of_memory(c.memory()) != before) say(e.what());
        return false;
      }
      if (!fails || e.code() != code) say(e.what());
      if (fails && bits_of_memory(c.memory()) != before) say("a refused call changed something");
      return false;
    }
    if (fails) say("a call that must fail went through");
    return true;
  }

  void append(std::size_t s, index_t n, index_t head) {
    const index_t H = rule().o.kv_heads, D = rule().z.head_dim, cols = head < 0 ? H * D : D,
                  gap = random_.below(3);
    const auto size = static_cast<std::size_t>(n * (cols + gap));
    std::vector<float> k(size), v(size);
    for (auto& x : k) x = random_.any();
    for (auto& x : v) x = random_.any() * (random_.chance(0.05) ? 30.0f : 1.0f);
    index_t need = 0;
    bool full = false;
    const auto each = [&](auto f) {
      for (index_t h = 0; h < H; ++h)
        if (head < 0 || h == head) f(rows_[s][static_cast<std::size_t>(h)], head < 0 ? h * D : 0);
    };
    const index_t most = static_cast<index_t>(caches_[0].memory().table_pages) * rule().z.page;
    each([&](auto& h, index_t) {
      need += rule().need(h, static_cast<std::size_t>(n));
      full = full || static_cast<index_t>(h.k.size()) + n > most;
    });
    const matrix_view<const float> kv(k.data(), n, cols, cols + gap), vv(v.data(), n, cols, cols + gap);
    cache& c = caches_[s];
    if (!goes(c, full || need > c.free_pages(), errc::overflow,
              [&] { head < 0 ? c.append(kv, vv) : c.append(head, kv, vv); }))
      return;
    each([&](auto& h, index_t first) {
      const std::size_t before = h.packed;
      for (index_t t = 0; t < n; ++t) {
        const auto at = static_cast<std::ptrdiff_t>(t * (cols + gap) + first);
        rule().push(h, row(k.begin() + at, k.begin() + at + D), row(v.begin() + at, v.begin() + at + D));
      }
      packed += h.packed > before;
    });
  }
  void fork(std::size_t s) {
    const bool none = static_cast<index_t>(caches_.size()) == rule().o.sequences;
    std::vector<cache> made;
    if (!goes(caches_[s], none, errc::overflow, [&] { made.push_back(caches_[s].fork()); })) return;
    caches_.push_back(std::move(made[0]));
    rows_.push_back(rows_[s]);
  }
  void truncate(std::size_t s) {
    const index_t H = rule().o.kv_heads, head = random_.chance(0.5) ? -1 : random_.below(H);
    const auto longest = [&] {
      std::size_t n = 0;
      for (const auto& h : rows_[s]) n = std::max(n, h.k.size());
      return n;
    }();
    auto n = static_cast<std::size_t>(random_.below(static_cast<index_t>(longest) + 20));
    if (random_.chance(0.7) && longest > 8) n = longest - static_cast<std::size_t>(random_.below(8));
    const std::size_t P = rule().P();
    bool hole = false;
    index_t need = 0;
    for (index_t i = 0; i < H; ++i) {
      const auto& h = rows_[s][static_cast<std::size_t>(i)];
      if ((head >= 0 && head != i) || n >= h.packed) continue;
      hole = hole || !rule().can_cut(h, n);
      if (cache::tailed || hole) continue;
      need += n % P != 0 && h.pages[n / P].use_count() > 1;
      for (std::size_t p = (n + P - 1) / P; p < h.pages.size(); ++p) need -= h.pages[p].use_count() == 1;
    }
    cache& c = caches_[s];
    const bool full = need > c.free_pages();
    if (!goes(c, hole || full, hole ? errc::argument : errc::overflow, [&] {
          head < 0 ? c.truncate(static_cast<index_t>(n)) : c.truncate(head, static_cast<index_t>(n));
        }))
      return;
    for (index_t i = 0; i < H; ++i)
      if (head < 0 || head == i) rule().cut(rows_[s][static_cast<std::size_t>(i)], n);
    if constexpr (cache::store::kinds_count > 0)
      for (index_t i = 0; i < H; ++i) check(s, i);
  }
  void release(std::size_t s) {
    const index_t head = random_.below(rule().o.kv_heads);
    auto& h = rows_[s][static_cast<std::size_t>(head)];
    const auto full = static_cast<index_t>(h.packed / rule().P());
    if (random_.chance(0.3)) {
      const index_t sinks = random_.below(20), recent = random_.below(60), P = rule().z.page;
      const auto n = static_cast<index_t>(h.k.size());
      caches_[s].retain(head, sinks, recent);
      for (index_t p = 0; p < full; ++p)
        if (p * P >= sinks && (p + 1) * P <= n - recent) h.pages[static_cast<std::size_t>(p)].reset();
      return;
    }
    const index_t page = random_.below(full + 2) - (random_.chance(0.1) ? 1 : 0);
    const bool bad = page < 0 || page >= full;
    if (goes(caches_[s], bad, errc::argument, [&] { caches_[s].release(head, page); }))
      h.pages[static_cast<std::size_t>(page)].reset();
  }
  /// What is saved reads back as it was, owned and in place; the file does not depend on slots.
  void load(std::size_t s) {
    const std::string file = cache_file_of(caches_[s]);
    const auto bytes = aligned_bytes(file);
    const mapped_cache<K, V, Extras...> m(bytes);
    kv_options o = caches_[s].options();
    o.sequences = 1;
    cache c(m.options(o), m.key(), m.value(), m.kinds());
    detail::fill_cache(c, m);
    if (bits_of_open(c) != bits_of_open(caches_[s])) say("open units of a loaded cache differ");
    for (index_t h = 0; h < c.kv_heads(); ++h) {
      const std::string d = head_difference(c, h, rows_[s][static_cast<std::size_t>(h)]);
      if (!d.empty()) say("a loaded cache differs");
    }
    if (cache_file_of(c) != file) say("a cache has two files");
  }

  /// The units that a token more may change.
  static std::string bits_of_open(const cache& c) {
    std::string text;
    auto& m = const_cast<typename cache::store&>(c.memory());
    for (index_t n = 0; n < m.summary_count; ++n)
      for (index_t h = 0; h < c.kv_heads(); ++h) {
        const index_t i = c.sequence() * c.kv_heads() + h;
        summary_memory& s = m.summaries[n];
        const index_t tokens = detail::covered(s, m.heads[i]);
        for (index_t u = s.sizes.windows.closed(tokens);
             u < s.sizes.windows.begun(tokens) && s.sizes.state > 0; ++u)
          text.append(reinterpret_cast<const char*>(s.state(i, u)),
                      static_cast<std::size_t>(s.sizes.state) * 4);
      }
    return text;
  }

  random_source random_;
  std::vector<cache> caches_;
  std::vector<std::unique_ptr<plain>> plain_;
  std::vector<typename plain::sequence> rows_;
  index_t room_ = 0;
};

/// Operations on a cache of few pages, so that it is often full.
template <class K, class V, class... Extras>
void check_operations(kv_options o, std::uint64_t seed, int count = 10000,
                      const typename kv_cache<K, V, Extras...>::summary_types& summaries = {}) {
  o.kv_heads = 2, o.sequences = 3;
  const auto page = static_cast<index_t>(o.page);
  o.batch = 2 * page, o.window = 9, o.run = 4, o.max_bytes = index_t{1} << 30;
  o.max_tokens = 16 * page;
  kv_cache<K, V, Extras...> sized(o, {}, {}, summaries);  // 96 pages; the cap is to leave 24 of them
  const index_t most = sized.bytes() - 72 * (sized.page_bytes() + 4);
  for (o.max_bytes = most; kv_cache<K, V, Extras...>(o, {}, {}, summaries).free_pages() > 24;)
    o.max_bytes -= 256;
  operations<K, V, Extras...> all(o, seed, summaries);
  for (int n = 0; n < count; ++n)
    if (!all.step()) FAIL("seed " << seed << ", operation " << n << ": " << all.failure);
  all.check_all();
  CHECK(all.failure == "");
  CHECK(all.refused > 20);
  CHECK(all.shared > 100);
  CHECK(all.holes > 100);
  CHECK(all.packed > 20);
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
