// SPDX-License-Identifier: BSL-1.0
#include <lacuna/plan/judge.hpp>

#include "plan/said.hpp"
#include "support/catch.hpp"

using namespace lacuna;
using plan::holds;
using test::missing;

namespace {

struct times {
  double one, many;  // at 1 and at 64 tokens
};

/// A form with made-up times.
plan::form made(const std::string& pattern, const std::string& codec, std::size_t bytes, times t) {
  plan::form f{.matrix = "as given", .pattern = pattern, .codec = codec};
  f.lossless = codec == "float";
  f.bytes = bytes;
  f.bits = static_cast<double>(bytes) / 100;
  f.at = {{.seconds = t.one, .rounds = 5, .error = 1e-7}, {.seconds = t.many, .rounds = 5, .error = 2e-7}};
  return f;
}
plan::form with(plan::form f, holds what, double kept) {
  f.what = what;
  f.kept = kept;
  return f;
}
plan::form as_peer(plan::form f) {
  f.peer = true;
  return f;
}
plan::section section_of(std::vector<plan::form> forms) {
  plan::section s;
  s.forms = std::move(forms);
  return s;
}

const std::vector<index_t> tokens = {1, 64};

}  // namespace

TEST_CASE("the fastest lossless form is advised, for each token count", "[plan]") {
  const auto lines =
      plan::judge(section_of({made("dense", "float", 3200, {10, 10}), made("csr", "float", 3000, {8, 4}),
                              made("bitmap", "float", 1700, {5, 8})}),
                  tokens);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "Store it as bitmap float for 1 token (x2.00 over dense, 17.0 bits a weight); "
        "store it as csr float for 64 tokens (x2.50 over dense, 30.0 bits a weight).");
}

TEST_CASE("equal choices are said once", "[plan]") {
  const auto s = section_of({made("dense", "float", 3200, {10, 10}), made("bitmap", "float", 1700, {5, 4})});
  CHECK(plan::advice_text(s, tokens) ==
        "Store it as bitmap float for 1 and 64 tokens (x2.00 and x2.50 over dense, 17.0 bits a weight).");
}

TEST_CASE("stay dense when nothing sparse is faster, or hardly", "[plan]") {
  const double sparse = GENERATE(9.6, 10.0, 20.0);
  const auto s =
      section_of({made("dense", "float", 3200, {10, 10}), made("bitmap", "float", 1600, {sparse, sparse})});
  CAPTURE(sparse);
  CHECK(plan::pick(s, 0) == &s.forms[0]);
  CHECK(missing(plan::advice_text(s, tokens), "Stay dense for 1 and 64 tokens (bitmap float is at x") == "");
  CHECK(missing(plan::advice_text(s, tokens), "with 50.0 % of the bytes).") == "");
}

TEST_CASE("stay dense at some token counts only", "[plan]") {
  const auto s = section_of({made("dense", "float", 3200, {10, 10}), made("bitmap", "float", 1600, {5, 12})});
  const std::string text = plan::advice_text(s, tokens);
  CHECK(missing(text, "Store it as bitmap float for 1 token (x2.00") == "");
  CHECK(missing(text, "; stay dense for 64 tokens (bitmap float is at x0.833 over dense, with 50.0 %") == "");
}

TEST_CASE("within 3 % the smaller form wins", "[plan]") {
  const auto s = section_of({made("dense", "float", 3200, {10, 10}), made("csr", "float", 3000, {5, 5}),
                             made("csr<u16>", "float", 2400, {5.1, 5.2})});
  CHECK(plan::pick(s, 0) == &s.forms[2]);
  CHECK(plan::pick(s, 1) == &s.forms[1]);
}

TEST_CASE("rounded values are a remark with their error, never the advice", "[plan]") {
  auto rounded = made("bitmap", "bf16", 900, {2, 3});
  rounded.at[1].error = 3e-3;
  const auto lines = plan::judge(
      section_of({made("dense", "float", 3200, {10, 10}), made("bitmap", "float", 1700, {5, 4}), rounded}),
      tokens);
  REQUIRE(lines.size() == 2);
  CHECK(missing(lines[0], "bitmap float") == "");
  CHECK(lines[1] ==
        "Faster with rounded values: bitmap bf16 for 1 and 64 tokens (x5.00 and x3.33 over dense, "
        "error 3e-03).");
}

TEST_CASE("rounded dense values may beat every sparse form", "[plan]") {
  const auto lines =
      plan::judge(section_of({made("dense", "float", 3200, {10, 10}), made("dense", "bf16", 1600, {5, 20}),
                              made("bitmap", "float", 1700, {20, 20})}),
                  tokens);
  REQUIRE(lines.size() == 2);
  CHECK(missing(lines[0], "Stay dense for 1 and 64 tokens") == "");
  CHECK(missing(lines[1], "dense bf16 for 1 token (x2.00") == "");
}

TEST_CASE("a structure is a remark with the magnitude it keeps", "[plan]") {
  const auto lines =
      plan::judge(section_of({made("dense", "float", 3200, {10, 10}),
                              with(made("bitmap", "float", 1700, {5, 5}), holds::pruned, 0.8),
                              with(made("nm<2,4>", "float", 1700, {4, 6}), holds::structured, 0.75)}),
                  tokens);
  REQUIRE(lines.size() == 2);
  CHECK(missing(lines[0], "Store it as bitmap float for 1 and 64 tokens") == "");
  CHECK(lines[1] ==
        "Faster if pruned to a structure: nm<2,4> float for 1 token (x2.50 over dense, keeps 75.0 % of |w| "
        "where free pruning keeps 80.0 %).");
}

TEST_CASE("a faster peer is said", "[plan]") {
  const auto lines =
      plan::judge(section_of({made("dense", "float", 3200, {10, 10}), made("bitmap", "float", 1700, {5, 5}),
                              as_peer(made("Eigen dense", "float", 3200, {9, 2}))}),
                  tokens);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1] == "A peer is faster: Eigen dense for 64 tokens (x5.00 over dense).");
}

TEST_CASE("without a dense twin times stand for speed-ups", "[plan]") {
  const auto s = section_of({made("csr", "float", 3000, {8e-3, 4e-3})});
  CHECK(plan::advice_text(s, tokens) ==
        "Store it as csr float for 1 and 64 tokens (8.00 ms and 4.00 ms, 30.0 bits a weight).");
}

TEST_CASE("nothing fits, nothing is advised", "[plan]") {
  CHECK(plan::judge(section_of({}), tokens) ==
        std::vector<std::string>{"No form of this matrix fits the limit of bytes."});
}

TEST_CASE("numbers as a reader wants them", "[plan]") {
  CHECK(plan::significant_text(0.012345) == "0.0123");
  CHECK(plan::significant_text(1.2345) == "1.23");
  CHECK(plan::significant_text(9.996) == "10.0");
  CHECK(plan::significant_text(12345) == "12345");
  CHECK(plan::significant_text(0) == "0.00");
  CHECK(plan::significant_text(std::numeric_limits<double>::infinity()) == "-");
  CHECK(plan::percent_text(0.931) == "93.1 %");
  CHECK(plan::percent_text(1) == "100 %");
  CHECK(plan::percent_text(0) == "0 %");
  CHECK(plan::list_text({}) == "");
  CHECK(plan::list_text({"a", "b", "c"}) == "a, b and c");
}

TEST_CASE("rounded values are picked only up to an error that was allowed", "[plan]") {
  auto s = section_of({made("dense", "float", 3200, {10, 10}), made("bitmap", "float", 1700, {5, 8}),
                       made("dense", "int8", 800, {3, 3}), made("nm<2,4>", "int4 x int8", 325, {1, 1})});
  s.forms[2].at[0].error = s.forms[2].at[1].error = 0.01;
  s.forms[3].at[0].error = s.forms[3].at[1].error = 0.1;
  CHECK(plan::pick(s, 0) == &s.forms[1]);
  CHECK(missing(plan::judge(s, tokens)[1],
                "Faster with rounded values: nm<2,4> int4 x int8 for 1 and 64 tokens") == "");
  s.most_error = 0.05;
  CHECK(plan::pick(s, 0) == &s.forms[2]);
  s.most_error = 0.1;
  CHECK(plan::pick(s, 0) == &s.forms[3]);
}
