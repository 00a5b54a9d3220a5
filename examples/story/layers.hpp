#pragma once
// SPDX-License-Identifier: BSL-1.0
// In which form the weights of a layer are stored: a pattern and a codec of this menu, chosen at run time.
//
//   bitmap:bf16:0.5     half of each row, those of the largest magnitude, in bf16
//
// A new form takes part by one word in a list, and for a codec a file layers_<codec>.cpp, where its kernels are compiled.
#include <lacuna/format.hpp>
#include <lacuna/ops/any_linear.hpp>
#include <lacuna/plan/menu.hpp>
#include <string>

namespace story {

// In two parts, since one file with the kernels of all of them takes too long to compile for a codec of codes.
using first_patterns = lacuna::plan::types<lacuna::dense, lacuna::nm<2, 4>, lacuna::bitmap, lacuna::csr>;
using more_patterns = lacuna::plan::types<lacuna::nm<1, 4>, lacuna::nm<4, 8>, lacuna::bsr<4, 4>>;
using layer_codecs = lacuna::plan::types<float, lacuna::bf16, lacuna::f16, lacuna::int8<lacuna::per_row>,
                                         lacuna::int8<32>, lacuna::int4<32>>;

struct layer_form {
  std::size_t pattern = 0, codec = 0;  // places in the lists, those of patterns one after the other
  double keep = 1;  // share of a row's weights, or of a layer's blocks; N:M patterns say it themselves
};

/// Of "PATTERN:CODEC[:KEEP]". Fails with errc::argument and the menu.
layer_form parse_layer_form(const std::string& words);
std::string text_of(const layer_form& form);

/// w, pruned by magnitude and stored. An N:M pattern needs whole groups of columns: a matrix without them is stored dense.
/// Of a row `cols - floor(cols * (1 - keep))` weights stay.
lacuna::any_linear make_layer(const layer_form& form, lacuna::matrix_view<const float> w);

}  // namespace story
