// SPDX-License-Identifier: BSL-1.0
// Every form of a cache against the plain model of its rule: alone, and in the model.
#include "story/kv.hpp"

#include "story/data.hpp"
#include "story/kv_rules.hpp"
#include "story/plain_model.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

struct setting {
  std::string word;
  index_t keep;  // of 8 channels
  double step;   // how far attention may be off, of the largest value
};
/// f32 rounds; 16 bits and codes round queries and weights, too.
const std::vector<setting> settings = {
    {"dense:f32", 0, 1e-6},  {"dense:f16", 0, 1e-3},   {"dense:bf16", 0, 1e-2},  {"dense:int8", 0, 1e-2},
    {"dense:int4", 0, 1e-2}, {"bitmap:bf16", 7, 1e-2}, {"bitmap:bf16", 3, 1e-2}, {"bitmap:int8", 5, 1e-2},
    {"nm2:4:bf16", 0, 1e-2}, {"nm4:8:bf16", 0, 1e-2}};

std::string words_of(const setting& s) { return s.word + (s.keep > 0 ? ":" + std::to_string(s.keep) : ""); }

/// `form` and its rule over the same tokens; the largest difference, of values up to 1.
double difference(const setting& s, story::attention_window window, index_t tokens) {
  const story::cache_shape shape{4, 2, 8, tokens, window};
  const auto form = story::parse_kv_form(words_of(s), 8);
  const auto cache = story::make_kv(form, shape);
  story::plain_rule rule = test::rule_of(s.word, s.keep, 2, 8);
  rule.sinks = window.sinks, rule.recent = window.recent;
  story::plain_attention plain(4, 2, 8, rule);
  const test::one_thread one;
  double worst = 0;
  for (const std::uint64_t seed : {1u, 2u}) {  // the second time in a cache that was cleared
    test::random_source random(seed);
    plain.clear();
    cache->clear();
    for (index_t t = 0; t < tokens; ++t) {
      float k[16], v[16], q[32], got[32];
      double want[32];
      for (float& x : k) x = 3 * random.any();
      for (float& x : v) x = random.any();
      for (float& x : q) x = 2 * random.any();
      cache->append(k, v);
      plain.append(k, v);
      cache->attend(one.where, q, got);
      plain.attend(q, want);
      for (int d = 0; d < 32; ++d) worst = std::max(worst, std::fabs(static_cast<double>(got[d]) - want[d]));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("every form of a cache gives the attention of its rule", "[story]") {
  for (const setting& s : settings) {
    CAPTURE(words_of(s));
    CHECK(difference(s, {}, 200) < s.step);
    CHECK(difference(s, {3, 70}, 200) < s.step);
    if (s.word.find("dense") == 0 && s.word != "dense:int4") CHECK(difference(s, {0, 5}, 100) < s.step);
  }
}

TEST_CASE("a narrow cache takes fewer bytes, a window fewer still", "[story]") {
  const auto bytes = [](const std::string& words, story::attention_window window) {
    const auto cache = story::make_kv(story::parse_kv_form(words, 64), {2, 2, 64, 1024, window});
    const std::vector<float> row(128, 1);
    for (int t = 0; t < 1024; ++t) cache->append(row.data(), row.data());
    return cache->bytes();
  };
  const std::size_t f32 = bytes("dense:f32", {}), bf16 = bytes("dense:bf16", {}),
                    int8 = bytes("dense:int8", {}), int4 = bytes("dense:int4", {}),
                    half = bytes("bitmap:bf16:50%", {});
  CHECK(f32 > 1024 * 2 * 128 * 4);
  CHECK(bf16 < f32 * 51 / 100);
  CHECK(int8 < f32 * 28 / 100);
  CHECK(int4 < int8);
  CHECK(half < bf16);
  CHECK(bytes("dense:f32", {4, 100}) < f32 / 5);
}

TEST_CASE("words that name no cache are refused", "[story]") {
  for (const char* const words :
       {"", "dense", "dense:int7", "dense:f32:0.5", "dense:int8:", "bitmap:f32", "bitmap:bf16:0",
        "bitmap:bf16:9", "bitmap:bf16:1.5", "bitmap:bf16:x", "bitmap:bf16:", "nm2:4:bf16:3"}) {
    CAPTURE(words);
    CHECK(test::refusal([&] { story::parse_kv_form(words, 8); }).find("argument: --kv: need ") == 0);
  }
  const auto kept = [](const char* words) { return story::parse_kv_form(words, 8).keep; };
  CHECK(kept("bitmap:bf16:7") == 7);
  CHECK(kept("bitmap:bf16:7/8") == 7);
  CHECK(kept("bitmap:int8:0.75") == 6);
  CHECK(kept("bitmap:int8:50%") == 4);
  CHECK(kept("bitmap:int8:1") == 8);
  CHECK(kept("bitmap:bf16") == 4);
  const auto narrow_window = [] {
    story::make_kv(story::parse_kv_form("dense:int4", 8), {4, 2, 8, 100, {4, 63}});
  };
  CHECK(test::refusal(narrow_window).find("--window: need RECENT >= 64") != std::string::npos);
}

TEST_CASE("pruned caches give the nll of the plain model of their rule", "[story][data]") {
  const test::real_story* const real = test::real();
  if (!real) return;
  for (const setting& s : {setting{"bitmap:bf16", 7, 0},
                           {"bitmap:bf16", 6, 0},
                           {"bitmap:bf16", 4, 0},
                           {"bitmap:int8", 7, 0},
                           {"nm4:8:bf16", 0, 0}}) {
    test::plain_model plain(real->weights, test::rule_of(s.word, s.keep, 4, 8));
    const double want = plain.nll(real->text, 512, 1),  // a window of the plain model takes 1.3 s
        got = real->measured("dense:float", words_of(s), {}, 512, 1);
    CAPTURE(words_of(s), want, got);
    CHECK(std::fabs(got - want) < 1e-4);
  }
}

TEST_CASE("quantised caches cost no more than they may", "[story][data]") {
  const test::real_story* const real = test::real();
  if (!real) return;
  const double dense = real->nll("dense                              context 512");
  const auto ratio = [&](const std::string& kv) {
    return std::exp(real->measured("dense:float", kv, {}, 512, 4) - dense);
  };
  CHECK(ratio("dense:f16") <= 1.0005);
  CHECK(ratio("dense:bf16") <= 1.002);
  CHECK(ratio("dense:int8") <= 1.002);
  CHECK(ratio("dense:int4") <= 1.01);
  CHECK(ratio("bitmap:bf16:7") <= 1.01);
  CHECK(ratio("bitmap:int8:7") <= 1.01);
}
