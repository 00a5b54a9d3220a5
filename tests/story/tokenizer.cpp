// SPDX-License-Identifier: BSL-1.0
#include "story/tokenizer.hpp"

#include <limits>

#include "story/made.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

story::tokenizer read(const std::string& file, std::size_t vocab) {
  return story::tokenizer(test::bytes_of(file), static_cast<index_t>(vocab), "it");
}
story::tokenizer made(const std::vector<test::piece>& all) {
  return read(test::tokenizer_file(all), all.size());
}

/// The rule itself: of all neighbours that may merge the best, the first of equals, until none may.
std::vector<int> merged_plainly(const std::vector<test::piece>& all, std::vector<int> tokens) {
  for (;;) {
    int best = -1;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      const std::string both =
          all[static_cast<std::size_t>(tokens[i])].text + all[static_cast<std::size_t>(tokens[i + 1])].text;
      for (std::size_t t = 0; t < all.size(); ++t)
        if (all[t].text == both) {
          if (best < 0 || all[t].score > all[static_cast<std::size_t>(best)].score)
            best = static_cast<int>(t), at = i;
          break;
        }
    }
    if (best < 0) return tokens;
    tokens[at] = best;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

const std::vector<test::piece> few = test::pieces({{" ", -9}, {"a", -9}, {"b", -9}, {"ab", -1}, {" a", -2}});

}  // namespace

TEST_CASE("the best pair merges first, the first of equals", "[story]") {
  const story::tokenizer t = made(few);
  CHECK(t.encode("").empty());
  CHECK(t.encode("a") == std::vector<int>{263});
  CHECK(t.encode("ab") == std::vector<int>{259, 262});  // "ab" beats " a"
  CHECK(t.encode("b ab") == std::vector<int>{259, 261, 259, 262});
  CHECK(t.encode("\n") == std::vector<int>{259, 3 + 10});  // no token of its own: a byte
  CHECK(t.encode("\xc3\xa9") == std::vector<int>{259, 3 + 0xc3, 3 + 0xa9});
  CHECK(t.encode(std::string("\xff\0", 2)) == std::vector<int>{259, 3 + 255, 3});
}

TEST_CASE("any text merges as the rule says", "[story]") {
  test::random_source random(5);
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<test::piece> more = {{" ", 0}, {"a", 0}, {"b", 0}, {"c", 0}};
    for (int n = 0; n < 14; ++n) {
      std::string text;
      for (index_t i = 2 + random.below(3); i > 0; --i) text += "abc "[random.below(4)];
      more.push_back({text, static_cast<float>(random.below(4))});  // many ties, some words twice
    }
    const auto all = test::pieces(more);
    const story::tokenizer t = made(all);
    std::string text;
    for (index_t i = random.below(40); i >= 0; --i) text += "abc "[random.below(4)];
    std::vector<int> letters{259};
    for (const char c : text) letters.push_back(c == ' ' ? 259 : 260 + (c - 'a'));
    CAPTURE(trial, text);
    const auto got = t.encode(text);
    CHECK(got == merged_plainly(all, letters));
    std::string back;
    int before = story::begin_token;
    for (const int token : got) back += t.text(before, token), before = token;
    CHECK(back == text);
  }
}

TEST_CASE("a long text of one letter takes no longer than its length asks for", "[story]") {
  auto all = test::pieces({{" ", 0}, {"a", 0}});
  for (std::size_t n = 2; n <= 32; n *= 2) all.push_back({std::string(n, 'a'), static_cast<float>(n)});
  CHECK(made(all).encode(std::string(1 << 16, 'a')).size() == 1 + (1 << 16) / 32);
}

TEST_CASE("shown text holds no control characters", "[story]") {
  const story::tokenizer t = made(test::pieces({{"\x1b[2J", 0}, {" x\x7f", 0}}));
  CHECK(t.text(5, 259) == "[2J");
  CHECK(t.text(5, 260) == " x");
  CHECK(t.text(story::begin_token, 260) == "x");
  CHECK(t.text(5, 3 + '\n') == "\n");
  CHECK(t.text(5, 3 + 7).empty());
  CHECK(t.text(5, 3 + 0xc3) == "\xc3");
  CHECK(t.text(5, story::begin_token) == "\n");
}

TEST_CASE("a damaged tokenizer is refused", "[story]") {
  const std::string file = test::tokenizer_file(few);
  const auto refused = [&](const std::string& bytes, std::size_t vocab) {
    return test::refusal([&] { read(bytes, vocab); });
  };
  CHECK(refused(file, few.size()) == "nothing");
  for (std::size_t n = 0; n < file.size(); ++n)
    if (refused(file.substr(0, n), few.size()).find("data: tokenizer: need ") != 0) FAIL(n);
  CHECK(refused(file + 'x', few.size()).find("need nothing after its 264 tokens; got 1 bytes more") !=
        std::string::npos);
  CHECK(refused(file, few.size() - 1).find("need nothing after its 263 tokens") != std::string::npos);
  CHECK(refused(file, few.size() + 1).find("data: tokenizer: need 8 bytes of token 264; got 0") == 0);
  CHECK(refused(file, std::size_t{1} << 40).find("as many as the model has") != std::string::npos);
  const auto with = [&](std::size_t at, std::int32_t value) {
    std::string bad = file;
    std::memcpy(bad.data() + at, &value, 4);
    return refused(bad, few.size());
  };
  CHECK(with(0, 0).find("need a longest length >= 1; got 0") != std::string::npos);
  CHECK(with(0, 4).find("need 1 <= length of token 0 <= 4; got 5") != std::string::npos);
  for (const std::int32_t length : {0, -1, 7, std::numeric_limits<std::int32_t>::max()})
    CHECK(with(8, length).find("data: tokenizer: need 1 <= length of token 0") == 0);
  CHECK(with(4, 0x7fc00000).find("need a finite score of token 0; got nan") != std::string::npos);

  const auto no_bytes = read(test::tokenizer_file({{"<unk>", 0}, {"<s>", 0}, {"</s>", 0}, {"a", 0}}), 4);
  CHECK(no_bytes.encode("aa") == std::vector<int>{3, 3});
  CHECK(test::refusal([&] { no_bytes.encode("b"); }).find("got none for <0x62>") != std::string::npos);
}
