// SPDX-License-Identifier: BSL-1.0
#include "story/model.hpp"

#include <lacuna/ops/linear.hpp>

#include "story/data.hpp"
#include "story/made.hpp"
#include "story/plain_model.hpp"
#include "story/sampler.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

/// The weights that a layer holds: its product with the identity.
matrix<float> stored(const any_linear& layer) {
  matrix<float> rows(layer.cols(), layer.rows()), one(layer.cols(), layer.cols()),
      w(layer.rows(), layer.cols());
  for (index_t j = 0; j < layer.cols(); ++j) one(j, j) = 1;
  linear(exec{serial{}, scalar{}}, layer, one, rows);
  for (index_t i = 0; i < w.rows(); ++i)
    for (index_t j = 0; j < w.cols(); ++j) w(i, j) = rows(j, i);
  return w;
}

/// A checkpoint whose layers hold what `form` keeps of another's.
struct stored_checkpoint {
  story::checkpoint c;
  std::vector<std::unique_ptr<matrix<float>>> memory;

  stored_checkpoint(const story::checkpoint& from, const story::layer_form& form) : c(from) {
    using w = story::layer_weights;
    for (auto& l : c.layers)
      for (auto field : {&w::wq, &w::wk, &w::wv, &w::wo, &w::w1, &w::w2, &w::w3}) {
        memory.push_back(std::make_unique<matrix<float>>(stored(story::make_layer(form, l.*field))));
        l.*field = *memory.back();
      }
  }
};

std::vector<int> any_tokens(std::size_t n) {
  test::random_source random(9);
  std::vector<int> tokens;
  while (tokens.size() < n) tokens.push_back(static_cast<int>(random.below(test::tiny.vocab)));
  return tokens;
}

const std::vector<std::string> all_patterns = {"dense", "nm2:4", "nm<1,4>", "4:8", "bitmap", "csr", "bsr4x4"};
const std::vector<std::string> all_codecs = {"float", "bf16", "f16", "int8", "int8<32>", "int4<32>"};

}  // namespace

TEST_CASE("every form of the weights gives the logits of the plain model", "[story]") {
  const std::string file = test::checkpoint_file(test::tiny, false);
  const story::checkpoint c = story::read_checkpoint(test::bytes_of(file), "it");
  const auto tokens = any_tokens(70);  // more than one step
  const test::one_thread one;
  for (const std::string& pattern : all_patterns)
    for (const std::string& codec : all_codecs) {
      const bool share = pattern == "bitmap" || pattern == "csr" || pattern == "bsr4x4";
      const auto form = story::parse_layer_form(pattern + ":" + codec + (share ? ":0.6" : ""));
      CAPTURE(story::text_of(form));
      const stored_checkpoint held(c, form);
      test::plain_model plain(held.c, {});
      story::model m(c, {form, {}, {}, 96});
      double worst = 0, largest = 0;
      index_t seen = 0;
      std::vector<std::vector<double>> want;
      for (const int token : tokens) want.push_back(plain.read(token));
      m.read(one.where, tokens, 70, [&](index_t t, array_view<const float> got) {
        CHECK(t == seen++);
        for (index_t j = 0; j < got.size(); ++j) {
          const double y = want[static_cast<std::size_t>(t)][static_cast<std::size_t>(j)];
          worst = std::max(worst, std::fabs(static_cast<double>(got[j]) - y));
          largest = std::max(largest, std::fabs(y));
        }
      });
      CHECK(seen == 70);
      CHECK(worst < 1e-4 * largest);
    }
}

TEST_CASE("a form keeps the weights that it says", "[story]") {
  test::random_source random(3);
  matrix<float> w(8, 44);
  for (index_t i = 0; i < 8 * 44; ++i) w.data()[i] = random.exact();
  const auto kept = [&](const std::string& words) {
    const matrix<float> s = stored(story::make_layer(story::parse_layer_form(words), w));
    index_t n = 0;
    for (index_t i = 0; i < 8 * 44; ++i) {
      CHECK((s.data()[i] == 0 || s.data()[i] == w.data()[i]));
      n += s.data()[i] != 0;
    }
    return n;
  };
  CHECK(kept("dense:float") == 8 * 44);
  CHECK(kept("bitmap:bf16") == 8 * 44);
  CHECK(kept("csr:float:0.7") == 8 * (44 - 13));  // 13.2 of a row go
  CHECK(kept("bitmap:float:75%") == 8 * 33);
  CHECK(kept("bitmap:f16:1/4") == 8 * 11);
  CHECK(kept("bsr4x4:float:0.5") == 11 * 16);
  CHECK(kept("nm2:4:float") == 8 * 22);
  CHECK(kept("nm1:4:float") == 8 * 11);
  CHECK(kept("nm4:8:float") == 8 * 44);  // 44 columns are no whole groups: dense
}

TEST_CASE("words that name no form are refused", "[story]") {
  for (const char* const words : {"",
                                  ":",
                                  "dense",
                                  "dense:",
                                  "dense:float:",
                                  "dense:float:0.5",
                                  "bitmap:float:0",
                                  "bitmap:float:1.5",
                                  "bitmap:float:x",
                                  "bitmap:float:0.5:",
                                  "bitmap:float:1/0",
                                  "bitmap:float:3/2",
                                  "bitmap:float:-1",
                                  "bitmap:float:nan",
                                  "bitmap:double",
                                  "nm2:4:float:0.5",
                                  "nm3:4:float",
                                  "densely:float",
                                  "float:dense",
                                  "int8<32>"}) {
    CAPTURE(words);
    CHECK(test::refusal([&] { story::parse_layer_form(words); }).find("argument: --weights: need ") == 0);
  }
  CHECK(test::refusal([] { story::parse_layer_form("bsr:float"); }) ==
        "argument: --weights: need a pattern out of dense nm2:4 bitmap csr nm1:4 nm4:8 bsr4x4; got "
        "'bsr:float' in 'bsr:float'");
}

TEST_CASE("the steps in which a text is read change nothing but rounding", "[story]") {
  const std::string file = test::checkpoint_file(test::tiny);
  const story::checkpoint c = story::read_checkpoint(test::bytes_of(file), "it");
  const auto tokens = any_tokens(90);
  const test::one_thread one;
  story::model m(c, {{}, {}, {2, 20}, 90});
  std::vector<float> at_once;
  const auto keep = [&](index_t, array_view<const float> y) { at_once.assign(y.begin(), y.end()); };
  m.read(one.where, tokens, 1, keep);
  CHECK(m.position() == 90);
  CHECK(test::refusal([&] {
          m.read(one.where, tokens, 1, keep);
        }).find("model: need at most 90 tokens; got 154") != std::string::npos);
  const std::vector<float> first = at_once;
  m.clear();
  for (const int token : tokens) m.read(one.where, array_view<const int>{&token, 1}, 1, keep);
  for (std::size_t j = 0; j < first.size(); ++j) CHECK(std::fabs(first[j] - at_once[j]) < 1e-4f);
}

TEST_CASE("perplexity reads every token of a text once", "[story]") {
  const std::string file = test::checkpoint_file(test::tiny);
  const story::checkpoint c = story::read_checkpoint(test::bytes_of(file), "it");
  const auto tokens = any_tokens(100);
  const test::one_thread one;
  story::model m(c, {{}, {}, {}, 32});
  test::plain_model plain(c, {});
  index_t told = 0;
  const auto three = story::perplexity(m, one.where, tokens, 33, 3,
                                       [&](const auto& s, index_t n) { told += s.windows * n; });
  CHECK(told == (1 + 2 + 3) * 3);
  CHECK(three.tokens == 96);
  CHECK(std::fabs(three.mean() - plain.nll(tokens, 33, 3)) < 1e-5);
  const auto all = story::perplexity(m, one.where, tokens, 33, 1000);
  CHECK(all.tokens == 100);
  CHECK(all.windows == 4);
}

TEST_CASE("weights that overflow are refused when they do", "[story]") {
  std::string file = test::checkpoint_file(test::tiny);
  for (std::size_t at = 28; at < file.size(); at += 4) {
    const float huge = 3e38f;
    std::memcpy(file.data() + at, &huge, 4);
  }
  const story::checkpoint c = story::read_checkpoint(test::bytes_of(file), "it");
  const test::one_thread one;
  story::model m(c, {{}, {}, {}, 8});
  const auto tokens = any_tokens(3);
  CHECK(test::refusal([&] {
          m.read(one.where, tokens, 3, [](index_t, auto) {});
        }).find("data: model: need weights that give finite logits") == 0);
  CHECK(test::refusal([&] {
          story::model(c, {{}, {}, {}, 97});
        }).find("argument: model: need 1 to 96 tokens") == 0);
}

TEST_CASE("a temperature of 0 takes the likeliest token, others draw by the softmax", "[story]") {
  const std::vector<float> logits = {0, 2, 1, 2};
  CHECK(story::sampler(0).choose(logits) == 1);
  story::sampler draw(2, 7), again(2, 7);
  std::vector<double> share(4);
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const int token = draw.choose(logits);
    CHECK(token == again.choose(logits));
    share[static_cast<std::size_t>(token)] += 1.0 / n;
  }
  double sum = 0;
  for (const float y : logits) sum += std::exp(static_cast<double>(y) / 2);
  for (std::size_t j = 0; j < 4; ++j)  // 5 standard deviations
    CHECK(std::fabs(share[j] - std::exp(static_cast<double>(logits[j]) / 2) / sum) < 5 * std::sqrt(0.25 / n));
}
