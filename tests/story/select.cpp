// SPDX-License-Identifier: BSL-1.0
// --select: the best keys of the reference, systems that stay near dense perplexity, budgets that hold all keys, refusals.
#include "story/select.hpp"

#include "story/data.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

/// A system, and what follows the budget where it chooses pages.
const std::vector<std::pair<std::string, std::string>> systems = {
    {"exact", ""},    {"streaming", ""},  {"double_sparsity", ""}, {"quest", ":4"},
    {"lserve", ":4"}, {"kinetics", ":4"}, {"infllm_v2", ":4"},     {"shadow_kv", ":4"}};

/// The largest difference between what `form` attends and all keys, of values up to 1, and the share of keys read.
std::pair<double, double> against_all(const std::string& form, index_t tokens) {
  const story::cache_shape shape{4, 2, 8, tokens};
  const auto some = story::make_selected(story::parse_select_form(form), shape);
  const auto all = story::make_kv(story::parse_kv_form("dense:f32", 8), shape);
  const test::one_thread one;
  test::random_source random(3);
  double worst = 0;
  for (index_t t = 0; t < tokens; ++t) {
    float k[16], v[16], q[32], got[32], want[32];
    for (float* const x : {k, v})
      for (int d = 0; d < 16; ++d) x[d] = random.any();
    for (float& x : q) x = random.any();
    some->append(k, v), all->append(k, v);
    some->attend(one.where, q, got), all->attend(one.where, q, want);
    for (int d = 0; d < 32; ++d) worst = std::max(worst, std::fabs(double(got[d]) - double(want[d])));
  }
  return {worst, some->share().read / some->share().all};
}

}  // namespace

TEST_CASE("a selection of all keys is dense, of fewer is not", "[story]") {
  for (const auto& [system, page] : systems) {
    const std::string name = system;
    CAPTURE(name);
    const auto all = against_all(name + ":70" + page, 70), few = against_all(name + ":16" + page, 70);
    CHECK(all.first < 1e-6);
    CHECK(all.second == 1);
    CHECK(few.first > 1e-3);
    CHECK(few.second < 0.6);
  }
}

TEST_CASE("forms of --select and what is refused", "[story]") {
  const auto text = [](const std::string& words) { return story::text_of(story::parse_select_form(words)); };
  CHECK(text("exact:16") == "exact of 16 keys");
  CHECK(text("top:1/8") == "exact of 12.5 % of the keys");
  CHECK(text("quest") == "quest of 25 % of the keys by 16");
  CHECK(text("infllm:64:4") == "infllm_v2 of 64 keys by 4");
  CHECK(story::text_of(story::select_form{}) == "all keys");
  for (const std::string words :
       {"", ":", "best", "quest:", "quest:0", "quest:2.0", "quest:-8", "quest:8:3",
        "quest:8:", "streaming:8:2", "exact:8 ", "exact:1/0", "exact:nan", "lserve:8:16:1"}) {
    CAPTURE(words);
    CHECK(test::refusal([&] { story::parse_select_form(words); }).find("argument: --select: need ") == 0);
  }
}

TEST_CASE("the best keys of each head give the nll of the reference", "[story][data]") {
  const test::real_story* const real = test::real();
  if (!real) return;
  for (const int k : {4, 8, 16, 32, 64}) {
    const double want = real->nll("attention: exact top-" + std::to_string(k) + " per head");
    const double got = real->measured("dense:float", "dense:f32", {}, 512, 4, "exact:" + std::to_string(k));
    CAPTURE(k, want, got);
    CHECK(std::fabs(got - want) < 5e-5);
  }
}

TEST_CASE("at a quarter of the keys these systems stay within 1.02 of dense perplexity", "[story][data]") {
  const test::real_story* const real = test::real();
  if (!real) return;
  const double dense = std::exp(real->nll("dense                              context 512"));
  for (const std::string form : {"quest:64:4", "lserve:64:4", "kinetics:64:4", "infllm_v2:64:4"}) {
    double read = 0;
    const double got = std::exp(real->measured("dense:float", "dense:f32", {}, 512, 4, form, &read));
    CAPTURE(form, dense, got, read);
    CHECK(got < 1.02 * dense);
    CHECK(read < 0.25);  // of the keys that tokens see: 64, and 64 of 512 in the end
  }
}
