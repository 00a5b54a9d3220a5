// SPDX-License-Identifier: BSL-1.0
// With LACUNA_TEST_DATA: the program's parts against the figures of llm/stories260K-reference.txt.
#include "story/data.hpp"
#include "story/sampler.hpp"

using namespace lacuna;

namespace {

std::vector<int> prompt_of(const test::real_story& real) {
  std::vector<int> prompt = real.words.encode("Once upon a time");
  prompt.insert(prompt.begin(), story::begin_token);
  return prompt;
}

}  // namespace

TEST_CASE("the tokens are those of the reference", "[story][data]") {
  const test::real_story* const real = test::real();
  if (!real) return;
  CHECK(prompt_of(*real) == test::numbers<int>(real->line("prompt \"Once upon a time\" -> tokens: ")));
  CHECK(real->text.size() == 261831);
  std::uint64_t hash = 1469598103934665603u;  // the basis of the reference; two bytes a token
  for (const int token : real->text)
    for (const unsigned shift : {0u, 8u})
      hash = (hash ^ (static_cast<unsigned>(token) >> shift & 255)) * 0x100000001b3u;
  CHECK(hash == 0x0a272e9f401341cau);
}

TEST_CASE("the logits at two positions are those of the reference", "[story][data]") {
  const test::real_story* const real = test::real();
  if (!real) return;
  const std::vector<int> prompt = prompt_of(*real);
  const test::one_thread one;
  for (const std::string weights : {"dense:float", "bitmap:float", "csr:float"}) {
    story::model m(real->weights, {story::parse_layer_form(weights), {}, {}, 8});
    m.read(one.where, prompt, 5, [&](index_t t, array_view<const float> logits) {
      if (t != 0 && t != 4) return;
      std::size_t at = 0;
      real->line("logits after " + std::to_string(t + 1) + " token(s)", &at);
      std::vector<double> want;
      for (; want.size() < 512; ++at)
        for (const double y : test::numbers<double>(real->reference[at])) want.push_back(y);
      REQUIRE(want.size() == 512);
      double worst = 0;
      for (index_t j = 0; j < 512; ++j)
        worst =
            std::max(worst, std::fabs(static_cast<double>(logits[j]) - want[static_cast<std::size_t>(j)]));
      CHECK(worst < 2e-5);  // logits up to 18, printed to 1e-6, after 5 layers in float
    });
  }
}

TEST_CASE("the 252 likeliest tokens are those of the reference", "[story][data]") {
  const test::real_story* const real = test::real();
  if (!real) return;
  const std::vector<int> want = test::numbers<int>(real->line("greedy, all 252 tokens: "));
  REQUIRE(want.size() == 252);
  const test::one_thread one;
  story::sampler choose(0);
  story::model m(real->weights, {{}, {}, {}, 256});
  std::vector<int> next = prompt_of(*real), told;
  while (told.size() < want.size()) {
    m.read(one.where, next, 1, [&](index_t, array_view<const float> y) { next = {choose.choose(y)}; });
    told.push_back(next[0]);
  }
  CHECK(told == want);
}

TEST_CASE("dense, pruned weights and windows give the nll of the reference", "[story][data]") {
  const test::real_story* const real = test::real();
  if (!real) return;
  const auto check = [&](const std::string& row, const std::string& layers,
                         story::attention_window window = {}, index_t context = 512) {
    const double want = real->nll(row), got = real->measured(layers, "dense:f32", window, context, 4);
    CAPTURE(row, layers, want, got);
    CHECK(std::fabs(got - want) < 5e-5);
  };
  check("dense                              context 256", "dense:float", {}, 256);
  check("dense                              context 512", "dense:float");
  check("weights 2:4 magnitude", "nm2:4:float");
  check("weights 4:8 magnitude (not w2)", "nm4:8:float");
  check("weights 1:4 magnitude", "nm1:4:float");
  for (const int dropped : {25, 50, 75})
    for (const std::string pattern : {"bitmap", "csr"})
      check("weights " + std::to_string(dropped) + "% per row",
            pattern + ":float:" + std::to_string(100 - dropped) + "%");
  for (const auto& [sinks, recent] :
       {std::pair{4, 16}, {4, 32}, {4, 64}, {4, 128}, {4, 256}, {0, 32}, {0, 128}})
    check("kv: " + std::to_string(sinks) + " sinks + " + std::to_string(recent) + " most recent",
          "dense:float", {sinks, recent});
}
