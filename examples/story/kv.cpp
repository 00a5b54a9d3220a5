// SPDX-License-Identifier: BSL-1.0
#include "kv.hpp"

#include <cmath>
#include <lacuna/kv/store.hpp>
#include <vector>

#include "words.hpp"

using namespace lacuna;

namespace story {

// Compiled in kv_plain.cpp, kv_narrow.cpp, kv_pruned.cpp.
using kv_maker = kv_pointer(const cache_shape&, kv_options);
kv_maker make_kv_f32, make_kv_f16, make_kv_bf16, make_kv_int8, make_kv_int4, make_kv_bitmap_bf16,
    make_kv_bitmap_int8, make_kv_2_4_bf16, make_kv_4_8_bf16;

namespace {

// A new form takes part by a line in both lists.
const std::vector<spelled> forms = {
    {{"dense:f32", "dense:float"}},
    {{"dense:f16"}},
    {{"dense:bf16"}},
    {{"dense:int8"}},
    {{"dense:int4"}},
    {{"bitmap:bf16"}},
    {{"bitmap:int8"}},
    {{"nm2:4:bf16", "nm<2,4>:bf16", "2:4:bf16"}},
    {{"nm4:8:bf16", "nm<4,8>:bf16", "4:8:bf16"}},
};
kv_maker* const makers[] = {make_kv_f32,         make_kv_f16,      make_kv_bf16,
                            make_kv_int8,        make_kv_int4,     make_kv_bitmap_bf16,
                            make_kv_bitmap_int8, make_kv_2_4_bf16, make_kv_4_8_bf16};

bool asks_for_keep(std::size_t place) { return forms[place].words[0].compare(0, 6, "bitmap") == 0; }

/// "7": channels; "7/8", "0.875", "50%": a share of them.
index_t channels(form_words& said, index_t head_size) {
  const std::string word = said.rest();
  if (word != "1" && word.find_first_not_of("0123456789") == std::string::npos)
    return said.count(1, head_size);
  return std::max<index_t>(1, std::llround(said.share() * static_cast<double>(head_size)));
}

}  // namespace

kv_form parse_kv_form(const std::string& words, index_t head_size) {
  form_words said("--kv", words);
  kv_form form{said.one_of("a form", forms)};
  if (asks_for_keep(form.place)) form.keep = said.more() ? channels(said, head_size) : (head_size + 1) / 2;
  said.end();
  return form;
}

std::string text_of(const kv_form& form) {
  return forms[form.place].words[0] + (form.keep > 0 ? ", " + count_text(form.keep) + " channels kept" : "");
}

kv_pointer make_kv(const kv_form& form, const cache_shape& s) {
  // A batch of 32 tokens is packed as soon as 64 stand in the tail. Small pages go early when a window closes.
  const kv_options o{.kv_heads = s.kv_heads,
                     .head_dim = static_cast<int>(s.head_size),
                     .page = 32,
                     .max_bytes = index_t{1} << 50,
                     .max_tokens = s.tokens,
                     .window = 32,
                     .batch = 32,
                     .keep = form.keep};
  return makers[form.place](s, o);
}

}  // namespace story
