#pragma once
// SPDX-License-Identifier: BSL-1.0
// head_view: [heads][tokens][dim] over the caller's tensors, whatever their strides; the channels of a row lie together.
//
//   head-major   head_view(p, heads, tokens, dim)                                [heads][tokens][dim]
//   token-major  head_view(p, heads, tokens, dim, dim, heads * dim)              [tokens][heads][dim]
//   fused QKV    head_view(p + dim * first, heads, tokens, dim, dim, row)        a part of [tokens][row]
//
// T is float, bf16 or f16, const for what is only read.
#include <lacuna/core/error.hpp>
#include <lacuna/core/types.hpp>
#include <type_traits>

namespace lacuna {

/// What attention tensors are made of.
template <class T>
concept head_element = std::is_same_v < std::remove_const_t<T>,
float > || std::is_same_v<std::remove_const_t<T>, bf16> || std::is_same_v<std::remove_const_t<T>, f16>;

inline namespace LACUNA_ARCH {
[[noreturn]] LACUNA_NOINLINE inline void fail_heads(const char* rule, index_t heads, index_t tokens,
                                                    index_t dim, index_t head_stride, index_t token_stride) {
  fail(errc::shape, std::string("head_view: need ") + rule + "; got " + count_text(heads) + " heads of " +
                        shape_text(tokens, dim) + ", strides " + count_text(head_stride) + " and " +
                        count_text(token_stride));
}
}  // namespace LACUNA_ARCH

/// Borrowed. Strides count elements; inputs may repeat rows (stride 0), rows of an output must not overlap.
template <head_element T>
class head_view {
 public:
  using element = std::remove_const_t<T>;

  LACUNA_INLINE constexpr head_view() = default;
  LACUNA_INLINE head_view(T* data, index_t heads, index_t tokens, index_t dim)
      : head_view(data, heads, tokens, dim, tokens * dim, dim) {}
  LACUNA_INLINE head_view(T* data, index_t heads, index_t tokens, index_t dim, index_t head_stride,
                          index_t token_stride)
      : data_(data),
        heads_(heads),
        tokens_(tokens),
        dim_(dim),
        head_stride_(head_stride),
        token_stride_(token_stride) {
    if (heads < 0 || tokens < 0 || dim < 0)
      fail_heads("sizes >= 0", heads, tokens, dim, head_stride, token_stride);
    if (!std::is_const_v<T> && overlaps())
      fail_heads("rows of an output apart", heads, tokens, dim, head_stride, token_stride);
  }
  LACUNA_INLINE operator head_view<const T>() const requires(!std::is_const_v<T>) {
    return {data_, heads_, tokens_, dim_, head_stride_, token_stride_};
  }

  LACUNA_INLINE constexpr T* data() const { return data_; }
  LACUNA_INLINE constexpr index_t heads() const { return heads_; }
  LACUNA_INLINE constexpr index_t tokens() const { return tokens_; }
  LACUNA_INLINE constexpr index_t dim() const { return dim_; }
  LACUNA_INLINE constexpr index_t head_stride() const { return head_stride_; }
  LACUNA_INLINE constexpr index_t token_stride() const { return token_stride_; }
  /// The `dim()` channels of token t of head h.
  LACUNA_INLINE T* row(index_t h, index_t t) const {
    expect_index(h, heads_);
    expect_index(t, tokens_);
    return data_ + h * head_stride_ + t * token_stride_;
  }
  /// Tokens [t, t + n) of all heads; fails when they leave the view.
  LACUNA_INLINE head_view tokens(index_t t, index_t n) const {
    if (t < 0 || n < 0 || t > tokens_ - n)
      fail_heads("a part inside the view", heads_, n, dim_, head_stride_, t);
    return {n > 0 ? data_ + t * token_stride_ : data_, heads_, n, dim_, head_stride_, token_stride_};
  }
  /// Heads [h, h + n).
  LACUNA_INLINE head_view some_heads(index_t h, index_t n) const {
    if (h < 0 || n < 0 || h > heads_ - n)
      fail_heads("a part inside the view", n, tokens_, dim_, h, token_stride_);
    return {n > 0 ? data_ + h * head_stride_ : data_, n, tokens_, dim_, head_stride_, token_stride_};
  }

 private:
  LACUNA_INLINE static index_t apart(index_t stride) { return stride < 0 ? -stride : stride; }
  // Rows nest one way or the other: tokens inside heads, or heads inside tokens.
  LACUNA_INLINE bool overlaps() const {
    if (dim_ == 0 || heads_ == 0 || tokens_ == 0) return false;
    const index_t h = apart(head_stride_), t = apart(token_stride_);
    const bool by_heads = (tokens_ == 1 || t >= dim_) && (heads_ == 1 || h >= (tokens_ - 1) * t + dim_);
    const bool by_tokens = (heads_ == 1 || h >= dim_) && (tokens_ == 1 || t >= (heads_ - 1) * h + dim_);
    return !by_heads && !by_tokens;
  }

  T* data_ = nullptr;
  index_t heads_ = 0, tokens_ = 0, dim_ = 0, head_stride_ = 0, token_stride_ = 0;
};

}  // namespace lacuna
