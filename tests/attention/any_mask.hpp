#pragma once
// SPDX-License-Identifier: BSL-1.0
// A mask from outside the library: any mask behind a pointer, so that a test compiles its kernel once, and a plain
// model of it, one bool for each position.
#include <algorithm>
#include <functional>
#include <lacuna/attention/mask.hpp>
#include <memory>
#include <string>
#include <vector>

#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

class any_mask {
 public:
  template <mask::uniform M>
  requires(!std::is_same_v<M, any_mask>) any_mask(const M& m)
      : own_(std::make_shared<M>(m)),
        covers_([](const void* p, const mask::tile& t) { return static_cast<const M*>(p)->covers(t); }),
        row_([](const void* p, index_t q, index_t k0) { return static_cast<const M*>(p)->row(q, k0); }) {}
  mask::cover covers(const mask::tile& t) const { return covers_(own_.get(), t); }
  std::uint64_t row(index_t q, index_t k0) const { return row_(own_.get(), q, k0); }

 private:
  std::shared_ptr<const void> own_;
  mask::cover (*covers_)(const void*, const mask::tile&);
  std::uint64_t (*row_)(const void*, index_t, index_t);
};
static_assert(mask::uniform<any_mask>);

inline bool sees(const any_mask& m, index_t q, index_t k) {
  return (m.row(q, k / 64 * 64) >> (k % 64) & 1) != 0;
}

/// What a mask must be, position by position.
using model = std::function<bool(index_t, index_t)>;

/// A mask, its model, and a name; `exact`: covers() says partial only where it must.
struct modelled {
  std::string name;
  any_mask mask;
  model want;
  bool exact = true;
};

/// Lists that masks borrow.
struct mask_lists {
  std::vector<index_t> columns, slashes;
  std::vector<std::int32_t> ptr{0}, idx;
  index_t R, C;

  explicit mask_lists(std::uint64_t seed, index_t size) {
    random_source random(seed);
    for (index_t i = 0; i < size; ++i) {
      if (random.chance(0.1) || i % 97 < 20) columns.push_back(i);
      if (random.chance(0.1) || i % 89 < 10) slashes.push_back(i);
    }
    const index_t sides[] = {1, 7, 16, 32, 48, 64, 100, 128};
    R = sides[random.below(8)], C = sides[random.below(8)];
    for (index_t r = 0; r * R < size; ++r) {
      for (index_t c = 0; c * C < size; ++c)
        if (random.chance(0.4)) idx.push_back(static_cast<std::int32_t>(c));
      ptr.push_back(static_cast<std::int32_t>(idx.size()));
    }
  }
};

/// One mask of each kind with random amounts; lists outlive it.
inline modelled simple_mask(random_source& random, const mask_lists& lists, index_t size) {
  const index_t n = random.below(size + 1);
  switch (random.below(8)) {
    case 0:
      return {"causal", mask::causal{}, [](index_t q, index_t k) { return k <= q; }};
    case 1:
      return {"window " + count_text(n), mask::window{n}, [=](index_t q, index_t k) { return q - k < n; }};
    case 2:
      return {"sinks " + count_text(n), mask::sinks{n}, [=](index_t, index_t k) { return k < n; }};
    case 3:
      return {"columns", mask::columns{lists.columns}, [&](index_t, index_t k) {
                return std::find(lists.columns.begin(), lists.columns.end(), k) != lists.columns.end();
              }};
    case 4:
      return {"slashes", mask::slashes{lists.slashes}, [&](index_t q, index_t k) {
                return std::find(lists.slashes.begin(), lists.slashes.end(), q - k) != lists.slashes.end();
              }};
    case 5: {
      const mask::stride s{1 + random.below(5), 1 + random.below(80), random.below(4), random.below(3)};
      const index_t h = random.below(4);
      return {"stride", s.head(h),
              [=](index_t, index_t k) { return (k / s.block + s.shift + h * s.head_step) % s.every == 0; }};
    }
    case 6:
      return {"blocks", mask::block_csr{lists.ptr, lists.idx, lists.R, lists.C}, [&](index_t q, index_t k) {
                if (q < 0 || q / lists.R >= static_cast<index_t>(lists.ptr.size()) - 1) return false;
                for (auto i = lists.ptr[std::size_t(q / lists.R)];
                     i < lists.ptr[std::size_t(q / lists.R) + 1]; ++i)
                  if (lists.idx[std::size_t(i)] == k / lists.C) return true;
                return false;
              }};
    default:
      return {"every", mask::every{}, [](index_t, index_t) { return true; }};
  }
}

/// A random expression of at most 2^depth masks.
inline modelled random_mask(random_source& random, const mask_lists& lists, index_t size, int depth) {
  using mask::operator&, mask::operator|, mask::operator~;
  if (depth == 0 || random.chance(0.3)) return simple_mask(random, lists, size);
  const modelled a = random_mask(random, lists, size, depth - 1);
  if (random.chance(0.2))
    return {"~(" + a.name + ")", ~a.mask, [f = a.want](index_t q, index_t k) { return !f(q, k); }, a.exact};
  const modelled b = random_mask(random, lists, size, depth - 1);
  if (random.chance(0.5))
    return {"(" + a.name + " & " + b.name + ")", a.mask & b.mask,
            [f = a.want, g = b.want](index_t q, index_t k) { return f(q, k) && g(q, k); }, false};
  return {"(" + a.name + " | " + b.name + ")", a.mask | b.mask,
          [f = a.want, g = b.want](index_t q, index_t k) { return f(q, k) || g(q, k); }, false};
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
