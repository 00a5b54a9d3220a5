#pragma once
// SPDX-License-Identifier: BSL-1.0
// The patterns and codecs that the laws of format/ are held against.
#include <lacuna/format.hpp>
#include <lacuna/pack.hpp>
#include <tuple>

namespace lacuna {

using narrow_csr = basic_csr<std::uint16_t, std::int32_t>;

// In two halves, so that no translation unit compiles all of them.
using open_patterns =
    std::tuple<dense, csr, narrow_csr, bitmap, bsr<4, 4>, bsr<16, 1>, bsr<1, 16>, bsr<3, 5>>;
using group_patterns = std::tuple<nm<2, 4>, nm<1, 4>, nm<4, 8>, nm<1, 16>, nm<3, 7>, nm<33, 64>, nm<4, 4>>;
using panel_patterns = std::tuple<panel<dense>, panel<dense, 2>, panel<bitmap>, panel<bitmap, 2>,
                                  panel<nm<2, 4>>, panel<nm<3, 7>, 2>, panel<nm<33, 64>, 2>>;
// One of each template, for laws about pairs; the sizes that are left.
using kinds = std::tuple<dense, csr, bitmap, bsr<3, 5>, nm<3, 7>>;
using other_sizes = std::tuple<narrow_csr, bsr<4, 4>, bsr<16, 1>, bsr<1, 16>, nm<2, 4>, nm<1, 4>, nm<4, 8>,
                               nm<1, 16>, nm<33, 64>, nm<4, 4>>;
using number_codecs = std::tuple<float, double, bf16, f16>;
// Each grain, scale and zero once for each width.
using int8_codecs = std::tuple<int8<>, int8<32>, int8<64, f16, asymmetric>>;
using int4_codecs = std::tuple<int4<>, int4<32>, int4<16, f16, asymmetric>>;
using narrow_codecs = std::tuple<int8<>, int8<32, f16, asymmetric>, int4<16>, f8_e4m3>;
// Blocks as wide as a group, and wider; panels with as many columns in a lane as codes of 8 and 4 bits have.
using narrow_blocks = std::tuple<bsr<2, 16>, bsr<3, 32>, bsr<1, 64>>;
using narrow_panels = std::tuple<panel<dense, 4>, panel<dense, 8>, panel<bitmap, 4>, panel<nm<2, 4>, 4>,
                                 panel<nm<2, 4>, 8>, panel<nm<1, 16>, 4>, panel<nm<1, 16>, 8>>;
using narrow_kinds = std::tuple<dense, csr, bsr<3, 5>, bsr<2, 16>, panel<bitmap, 4>, panel<nm<2, 4>, 8>>;

/// f(P{}) for each pattern of a list.
template <class... P, class F>
void for_each_type(std::tuple<P...>, F&& f) {
  (f(P{}), ...);
}

}  // namespace lacuna
