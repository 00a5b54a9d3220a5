#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a cache codec does: keys give dot products with a tile, values add weighted rows of a panel.
//
//   key     tile_bytes(shape), section_bytes(shape)      value  section_bytes(shape), panel, unit_bytes
//           prepare(arch, q, group, shape, form)                prepare(arch, group, pages, n, panel, shape, form)
//           fold(arch, section, group, shape, form)             touch(arch, section, shape)
//           dot(arch, form, g0, shape, t, tile, next, s[N][G])  axpy(arch, form, g0, t0, rows, unit, next, acc[NV][G])
//                                                               result(arch, acc, form, g, j)
//   both    put(arch, section, t, row, shape)                  in_place: one token at a time      } one of
//           encode(arch, section, rows, shape)                 by_page: all tokens of a page      } the two
//           get(arch, section, t, row, shape)                  a row as it is stored
//
// `arch` is a simd tag, which keeps code of different flags apart. Rows have shape.width() floats. A key section is
// shape.tiles() tiles, then what belongs to all of them; t is the first token of a tile in its page. Optional: fold,
// before a page is scored, puts scales of the page into the form; touch prefetches what prepare will read. `next` lies
// `ahead` bytes further in list order: asked for, never used. dot takes N = 1 or 2 neighbouring tiles, of even t, or
// one: s[G].
// What users write is a word (float, bf16, int8<>, pruned<bf16> ...): key_codec_of and value_codec_of map it to the
// codec that holds its amounts; a type with dot or axpy is taken as it is.
#include <concepts>
#include <cstring>
#include <lacuna/kv/page.hpp>
#include <lacuna/simd/sixteen.hpp>

namespace lacuna {

inline constexpr int most_group = 8;       ///< queries that share each load
inline constexpr int chunk_tokens = 1024;  ///< tokens of a softmax step

/// Queries as a key codec wants them; filled by its prepare.
struct query_form {
  alignas(64) std::uint32_t words[most_group * most_head_dim];
  alignas(64) std::uint32_t in_order[most_group * most_head_dim];  ///< scratch of prepare
  alignas(64) float rows[most_group * most_head_dim];  ///< for codecs that fold scales of their own in
  float scale[most_group];
  float part_scale[4][most_group];  ///< the same for parts of a page
  std::int32_t part_bias[4][most_group];
};

/// Weights of a chunk as a value codec wants them; filled by its prepare. `p` has chunk_tokens floats per query.
struct weight_form {
  const float* p;
  alignas(64) std::uint32_t words[2][most_group][chunk_tokens / 2];
  alignas(64) float token_scale[chunk_tokens];
  alignas(64) float token_zero[chunk_tokens];
  float scale[2][most_group];
  std::int32_t bias[2][most_group];
};

inline namespace LACUNA_ARCH {
namespace kernel {

/// Words of memory, whatever they lie in.
LACUNA_INLINE float float_at(const std::byte* p) {
  float x;
  std::memcpy(&x, p, sizeof x);
  return x;
}
LACUNA_INLINE std::int32_t int_at(const std::byte* p) {
  std::int32_t x;
  std::memcpy(&x, p, sizeof x);
  return x;
}

/// Queries that a key (value) kernel takes at once: their sums stay in registers.
template <class A>
inline constexpr int key_block = A::lanes == 16                   ? 4
                                 : std::is_same_v<A, simd::plain> ? 1
                                                                  : 2;
/// Tiles whose scores such a kernel computes at once, so that each word of a query is broadcast once for both: 2 where
/// a codec says `tiles = 2` (bf16 in .95 of the time, int4 .97, pruned bf16 .95; bytes 1.08), a block of 4 fills half the
/// registers, and all registers are 16 lanes wide.
template <class A, class K, int Queries>
inline constexpr int tile_block = [] {
  if constexpr (requires { K::tiles; } && A::lanes == 16 && Queries == 4)
    return K::tiles;
  else
    return 1;
}();
template <class A>
inline constexpr int value_block = A::lanes == 16 ? 4 : 1;

/// Asks for a line that is used some KB later, into L2: requests for L1 wait for one of its few line buffers. Of the
/// plain read, one and two threads: bf16 .82 .86 -> .89 .92, int8 .77 .78 -> .83 .86.
LACUNA_INLINE void ask(const std::byte* p) { simd::prefetch_l2(p, 0); }

/// f(constant<B>, g0) for blocks of 4, 2, 1 queries: three instantiations serve every group.
template <int Most, class F>
LACUNA_INLINE void by_blocks(int group, F&& f) {
  int g = 0;
  if constexpr (Most >= 4)
    for (; group - g >= 4; g += 4) f(std::integral_constant<int, 4>{}, g);
  if constexpr (Most >= 2)
    for (; group - g >= 2; g += 2) f(std::integral_constant<int, 2>{}, g);
  for (; group - g >= 1; ++g) f(std::integral_constant<int, 1>{}, g);
}

/// The place of word w of query g in query_form::words, block by block: [block][word][query of the block].
template <class A, class F>
LACUNA_INLINE void interleave(int group, int words, F&& place) {
  by_blocks<key_block<A>>(group, [&](auto block, int g0) LACUNA_LAMBDA {
    constexpr int B = block;
    for (int w = 0; w < words; ++w)
      for (int b = 0; b < B; ++b) place(g0 + b, w, g0 * words + w * B + b);
  });
}

/// Independent sums of one query block: at least 8, so that chains of fma do not wait, if registers allow.
template <class A, int G>
inline constexpr int chains = [] {
  const int room = A::registers / 2 / (G * simd::sixteenth<A>);
  const int want = 8 / (G * simd::sixteenth<A>);
  const int most = want < room ? want : room;
  return most < 1 ? 1 : most >= 8 ? 8 : most >= 4 ? 4 : most >= 2 ? 2 : 1;
}();

}  // namespace kernel
}  // namespace LACUNA_ARCH

namespace detail {
using probe = simd::plain;
}

/// Tokens can be written one at a time.
template <class C>
concept in_place = requires(const C c, std::byte* s, const float* row, kv_shape z) {
  c.put(detail::probe{}, s, 0, row, z);
};
/// Only whole pages can be written: the bytes of a token depend on its neighbours.
template <class C>
concept by_page = requires(const C c, std::byte* s, const float* rows, kv_shape z) {
  c.encode(detail::probe{}, s, rows, z);
};
template <class C>
concept keeps_rows = (in_place<C> || by_page<C>)&&requires(const C c, const std::byte* s, float* row,
                                                           kv_shape z) {
  c.get(detail::probe{}, s, 0, row, z);
};
/// Scores of N tiles at once (of one, if false).
template <class C, class A, int N, int G>
concept scores_tiles = requires(const C c, const query_form& f, const std::byte* t,
                                simd::f32x16<A> (&s)[N][G], kv_shape z) {
  c.dot(A{}, f, 0, z, 0, t, t, s);
};
template <class C>
concept scores_tile = requires(const C c, const query_form& f, const std::byte* t,
                               simd::f32x16<detail::probe> (&s)[2], kv_shape z) {
  c.dot(detail::probe{}, f, 0, z, 0, t, t, s);
};
template <class C>
concept key_codec = keeps_rows<C> &&
    (scores_tile<C> || scores_tiles<C, detail::probe, 1, 2>)&&requires(const C c, const float* q,
                                                                       query_form& f, kv_shape z) {
  { c.tile_bytes(z) } -> std::same_as<std::size_t>;
  { C::ahead } -> std::convertible_to<std::size_t>;
  c.prepare(detail::probe{}, q, 2, z, f);
  { c.section_bytes(z) } -> std::same_as<std::size_t>;
};
template <class C>
concept value_codec = keeps_rows<C> &&
    requires(const C c, const std::byte* const* pages, weight_form& f, const std::byte* s, kv_shape z,
             typename C::template sums<detail::probe> (&acc)[1][1]) {
  { c.section_bytes(z) } -> std::same_as<std::size_t>;
  { C::ahead } -> std::convertible_to<std::size_t>;
  c.prepare(detail::probe{}, 1, pages, 1, 0, z, f);
  c.axpy(detail::probe{}, f, 0, 0, 16, s, s, acc);
  { c.result(detail::probe{}, acc[0][0], f, 0, 0) } -> std::same_as<simd::f32x16<detail::probe>>;
  { c.panel(s, 0, z) } -> std::same_as<const std::byte*>;
};

/// The cache codecs of a word, as types key and value; specialised next to each codec.
template <class Word>
struct kv_codec_of {};

namespace detail {
template <class W>
struct key_of {
  using type = typename kv_codec_of<W>::key;
};
template <key_codec W>
struct key_of<W> {
  using type = W;
};
template <class W>
struct value_of {
  using type = typename kv_codec_of<W>::value;
};
template <value_codec W>
struct value_of<W> {
  using type = W;
};
}  // namespace detail

template <class Word>
using key_codec_of = typename detail::key_of<Word>::type;
template <class Word>
using value_codec_of = typename detail::value_of<Word>::type;

/// Bytes of a page of keys (of values): the byte model, exact.
template <key_codec K>
LACUNA_INLINE std::size_t key_bytes(const K& key, kv_shape z) {
  return key.section_bytes(z);
}
template <value_codec V>
LACUNA_INLINE std::size_t value_bytes(const V& value, kv_shape z) {
  return value.section_bytes(z);
}

}  // namespace lacuna
