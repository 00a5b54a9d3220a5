#pragma once
// SPDX-License-Identifier: BSL-1.0
// Forms of 8- and 4-bit weights that `advise` tries when it is asked to (options::narrow): each with tokens as they are, and
// with tokens quantised in the time ("x int8").
//
// Their kernels hang on `narrow_product<menu_narrow>`, as those of a codec on `product_of` (plan/contender.hpp).
#include <lacuna/plan/contender.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

template <pattern P, scaled_codec C>
struct narrow_form {
  using pattern_type = P;
  using codec_type = C;
};
using menu_narrow =
    types<narrow_form<dense, int8<>>, narrow_form<dense, int4<32>>, narrow_form<bitmap, int8<32>>,
          narrow_form<bitmap, int4<32>>, narrow_form<bsr<1, 16>, int4<16>>, narrow_form<nm<2, 4>, int8<>>,
          narrow_form<nm<2, 4>, int4<64>>, narrow_form<nm<1, 4>, int8<>>, narrow_form<nm<1, 8>, int8<>>,
          narrow_form<nm<1, 16>, int8<>>>;

/// The two products of a form.
struct narrow_products {
  product numbers, codes;
};

/// Of the form at `place` in Menu, made of a matrix that holds its pattern in float.
template <class Menu>
narrow_products narrow_product(std::size_t place, const source& s, const pooled& where) {
  narrow_products run;
  at_place(Menu{}, place, [&](auto form) {
    using P = typename decltype(form)::type::pattern_type;
    using C = typename decltype(form)::type::codec_type;
    const auto a = std::make_shared<const packed_matrix<P, C>>(
        pack(where, convert<P, C>(*std::static_pointer_cast<const sparse_matrix<P, float>>(s.matrix))));
    run.numbers = [a, where](matrix_view<const float> x, matrix_view<float> y) { linear(where, *a, x, y); };
    run.codes = [a, where, q = std::make_shared<quantized_tokens>()](matrix_view<const float> x,
                                                                     matrix_view<float> y) {
      if (q->rows() != x.rows()) *q = quantized_tokens(x.rows(), x.cols(), dense::arrays<owned>{});
      quantize(x, *q);
      linear(where, *a, *q, y);
    };
  });
  return run;
}

/// The narrow forms of the pattern at `place` of the menu, where they fit.
template <std::same_as<pooled> Where>
void add_narrow_forms(lineup& l, const Where& where, const candidate& c, const structure& s,
                      std::size_t place, const std::shared_ptr<const oracle>& truth) {
  source from;  // made once
  std::size_t at = 0;
  for_each_type(menu_narrow{}, [&](auto one) {
    using P = typename decltype(one)::type::pattern_type;
    using C = typename decltype(one)::type::codec_type;
    using Q = packed_pattern<P, C>;
    const std::size_t mine = at++;
    if (pattern_name<P>() != s.fits[place].pattern) return;
    plan::form about =
        describe(c, s.fits[place].pattern, codec_of<C>::name, form_bytes<C>(place, s, s.fits[place].stored));
    about.lossless = false;
    if (!l.admits(about)) return;
    if (!from.matrix) from = store(place, c);
    const double positions = static_cast<double>(c.a.rows()) * static_cast<double>(c.a.cols());
    const double kept = positions > 0 ? static_cast<double>(s.fits[place].stored) / positions : 0;
    const auto run = narrow_product<menu_narrow>(mine, from, where);
    l.in.push_back({about, run.numbers, truth, regime_of<C>(place, c.a.cols(), kept)});
    about.codec += " x int8";
    l.in.push_back({about, run.codes, truth, [](index_t) {
                      return std::string(regime_name(is_panel<Q> ? regime::stream : regime::blocks));
                    }});
  });
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
