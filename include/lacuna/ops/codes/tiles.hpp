#pragma once
// SPDX-License-Identifier: BSL-1.0
// A chunk of a packed panel as tiles of signed bytes, code - z, for the integer product of many tokens:
//
//   [column / 4][16 rows][4]      0 where nothing is stored; columns of int4 even and odd: 0 2 4 6 | 1 3 5 7
//
// `code_tiles<P, C, A>` has
//
//   start(a, p)                         the slot of panel p's first value
//   decode(a, p, slot, k0, k1, zero, to)   columns [k0, k1) of it, k0 a multiple of 64, which lie in one group; slot moves along
//   longest                             columns that are added as integers at most
//   turned                              whether columns are even and odd
//
//   2:4    fields 3 0  ->  bytes  v1' 0 0 v0'     a table of 16 words says by a lane's fields which slot each byte takes
#include <array>
#include <lacuna/ops/codes/bitmap.hpp>
#include <lacuna/ops/codes/dense.hpp>
#include <lacuna/ops/codes/nm.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Columns decoded at a time: two panels take 8 KB. With 512, 32 tokens x dense int8 of 4096^2 took 1.3 ms, not .87.
inline constexpr index_t tile_chunk = 256;

/// Groups that fill chunks, or chunks that fill groups; what is not stored is 0, and code - z is a byte.
template <class C>
inline constexpr bool tiles_group = (codec_of<C>::bits == 4 || !codec_of<C>::has_zero) &&
                                    (group_period<C> == 0 ||
                                     tile_chunk % (group_period<C> + (group_period<C> == 0)) == 0);

/// u - z of every byte, as a signed one; z is that of the cell, or of the codec.
template <class C, class A>
LACUNA_INLINE simd::i32<A> signed_codes(simd::i32<A> u, simd::i32<A> zero) {
  const auto sign = simd::set_i32<A>(static_cast<std::int32_t>(0x80808080u));
  if constexpr (codec_of<C>::bits == 8)
    return u ^ sign;
  else
    return ((u | sign) - (codec_of<C>::has_zero ? zero : simd::set_i32<A>(0x08080808))) ^ sign;
}

template <class P, codec C, class A>
struct code_tiles {};
template <class P, class C, class A>
concept has_code_tiles = requires {
  code_tiles<P, C, A>::turned;
};

/// By the walk of the pattern, which knows no tokens here.
template <class P, codec C, class A>
requires(walks_codes<P, C, A>&& tiles_group<C> && !has_groups<P>) struct code_tiles<P, C, A> {
  using walk = code_walk<P, C, A>;
  static constexpr bool turned = walk::x_bytes == 8;
  static constexpr index_t longest = longest_group;

  LACUNA_INLINE static index_t start(const sparse_view<P, C>& a, index_t p) { return walk::start(a, p); }
  LACUNA_INLINE static void decode(const sparse_view<P, C>& a, index_t p, index_t& slot, index_t k0,
                                   index_t k1, const simd::i32<A> (&zero)[panel_registers<A>],
                                   std::int8_t* to) {
    const auto put = [&](auto, const auto& w, const auto&) LACUNA_LAMBDA {
      simd::unroll<panel_registers<A>>([&](auto r) LACUNA_LAMBDA {
        simd::store_raw(to + r * (4 * A::lanes), signed_codes<C>(w[r], zero[r]));
      });
      to += 4 * panel_rows;
    };
    walk::template walk<1, 0>(a, p, slot, k0 / walk::step, walk::steps(k1), zero, nullptr, put);
  }
};

/// The fields of a group are among the 16 entries of a register: 2:4, 1:4, 1:8, 1:16.
template <int N, int M, int I, codec C, class A>
requires(walks_codes<panel<nm<N, M>, I>, C, A>&& tiles_group<C>&& N* nm<N, M>::index_bits <= 4 &&
         M % 4 == 0 && A::lanes == 16) struct code_tiles<panel<nm<N, M>, I>, C, A> {
  using format = panel<nm<N, M>, I>;
  static constexpr int Bits = format::index_bits, F = format::F, registers = I / 4;
  static constexpr int columns = I / N * M;  // of a step
  static constexpr bool turned = false;
  static constexpr index_t longest = longest_group / N * M;

  LACUNA_INLINE static index_t start(const sparse_view<format, C>& a, index_t p) {
    return p * format::panel_slots(a.cols());
  }
  LACUNA_INLINE static void decode(const sparse_view<format, C>& a, index_t p, index_t& slot, index_t k0,
                                   index_t k1, const simd::i32<A> (&zero)[1], std::int8_t* to) {
    const std::uint32_t* const fields = a.where().at.fields.data() + p * format::panel_words(a.cols());
    const panel_values<C, I, A> values(a.values().data());
    constexpr index_t line_steps = F / I;
    index_t s = k0 / columns;
    const index_t end = (k1 + columns - 1) / columns;
    const auto table = tables();
    while (s < end) {
      const std::uint32_t* const line = fields + s / line_steps * panel_rows;
      simd::prefetch_ahead(line, 2048);
      auto field = simd::shr_by(simd::load_raw<A>(line), static_cast<int>(s % line_steps) * I * Bits);
      const index_t stop = (s / line_steps + 1) * line_steps, last = stop < end ? stop : end;
      for (; s < last; ++s, slot += panel_rows * I, to += columns * panel_rows) {
        simd::prefetch_ahead(a.values().data() + codec_of<C>::elements(slot), 4096);
        step(values.load(slot), zero[0], table, field, to);
        if constexpr (I * Bits < 32) field = simd::shr<I * Bits % 32>(field);
      }
    }
  }

 private:
  static constexpr int quarters = M / 4;  // registers of a group
  /// What byte j of a lane takes, for columns 4 c .. 4 c + 3 of a group whose slots are those of register b: slot n of it
  /// is n / registers bytes after the first.
  static constexpr std::array<std::uint32_t, 16> table_of(int c, int first) {
    std::array<std::uint32_t, 16> t{};
    for (unsigned f = 0; f < 16; ++f)
      for (int j = 0; j < 4; ++j) {
        unsigned byte = 128;
        for (int n = N - 1; n >= 0; --n)  // a pad has field 0, after slot 0
          if (static_cast<int>(f >> (n * Bits) & ((1u << Bits) - 1)) == 4 * c + j &&
              (n - first) % registers == 0)
            byte = static_cast<unsigned>(n / registers);
        t[f] |= byte << (8 * j);
      }
    return t;
  }
  /// The slots of a group that lie in register b, for groups that start in register `first`: N = 2 has one in each of two.
  static constexpr int table_count = N >= registers ? registers : 1;
  struct table_registers {
    simd::i32<A> at[quarters][table_count];
  };
  LACUNA_INLINE static table_registers tables() {
    table_registers t;
    simd::unroll<quarters * table_count>([&](auto i) LACUNA_LAMBDA {
      static constexpr auto words = table_of(i / table_count, i % table_count);
      t.at[i / table_count][i % table_count] = simd::load_raw<A>(words.data());
    });
    return t;
  }
  template <class Raw>
  LACUNA_INLINE static void step(const Raw& raw, simd::i32<A> zero, const table_registers& table,
                                 simd::i32<A> field, std::int8_t* to) {
    simd::i32<A> v[registers];
    simd::unroll<registers>([&](auto b) LACUNA_LAMBDA { v[b] = signed_codes<C>(raw.u[b], zero); });
    simd::unroll<I / N>([&](auto g) LACUNA_LAMBDA {
      constexpr int slot = g * N;
      const auto mine = simd::shr<slot * Bits>(field);
      simd::unroll<quarters>([&](auto c) LACUNA_LAMBDA {
        auto out = simd::zero_i32<A>();
        simd::unroll<table_count>([&](auto t) LACUNA_LAMBDA {
          const auto at =
              simd::lookup_raw<4, A>(mine, table.at[c][t]) | simd::set_i32<A>(slot / registers * 0x01010101);
          out = out | simd::lane_bytes(v[(slot + t) % registers], at);
        });
        simd::store_raw(to + (g * quarters + c) * (4 * panel_rows), out);
      });
    });
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
