// SPDX-License-Identifier: BSL-1.0
#include "layers.hpp"

#include <cmath>
#include <lacuna/prune/keep_blocks.hpp>
#include <lacuna/prune/prune.hpp>
#include <vector>

#include "words.hpp"

using namespace lacuna;

namespace story {

// Compiled in layers_<codec>.cpp.
template <codec C, class Patterns>
any_linear store_as(std::size_t pattern, matrix_view<const float> w, const position_mask& kept);

namespace {

// In the order of the lists of patterns and codecs; the first word is the one that is shown.
const std::vector<spelled> patterns = {
    {{"dense"}},
    {{"nm2:4", "nm<2,4>", "2:4"}},
    {{"bitmap"}},
    {{"csr"}},
    {{"nm1:4", "nm<1,4>", "1:4"}},
    {{"nm4:8", "nm<4,8>", "4:8"}},
    {{"bsr4x4", "bsr<4,4>"}},
};
const std::vector<spelled> codecs = {
    {{"float", "f32"}},
    {{"bf16"}},
    {{"f16"}},
    {{"int8", "int8<per_row>"}},
    {{"int8<32>", "int8x32"}},
    {{"int4<32>", "int4x32", "int4"}},
};

template <class... P>
constexpr std::size_t count_of(plan::types<P...>) {
  return sizeof...(P);
}
constexpr std::size_t first_count = count_of(first_patterns{});

template <class F>
void with_pattern(std::size_t place, F&& f) {
  plan::at_place(first_patterns{}, place, f);
  if (place >= first_count) plan::at_place(more_patterns{}, place - first_count, f);
}

bool keeps_a_share(std::size_t pattern) {
  bool share = false;
  with_pattern(pattern, [&](auto p) {
    using P = typename decltype(p)::type;
    share = !grouped<P> && !std::same_as<P, dense>;
  });
  return share;
}

/// The columns that stay of each row: as many as the rule says, whatever rounding does to the share.
keep::per_row of_each_row(double share, index_t cols) {
  const double all = static_cast<double>(cols), dropped = std::floor(all * (1 - share) + 1e-9);
  return {cols > 0 ? (all - dropped) / all : 1};
}

template <class P>
position_mask kept_of(matrix_view<const float> w, double share) {
  if constexpr (grouped<P>)
    return prune(w, keep::groups<P>{});
  else if constexpr (plan::block_pattern<P>)
    return prune(w, keep::blocks<P::R, P::C>{share});
  else
    return prune(w, of_each_row(share, w.cols()));
}

/// Whether the columns of w are whole groups.
template <class P>
bool fits(index_t cols) {
  if constexpr (grouped<P>)
    return cols % P::M == 0;
  else
    return true;
}

}  // namespace

layer_form parse_layer_form(const std::string& words) {
  form_words said("--weights", words);
  layer_form form;
  form.pattern = said.one_of("a pattern", patterns);
  form.codec = said.one_of("a codec", codecs);
  const bool share = keeps_a_share(form.pattern);
  if (said.more())
    form.keep = said.share(share ? "" : patterns[form.pattern].words[0] + " keeps what it keeps");
  said.end();
  return form;
}

std::string text_of(const layer_form& form) {
  return patterns[form.pattern].words[0] + " x " + codecs[form.codec].words[0] +
         (keeps_a_share(form.pattern) ? ", " + number_text("%g", form.keep * 100) + " % kept" : "");
}

any_linear make_layer(const layer_form& form, matrix_view<const float> w) {
  std::size_t pattern = form.pattern;
  position_mask kept;
  with_pattern(form.pattern, [&](auto p) {
    using P = typename decltype(p)::type;
    if (!fits<P>(w.cols())) pattern = 0;
    kept = pattern == form.pattern ? kept_of<P>(w, form.keep) : kept_of<dense>(w, 1);
  });
  any_linear layer;
  std::size_t place = 0;
  plan::for_each_type(layer_codecs{}, [&](auto c) {
    using C = typename decltype(c)::type;
    if (place++ != form.codec) return;
    layer = pattern < first_count ? store_as<C, first_patterns>(pattern, w, kept)
                                  : store_as<C, more_patterns>(pattern - first_count, w, kept);
  });
  return layer;
}

}  // namespace story
