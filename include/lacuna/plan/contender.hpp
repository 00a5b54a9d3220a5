#pragma once
// SPDX-License-Identifier: BSL-1.0
// A form that takes part in a comparison: what it is, and its product behind one std::function.
//
// The only place of plan/ that instantiates kernels: one `linear` for each pattern x codec of the menu,
// whatever the threads. All of one codec hang on `product_of<C>`: a program that has
//   extern template lacuna::plan::product lacuna::plan::product_of<lacuna::bf16>(...);
// compiles those elsewhere.
#include <functional>
#include <lacuna/exec/pool_ref.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/pack.hpp>
#include <lacuna/plan/candidate.hpp>
#include <lacuna/plan/oracle.hpp>
#include <lacuna/plan/report.hpp>
#include <lacuna/plan/structure.hpp>
#include <memory>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// y[t,m] = x[t,k] * w^T
using product = std::function<void(matrix_view<const float> x, matrix_view<float> y)>;
using pooled = exec<pool_ref, native>;

struct contender {
  form about;
  product run;
  std::shared_ptr<const oracle> truth;
  std::function<std::string(index_t tokens)> regime{};  // the loop that run() takes; none for a peer
};

/// A product that is not ours: the caller builds it from the matrix.
struct peer {
  std::string name;   ///< "Eigen sparse"
  std::string codec;  ///< "float"
  /// What it will take, so that it can be skipped before it is built.
  std::function<std::size_t(index_t rows, index_t cols, index_t nnz)> bytes;
  std::function<product(const sparse_view<csr, float>&)> build;
};

/// Where contenders go, and those that would be too large.
struct lineup {
  std::vector<contender> in{};
  std::vector<skipped_form> out{};
  std::size_t most_bytes = 0;
  bool narrow = false;

  /// Whether `f` fits; when it does not, it is noted.
  bool admits(const form& f) {
    if (f.bytes > most_bytes) out.push_back({f.matrix, f.pattern, f.codec, f.bytes});
    return f.bytes <= most_bytes;
  }
};

inline form describe(const candidate& c, std::string pattern, std::string codec, std::size_t bytes) {
  form f{.matrix = c.name, .pattern = std::move(pattern), .codec = std::move(codec), .what = c.what};
  f.bytes = bytes;
  f.kept = c.kept;
  f.bits =
      static_cast<double>(bytes) * 8 / (static_cast<double>(c.a.rows()) * static_cast<double>(c.a.cols()));
  return f;
}

/// A candidate in one pattern of the menu, values in float: what the other codecs are made of.
/// Holds a sparse_matrix<P, float>, where P stands at `place` in the menu.
struct source {
  std::size_t place = 0;
  std::shared_ptr<const void> matrix{};
};

inline source store(std::size_t place, const candidate& c) {
  source s{.place = place};
  at_place(menu_patterns{}, place, [&](auto p) {
    using P = typename decltype(p)::type;
    s.matrix = std::make_shared<const sparse_matrix<P, float>>(convert<P>(c.a));
  });
  return s;
}

/// The same positions with values in codec C; float itself is shared.
template <codec C, pattern P>
std::shared_ptr<const sparse_matrix<P, C>> transcode(
    const std::shared_ptr<const sparse_matrix<P, float>>& a) {
  if constexpr (std::is_same_v<C, float>) {
    return a;
  } else {
    const auto b = std::make_shared<sparse_matrix<P, C>>(a->rows(), a->cols(), a->where());
    for (index_t s = 0; s < a->nnz(); ++s) codec_of<C>::encode(b->values().data(), s, a->values()[s]);
    return b;
  }
}

/// N:M has slots without a nonzero as a rule, and a dense matrix of ones is no layer.
template <class P, class C>
inline constexpr bool can_hold = !std::is_same_v<C, ones> || !(group_pattern<P> || std::is_same_v<P, dense>);

/// The product of a stored candidate in codec C, packed: all kernels of that codec are instantiated here, so a
/// program may spread them over several files by `extern template`.
template <codec C>
product product_of(const source& s, const pooled& where) {
  product run;
  at_place(menu_patterns{}, s.place, [&](auto p) {
    using P = typename decltype(p)::type;
    if constexpr (can_hold<P, C>) {
      const auto a = transcode<C>(std::static_pointer_cast<const sparse_matrix<P, float>>(s.matrix));
      std::shared_ptr<const packed_matrix<P, C>> packed;
      if constexpr (std::is_same_v<packed_pattern<P, C>, P>)
        packed = a;
      else
        packed = std::make_shared<const packed_matrix<P, C>>(pack(where, *a));
      run = [packed, where](matrix_view<const float> x, matrix_view<float> y) {
        linear(where, *packed, x, y);
      };
    }
  });
  return run;
}

/// The regime of a packed form by its number of tokens.
template <codec C>
std::function<std::string(index_t)> regime_of(std::size_t place, index_t cols, double kept) {
  std::function<std::string(index_t)> name;
  at_place(menu_patterns{}, place, [&](auto p) {
    using P = packed_pattern<typename decltype(p)::type, C>;
    name = [cols, kept](index_t tokens) -> std::string {
      if (std::is_same_v<simd::best, simd::plain>) return regime_name(regime::reference);
      return regime_name(kernel::choose_regime<P, simd::best>(tokens, cols, kept, true));
    };
  });
  return name;
}

/// Whether codec C gives back these very values: small integers come through bf16, too.
template <codec C>
bool exact_in(array_view<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) {
    element_t<C> stored[1] = {};
    codec_of<C>::encode(stored, 0, v);
    return codec_of<C>::decode(stored, 0) == v;
  });
}

/// The pattern at `place` with every codec that can hold the candidate and fits. A template, as what calls it, so that
/// a file that includes this and never asks compiles none of the menu's kernels: 2 s, not 22.
template <std::same_as<pooled> Where>
void add_forms(lineup& l, const Where& where, const candidate& c, const structure& s, std::size_t place,
               const std::shared_ptr<const oracle>& truth) {
  const fit& f = s.fits[place];
  source from;  // made once, when the first codec that fits asks for it
  const auto add = [&](auto codec) {
    using C = typename decltype(codec)::type;
    form about = describe(c, f.pattern, codec_of<C>::name, form_bytes<C>(place, s, f.stored));
    about.lossless = codec_of<C>::roundoff == 0 || exact_in<C>(c.a.values());
    if (!l.admits(about)) return;
    if (!from.matrix) from = store(place, c);
    const double positions = static_cast<double>(c.a.rows()) * static_cast<double>(c.a.cols());
    const double kept = positions > 0 ? static_cast<double>(f.stored) / positions : 0;
    l.in.push_back(
        {std::move(about), product_of<C>(from, where), truth, regime_of<C>(place, c.a.cols(), kept)});
  };
  for_each_type(menu_codecs{}, add);
  // Where every slot holds a nonzero, and all are 1, the positions say everything.
  const bool listed = f.M == 0 && f.pattern != dense::name();
  if (s.ones && f.inside == s.nnz && listed) add(std::type_identity<ones>{});
}

/// A peer's product of the candidate.
inline void add_peer(lineup& l, const peer& p, const candidate& c,
                     const std::shared_ptr<const oracle>& truth) {
  form about = describe(c, p.name, p.codec, p.bytes(c.a.rows(), c.a.cols(), c.a.nnz()));
  about.peer = true;
  if (l.admits(about)) l.in.push_back({std::move(about), p.build(c.a), truth, {}});
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
