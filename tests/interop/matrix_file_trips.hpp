#pragma once
// SPDX-License-Identifier: BSL-1.0
// The law of matrix files: every pattern x codec comes back bit for bit.
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/matrix_files.hpp"
#include "support/shapes.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

/// What the file said and held, as one text for the original and one for what came back.
struct file_twin {
  std::string saved, mapped;
};

template <class P, class C>
file_twin file_round_trip(index_t rows, index_t cols, std::uint64_t seed) {
  const auto a = test::random_bits<P, C>(rows, cols, seed);
  const auto bytes = test::aligned_bytes(test::matrix_file_of(a));
  const matrix_file_info h = detail::read_matrix_header(bytes, "memory");
  const mapped_matrix<P, C> m(bytes);
  const auto said = [](const std::string& p, const std::string& c, index_t nnz, index_t size) {
    return p + " " + c + " " + count_text(nnz) + " " + count_text(size) + " ";
  };
  return {
      said(P::name(), codec_of<C>::name, a.nnz(), bytes.size()) + test::bits(a.view()),
      said(h.pattern, h.codec, h.nnz, h.bytes) +
          test::bits(h.rows, h.cols,
                     detail::list_arrays<P, C>(m.view().where().at, m.view().values(), m.view().scales()))};
}

inline void check_twin(const file_twin& t) {
  CAPTURE(t.saved.size());
  CHECK(t.saved == t.mapped);
}

template <class P, class List = std::tuple<float, double, bf16, f16, ones>>
void check_file_round_trips(std::uint64_t seed, List = {}) {
  for (const test::shape s : test::shapes()) {
    CAPTURE(P::name(), s.rows, s.cols, seed);
    for_each_type(List{}, [&](auto c) { check_twin(file_round_trip<P, decltype(c)>(s.rows, s.cols, seed)); });
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
