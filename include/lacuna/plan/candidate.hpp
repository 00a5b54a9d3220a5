#pragma once
// SPDX-License-Identifier: BSL-1.0
// A matrix that forms are made of: the given one, or what pruning left of it.
//
//   given w ->  as given           dense only
//           ->  pruned             its largest values: csr, bitmap, whatever holds them
//           ->  pruned 2:4, 4x4    its largest values in a structure: only the matching pattern is tried
#include <lacuna/format.hpp>
#include <lacuna/plan/report.hpp>
#include <lacuna/prune.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

struct candidate {
  std::string name;  ///< "as given", "pruned 2:4"
  holds what = holds::given;
  double kept = 1;  ///< share of sum |w|
  sparse_matrix<csr, float> a{};
};

/// sum |v|
inline double magnitude(array_view<const float> values) {
  double sum = 0;
  for (const float v : values) sum += std::fabs(static_cast<double>(v));
  return sum;
}

/// What `keep` leaves of w, by magnitude.
template <keep_policy Keep>
candidate pruned(const matrix_view<const float>& w, const std::string& name, holds what, const Keep& keep) {
  candidate c{.name = name, .what = what, .a = encode<csr, float>(w, prune(w, keep))};
  double all = 0;
  for (index_t i = 0; i < w.rows(); ++i) all += magnitude({w.data() + i * w.stride(), w.cols()});
  c.kept = all > 0 ? magnitude(c.a.values()) / all : 1;
  return c;
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
