// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <lacuna/plan/advise.hpp>
#include <set>

#include "advise/kernels.hpp"
#include "plan/json_check.hpp"
#include "plan/made.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

using namespace lacuna;
using test::made_for, test::missing, test::unstructured, test::with_ones;

namespace {

/// Made-up times: `dense` for our dense float, `other` for the rest, whatever the machine does.
plan::timer faked(double dense, double other) {
  return [=](const plan::trial& t) {
    plan::timings found{.of = {}, .read = 4e10};
    for (const plan::contender& c : t.contenders)
      found.of.push_back({.seconds = plan::is_dense_float(c.about) ? dense : other, .rounds = 3});
    return found;
  };
}

plan::options quick(double dense = 2, double other = 1) {
  return {.keep = {0.5, 0.25}, .tokens = {1, 3}, .clock = faked(dense, other)};
}

std::set<std::string> names(const plan::section& s) {
  std::set<std::string> found;
  for (const plan::form& f : s.forms)
    found.insert((f.what == plan::holds::given ? "" : f.matrix + ": ") + plan::form_name(f));
  return found;
}

/// "P float", "P bf16", "P f16" for each P, and what `more` says.
std::set<std::string> forms_of(const std::vector<std::string>& patterns, std::set<std::string> more = {}) {
  for (const std::string& p : patterns)
    for (const char* const codec : {" float", " bf16", " f16"}) more.insert(p + codec);
  return more;
}

void check_errors(const plan::section& s) {
  for (const plan::form& f : s.forms)
    for (const plan::timing& t : f.at) {
      CAPTURE(f.matrix, f.pattern, f.codec, t.error);
      CHECK(t.error <= (f.lossless ? 1e-5 : f.codec == "bf16" ? 0x1p-8 : 0x1p-11) + 1e-5);
      CHECK(t.rounds == 3);
    }
}

}  // namespace

TEST_CASE("a sparse matrix gets every form that can hold it and no other", "[plan]") {
  const auto ask = [](const sparse_matrix<csr, float>& a) {
    const plan::report r = plan::advise(a, quick());
    REQUIRE(r.sections.size() == 1);
    check_errors(r.sections[0]);
    return names(r.sections[0]);
  };
  const std::vector<std::string> plain = {"dense", "csr", "csr<u16>", "bitmap"};
  const auto and_also = [&](std::vector<std::string> more) {
    more.insert(more.end(), plain.begin(), plain.end());
    return more;
  };
  CHECK(ask(unstructured(48, 64, 0.2, 1)) == forms_of(plain));
  CHECK(ask(made_for<nm<2, 4>>(48, 64, 0.4, 2)) == forms_of(and_also({"nm<2,4>", "nm<4,8>"})));
  CHECK(ask(made_for<bsr<1, 16>>(48, 64, 0.2, 3)) == forms_of(and_also({"bsr<1,16>"})));
  CHECK(ask(with_ones(unstructured(48, 64, 0.2, 4))) ==
        forms_of(plain, {"csr ones", "csr<u16> ones", "bitmap ones"}));
  CHECK(ask(with_ones(made_for<bsr<4, 4>>(46, 64, 0.3, 5))).count("bsr<4,4> ones") == 1);
}

TEST_CASE("a dense matrix is pruned to every share, freely and to structures", "[plan]") {
  const matrix<float> w = plan::normal_matrix(64, 96, 6);
  const plan::report r = plan::advise(w.view(), quick());
  REQUIRE(r.sections.size() == 2);
  const auto expected = [](const std::vector<std::string>& groups) {
    std::set<std::string> found = forms_of({"dense"});
    for (const auto& name : forms_of({"csr", "csr<u16>", "bitmap"})) found.insert("pruned: " + name);
    for (const std::string& b : std::vector<std::string>{"1,16", "16,1", "4,4", "8,8"})
      for (const auto& name : forms_of({"bsr<" + b + ">"})) {
        std::string block = b;
        std::replace(block.begin(), block.end(), ',', 'x');
        found.insert("pruned " + block + ": " + name);
      }
    for (const std::string& g : groups)
      for (const auto& name : forms_of({"nm<" + g + ">"})) {
        std::string group = g;
        std::replace(group.begin(), group.end(), ',', ':');
        found.insert("pruned " + group + ": " + name);
      }
    return found;
  };
  CHECK(names(r.sections[0]) == expected({"2,4", "4,8"}));
  CHECK(names(r.sections[1]) == expected({"1,4", "2,8"}));
  for (const plan::section& s : r.sections) {
    check_errors(s);
    double free = 0;
    for (const plan::form& f : s.forms)
      if (f.what == plan::holds::pruned) free = f.kept;
    for (const plan::form& f : s.forms) {
      CAPTURE(f.matrix);
      CHECK((f.what == plan::holds::given ? f.kept == 1 : f.kept <= free && f.kept > 0));
    }
  }
}

TEST_CASE("a codec that gives back the very values is lossless", "[plan]") {
  const auto lossless = [](const sparse_matrix<csr, float>& a) {
    std::set<std::string> found;
    const plan::report r = plan::advise(a, quick());
    for (const plan::form& f : r.sections[0].forms)
      if (f.lossless) found.insert(f.codec);
    return found;
  };
  auto a = unstructured(24, 40, 0.3, 11);  // values of 7 bits
  CHECK(lossless(a) == std::set<std::string>{"float", "bf16", "f16"});
  a.values()[5] = 1 + 0x1p-9f;
  CHECK(lossless(a) == std::set<std::string>{"float", "f16"});
  a.values()[6] = 1e-9f;
  CHECK(lossless(a) == std::set<std::string>{"float"});
}

TEST_CASE("the advice follows the times", "[plan]") {
  const auto a = unstructured(48, 64, 0.2, 7);
  CHECK(missing(plan::advise(a, quick(2, 1)).sections[0].advice[0], "Store it as ") == "");
  CHECK(missing(plan::advise(a, quick(1, 2)).sections[0].advice[0], "Stay dense for 1 and 3 tokens") == "");
}

TEST_CASE("forms above the limit are skipped and listed", "[plan]") {
  plan::options o = quick();
  const auto a = unstructured(64, 64, 0.05, 8);
  o.most_bytes = 64 * 64 * 2;  // dense bf16 and f16 just fit, dense float does not
  const plan::section s = plan::advise(a, o).sections[0];
  CHECK(names(s).count("dense float") == 0);
  CHECK(names(s).count("dense bf16") == 1);
  REQUIRE(s.skipped.size() == 1);
  CHECK(s.skipped[0].pattern == "dense");
  CHECK(s.skipped[0].codec == "float");
  CHECK(s.skipped[0].bytes == 64 * 64 * 4);

  o.most_bytes = 1;
  const plan::section none = plan::advise(a, o).sections[0];
  CHECK(none.forms.empty());
  CHECK(none.skipped.size() == 12);
  CHECK(missing(none.advice[0], "No form of this matrix fits") == "");
}

TEST_CASE("peers are built, checked and timed like ours", "[plan]") {
  plan::options o = quick();
  o.peers = {
      {.name = "nothing",
       .codec = "float",
       .bytes = [](index_t rows, index_t cols, index_t) { return static_cast<std::size_t>(rows * cols); },
       .build = [](const sparse_view<csr, float>&) -> plan::product {
         return [](matrix_view<const float>, matrix_view<float>) {};
       }}};
  const plan::section s = plan::advise(unstructured(16, 64, 0.3, 9), o).sections[0];
  REQUIRE(!s.forms.empty());
  const plan::form& f = s.forms.back();
  CHECK(f.peer);
  CHECK(f.bytes == 16 * 64);
  // It writes nothing, and that is seen.
  CHECK(f.at[0].error == std::numeric_limits<double>::infinity());
}

TEST_CASE("the real clock times every form, with any threads", "[plan]") {
  plan::options o{.keep = {0.25}, .tokens = {2}, .from_memory = false, .seconds = 0.05};
  int lines = 0;
  o.progress = [&](const std::string&) { ++lines; };
  const matrix<float> w = plan::normal_matrix(32, 48, 10);
  const auto parallel_for = [](index_t n, const auto& piece) { serial{}.run(n, piece); };
  const plan::report r = plan::advise(exec{pool_ref(parallel_for, 3)}, w.view(), o);
  CHECK(r.threads == 3);
  REQUIRE(r.sections.size() == 1);
  for (const plan::form& f : r.sections[0].forms) CHECK(f.at[0].seconds > 0);
  CHECK(lines > 5);
  const std::string text = plan::json_text(r);
  CHECK(test::json_check::good_until(text) == text.size());
  CHECK(missing(plan::table_text(r), "pruned 1:4") == "");
}

TEST_CASE("advise refuses what it cannot answer", "[plan]") {
  const auto refused = [](index_t rows, index_t cols, const plan::options& o) {
    return test::refusal([&] { plan::advise(matrix<float>(rows, cols).view(), o); });
  };
  CHECK(refused(0, 4, quick()) == "shape: advise: need at least one row and one column; got 0x4");
  CHECK(refused(4, 4, {.keep = {0.0}}) == "argument: advise: need 0 < keep <= 1; got 0");
  CHECK(refused(4, 4, {.keep = {1.5}}) == "argument: advise: need 0 < keep <= 1; got 1.5");
  CHECK(refused(4, 4, {.keep = {}}) ==
        "argument: advise: need at least one token count and one share to keep; got none");
  CHECK(refused(4, 4, {.tokens = {}}) ==
        "argument: advise: need at least one token count and one share to keep; got none");
  CHECK(refused(4, 4, {.tokens = {1, 0}}) ==
        "argument: advise: need 1 <= tokens <= 67108864 for a matrix of 4x4 (1 GiB of tokens); got 0");
}
