// SPDX-License-Identifier: BSL-1.0
#include "select.hpp"

#include <algorithm>
#include <cmath>
#include <lacuna/kv/store.hpp>
#include <vector>

#include "words.hpp"

using namespace lacuna;

namespace story {

// Compiled in select_keys.cpp, select_box.cpp, select_mean.cpp.
using select_maker = kv_pointer(const select_form&, const cache_shape&, kv_options);
select_maker make_exact, make_streaming, make_quest, make_lserve, make_kinetics, make_infllm,
    make_double_sparsity, make_shadow_kv;

namespace {

// A new system takes part by a line in both lists.
const std::vector<spelled> systems = {{{"exact", "top"}},
                                      {{"streaming", "streaming_llm"}},
                                      {{"quest"}},
                                      {{"lserve"}},
                                      {{"kinetics"}},
                                      {{"infllm_v2", "infllm"}},
                                      {{"double_sparsity", "ds"}},
                                      {{"shadow_kv", "shadowkv"}}};
select_maker* const makers[] = {make_exact,    make_streaming, make_quest,           make_lserve,
                                make_kinetics, make_infllm,    make_double_sparsity, make_shadow_kv};

bool by_page(std::size_t place) {
  const std::string& name = systems[place].words[0];
  return name == "quest" || name == "lserve" || name == "kinetics" || name == "infllm_v2" ||
         name == "shadow_kv";
}

/// "BUDGET", or "BUDGET:PAGE" where pages are chosen.
void read_amounts(form_words& said, select_form& form) {
  const std::string words = said.rest(), budget = words.substr(0, words.find(':'));
  const bool more = budget.size() < words.size();
  if (more && !by_page(form.place)) said.refuse("nothing after the budget of a system without pages", words);
  form_words amount("--select", budget);
  if (budget.find_first_not_of("0123456789") == std::string::npos)
    form.share = 0, form.budget = amount.count(1, index_t{1} << 30);
  else
    form.share = amount.share();
  if (more) {
    form_words page("--select", words.substr(budget.size() + 1));
    form.page = static_cast<int>(page.count(1, 16));
    if (16 % form.page != 0) said.refuse("a page of 1, 2, 4, 8 or 16 keys", count_text(form.page));
  }
  said.pass();
}

}  // namespace

index_t select_form::tokens(index_t all) const {
  return share > 0 ? std::llround(std::ceil(share * static_cast<double>(all))) : budget;
}

select_form parse_select_form(const std::string& words) {
  form_words said("--select", words);
  select_form form;
  form.place = said.one_of("a system", systems);
  form.none = false;
  form.share = 0.25;
  if (by_page(form.place)) form.page = 16;
  if (said.more()) read_amounts(said, form);
  said.end();
  return form;
}

std::string text_of(const select_form& form) {
  if (form.none) return "all keys";
  return systems[form.place].words[0] + " of " +
         (form.share > 0 ? number_text("%g %% of the keys", 100 * form.share)
                         : count_text(form.budget) + " keys") +
         (form.page > 0 ? " by " + count_text(form.page) : "");
}

kv_pointer make_selected(const select_form& form, const cache_shape& s) {
  const kv_options o{.kv_heads = s.kv_heads,
                     .head_dim = static_cast<int>(s.head_size),
                     .page = 16,
                     .max_bytes = index_t{1} << 50,
                     .max_tokens = s.tokens,
                     .lists = static_cast<int>(s.heads / s.kv_heads)};
  return makers[form.place](form, s, o);
}

}  // namespace story
