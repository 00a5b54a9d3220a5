#pragma once
// SPDX-License-Identifier: BSL-1.0
// A form that takes part in a comparison: what it is, and its product behind one std::function. The only place
// of plan/ that instantiates kernels: one `linear` for each pattern x codec of the menu, whatever the threads.
#include <lacuna/exec/pool_ref.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/plan/oracle.hpp>
#include <lacuna/plan/report.hpp>
#include <lacuna/plan/structure.hpp>
#include <functional>
#include <memory>
#include <optional>

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
};

/// A product that is not ours: the caller builds it from the matrix.
struct peer {
  std::string name;   ///< "Eigen sparse"
  std::string codec;  ///< "float"
  /// What it will take, so that it can be skipped before it is built.
  std::function<std::size_t(index_t rows, index_t cols, index_t nnz)> bytes;
  std::function<product(const sparse_view<csr, float>&)> build;
};

/// A matrix that forms are made of: as given or pruned in some way.
struct candidate {
  std::string name;  ///< "as given", "pruned 2:4"
  holds what = holds::given;
  double kept = 1;
  sparse_matrix<csr, float> a;
};

/// Where contenders go, and those that would be too large.
struct lineup {
  std::vector<contender> in{};
  std::vector<skipped_form> out{};
  std::size_t most_bytes = 0;

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
  f.bits = static_cast<double>(bytes) * 8 / (static_cast<double>(c.a.rows()) * static_cast<double>(c.a.cols()));
  return f;
}

/// The same positions with values in codec C.
template <codec C, pattern P>
sparse_matrix<P, C> transcode(const sparse_matrix<P, float>& a) {
  sparse_matrix<P, C> b(a.rows(), a.cols(), a.where());
  for (index_t s = 0; s < a.nnz(); ++s) codec_of<C>::encode(b.values().data(), s, a.values()[s]);
  return b;
}

template <pattern P, codec C>
product product_of(const pooled& where, sparse_matrix<P, C> a) {
  return [where, a = std::make_shared<const sparse_matrix<P, C>>(std::move(a))](
             matrix_view<const float> x, matrix_view<float> y) { linear(where, *a, x, y); };
}

/// Pattern P with every codec that can hold the candidate and fits.
template <pattern P>
void add_forms(lineup& l, const pooled& where, const candidate& c, const structure& s, const fit& f,
               const std::shared_ptr<const oracle>& truth) {
  if (!f.holds()) return;
  const auto take = [&](auto codec, auto&& make) {
    using C = typename decltype(codec)::type;
    form about = describe(c, f.pattern, codec_of<C>::name, model_bytes<P, C>(c.a.rows(), c.a.cols(), f.stored));
    about.lossless = codec_of<C>::roundoff == 0;
    if (l.admits(about)) l.in.push_back({std::move(about), product_of(where, make()), truth});
  };
  std::optional<sparse_matrix<P, float>> source;  // made once, when the first codec that fits asks for it
  for_each_type(menu_codecs{}, [&](auto codec) {
    using C = typename decltype(codec)::type;
    take(codec, [&] {
      if (!source) source.emplace(convert<P>(c.a));
      return transcode<C>(*source);
    });
  });
  // Without fill every slot is a nonzero, so nothing but the positions need be stored when all are 1.
  if constexpr (!std::is_same_v<P, dense> && !group_pattern<P>)
    if (s.ones && f.inside == s.nnz) take(std::type_identity<ones>{}, [&] { return convert<P, ones>(c.a); });
}

/// A peer's product of the candidate.
inline void add_peer(lineup& l, const peer& p, const candidate& c, const std::shared_ptr<const oracle>& truth) {
  form about = describe(c, p.name, p.codec, p.bytes(c.a.rows(), c.a.cols(), c.a.nnz()));
  about.peer = true;
  if (l.admits(about)) l.in.push_back({std::move(about), p.build(c.a), truth});
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
