// SPDX-License-Identifier: BSL-1.0
// What the concepts take and refuse. Compiling this file is the test.
#include <cstdint>
#include <lacuna/format.hpp>
#include <lacuna/prune.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace lacuna {
namespace {

// Patterns and their abilities.
static_assert(pattern<dense> && pattern<csr> && pattern<bitmap>);
static_assert(pattern<basic_csr<std::uint16_t, std::int32_t>> &&
              pattern<basic_csr<std::int64_t, std::int64_t>>);
static_assert(pattern<bsr<4, 4>> && pattern<bsr<16, 1>> && pattern<bsr<3, 5, std::uint16_t, std::int32_t>>);
static_assert(pattern<nm<2, 4>> && pattern<nm<1, 1>> && pattern<nm<64, 64>> && pattern<nm<33, 64>>);
static_assert(counts_rows<dense> && counts_rows<csr> && counts_rows<bsr<4, 4>>);
static_assert(counts_rows<nm<2, 4>> && counts_rows<bitmap>);
static_assert(!pattern<int> && !pattern<float> && !pattern<ones> && !pattern<void>);
static_assert(!row_visitable<std::vector<int>>);
static_assert(std::is_same_v<csr, basic_csr<std::int32_t, std::int64_t>>);
static_assert(dense::filled && bsr<2, 2>::filled && nm<2, 4>::filled && !csr::filled && !bitmap::filled);

// A pattern from outside with the five members only: no counting, no defects, no byte model.
struct diagonal {
  static constexpr bool filled = true;
  template <template <class> class Array>
  struct arrays {
    template <class F>
    auto apply(F&& f) const {
      return f();
    }
  };
  static std::string name() { return "diagonal"; }
  static index_t stored(const positions<diagonal>& w) { return w.rows < w.cols ? w.rows : w.cols; }
  template <class F>
  static void visit_row(const positions<diagonal>& w, index_t i, F&& f) {
    if (i < w.cols) f(i, i);
  }
  template <class Kept>
  static arrays<owned> build(index_t, index_t, Kept&&) {
    return {};
  }
};
static_assert(pattern<diagonal> && !counts_rows<diagonal>);

// Codecs.
static_assert(codec<float> && codec<double> && codec<bf16> && codec<f16> && codec<ones>);
static_assert(valueless_codec<ones> && !valueless_codec<float>);
static_assert(!codec<csr> && !codec<std::string>);
static_assert(std::is_same_v<element_t<bf16>, bf16> && std::is_same_v<value_t<bf16>, float>);
static_assert(std::is_same_v<value_t<double>, double> && std::is_same_v<value_t<ones>, float>);

// Operands.
static_assert(sparse_operand<sparse_matrix<csr, float>> && sparse_operand<const sparse_view<bitmap, bf16>&>);
static_assert(sparse_operand<position_mask> && sparse_operand<sparse_matrix<diagonal, float>>);
static_assert(!sparse_operand<matrix<float>> && !sparse_operand<csr> && !sparse_operand<int>);
static_assert(dense_operand<matrix<float>> && dense_operand<const matrix<bf16, col_major>&>);
static_assert(dense_operand<matrix_view<const double>> && dense_operand<matrix_view<f16, col_major>>);
static_assert(!dense_operand<std::vector<float>> && !dense_operand<sparse_matrix<csr, float>>);
static_assert(!dense_operand<int>);

// Scores and keeps.
static_assert(scorer<score::magnitude> && scorer<score::magnitude, double> && scorer<score::wanda>);
static_assert(!scorer<int> && !scorer<keep::fraction>);
static_assert(keep_policy<keep::fraction> && keep_policy<keep::count> && keep_policy<keep::per_row>);
static_assert(keep_policy<keep::groups<nm<2, 4>>> && keep_policy<keep::blocks<4, 4>>);
static_assert(!keep_policy<double> && !keep_policy<score::magnitude>);
static_assert(grouped<nm<2, 4>> && !grouped<csr> && !grouped<bsr<4, 4>>);

}  // namespace
}  // namespace lacuna
