#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a prefill selector decides: for each head blocks of keys for blocks of queries, and single keys for all queries.
//
//   kept_keys kept(heads, {.tokens = n});                 R x C blocks of 64 by default
//   kept.add_range(h, k0, k1);                            every block with a key of [k0, k1), for every query
//   kept.add_strip(h, d0, d1);                            every block that a distance q - k in [d0, d1) touches
//   kept.set_keys(token_bits);                            single keys
//   prefill(q, k, v, out, mask::causal{} & kept.mask());
//
// Bits: whatever is added twice is kept once. kept_share counts, without a tile, what is read.
#include <lacuna/attention/mask/algebra.hpp>
#include <lacuna/attention/mask/block_bits.hpp>
#include <lacuna/attention/mask/columns.hpp>
#include <lacuna/attention/select/cut.hpp>

namespace lacuna {

/// Keys there are, and the sides of a block.
struct kept_shape {
  index_t tokens = 0, R = 64, C = 64;
  index_t heads_each = 1;  ///< query heads that share a list

  LACUNA_INLINE index_t rows() const { return (tokens + R - 1) / R; }
  LACUNA_INLINE index_t blocks() const { return (tokens + C - 1) / C; }
  LACUNA_INLINE index_t words() const { return select::words_of(blocks()); }
};

/// As a mask of each query head; borrowed.
struct kept_mask {
  const std::uint64_t* words;
  const index_t *keys, *start;
  kept_shape shape;

  LACUNA_INLINE mask::either<mask::block_bits, mask::columns> head(index_t h) const {
    const index_t l = h / shape.heads_each;
    return {{words + l * shape.rows() * shape.words(), shape.rows(), shape.blocks(), shape.R, shape.C},
            {{keys + start[2 * l], start[2 * l + 1]}}};
  }
};

inline namespace LACUNA_ARCH {
[[noreturn]] LACUNA_NOINLINE inline void fail_kept(index_t lists, const kept_shape& s) {
  fail(errc::argument, "kept_keys: need lists, tokens >= 0 and blocks of at least one query and key; got " +
                           count_text(lists) + " lists of " + count_text(s.tokens) + " tokens in blocks of " +
                           shape_text(s.R, s.C));
}
}  // namespace LACUNA_ARCH

/// Owned; nothing is kept at first.
class kept_keys {
 public:
  kept_keys() = default;
  LACUNA_INLINE kept_keys(index_t lists, const kept_shape& s) : shape_(checked(lists, s)), lists_(lists) {
    words_ = buffer<std::uint64_t>(checked_product("kept_keys", lists * s.rows(), s.words()));
    keys_ = buffer<index_t>(0);
    start_ = buffer<index_t>(2 * lists);  // [list] {first, count}
  }
  LACUNA_INLINE index_t lists() const { return lists_; }
  LACUNA_INLINE const kept_shape& shape() const { return shape_; }
  LACUNA_INLINE kept_mask mask() const { return {words_.data(), keys_.data(), start_.data(), shape_}; }
  /// The blocks of query block r, one bit each.
  LACUNA_INLINE std::uint64_t* row(index_t list, index_t r) {
    return words_.data() + (list * shape_.rows() + r) * shape_.words();
  }
  LACUNA_INLINE const std::uint64_t* row(index_t list, index_t r) const {
    return words_.data() + (list * shape_.rows() + r) * shape_.words();
  }
  /// Single keys of a list, ascending.
  LACUNA_INLINE array_view<const index_t> keys(index_t list) const {
    return {keys_.data() + start_[2 * list], start_[2 * list + 1]};
  }
  /// Every block with one of the keys [k0, k1), for every query.
  LACUNA_INLINE void add_range(index_t list, index_t k0, index_t k1) {
    for (index_t r = 0; r < shape_.rows() && k0 < k1; ++r)
      select::put_range(row(list, r), shape_.blocks(), k0 < 0 ? 0 : k0 / shape_.C, (k1 - 1) / shape_.C + 1);
  }
  /// Every block that a distance q - k in [low, high) touches.
  LACUNA_INLINE void add_strip(index_t list, index_t low, index_t high) {
    for (index_t r = 0; r < shape_.rows() && low < high; ++r) {
      const index_t first = r * shape_.R - high + 1, last = r * shape_.R + shape_.R - 1 - low;
      if (last >= 0)
        select::put_range(row(list, r), shape_.blocks(), first < 0 ? 0 : first / shape_.C,
                          last / shape_.C + 1);
    }
  }
  /// Everything.
  LACUNA_INLINE void add_all(index_t list) { add_range(list, 0, shape_.tokens); }
  /// Replaces the single keys of all lists: bits [list][words_of(tokens)].
  LACUNA_INLINE void set_keys(const std::uint64_t* tokens) {
    const index_t words = select::words_of(shape_.tokens);
    index_t n = 0;
    for (index_t l = 0; l < lists_; ++l) {
      start_[2 * l] = n;
      n += start_[2 * l + 1] = select::count(tokens + l * words, 0, shape_.tokens);
    }
    keys_ = buffer<index_t>(n);
    n = 0;
    for (index_t l = 0; l < lists_; ++l)
      select::for_each(tokens + l * words, shape_.tokens, [&](index_t k) LACUNA_LAMBDA { keys_[n++] = k; });
  }

 private:
  LACUNA_INLINE static const kept_shape& checked(index_t lists, const kept_shape& s) {
    if (lists < 0 || s.tokens < 0 || s.R < 1 || s.C < 1 || s.heads_each < 1) fail_kept(lists, s);
    return s;
  }
  kept_shape shape_;
  owned_size lists_;
  buffer<std::uint64_t> words_;
  buffer<index_t> keys_, start_;
};

inline namespace LACUNA_ARCH {

/// Pairs k <= q of queries [q0, q1) and keys [k0, k1).
inline index_t causal_pairs(index_t q0, index_t q1, index_t k0, index_t k1) {
  const auto below = [](index_t n) { return n <= 0 ? 0 : n * (n + 1) / 2; };    // of q < n, k <= q
  const auto until = [&](index_t k) { return below(q1 - k) - below(q0 - k); };  // keys >= k
  return k1 > k0 && q1 > q0 ? until(k0) - until(k1) : 0;
}

/// (query, key) pairs with k <= q that a list keeps, for the last nq positions.
inline index_t kept_pairs(const kept_keys& kept, index_t list, index_t nq) {
  const kept_shape& s = kept.shape();
  const index_t n = s.tokens;
  index_t sum = 0;
  for (index_t r = 0; r < s.rows(); ++r) {
    const index_t first = r * s.R > n - nq ? r * s.R : n - nq, last = r * s.R + s.R < n ? r * s.R + s.R : n;
    const std::uint64_t* const own = kept.row(list, r);
    select::for_each(own, s.blocks(), [&](index_t c) {
      sum += causal_pairs(first, last, c * s.C, c * s.C + s.C < n ? c * s.C + s.C : n);
    });
    for (const index_t k : kept.keys(list))
      if (!select::has(own, k / s.C)) sum += causal_pairs(first, last, k, k + 1);
  }
  return sum;
}
/// The share of a causal prefill of the last nq positions that is kept, over all lists.
inline double kept_share(const kept_keys& kept, index_t nq) {
  const index_t n = kept.shape().tokens, whole = causal_pairs(n - nq, n, 0, n) * kept.lists();
  index_t sum = 0;
  for (index_t l = 0; l < kept.lists(); ++l) sum += kept_pairs(kept, l, nq);
  return whole > 0 ? static_cast<double>(sum) / static_cast<double>(whole) : 1;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
