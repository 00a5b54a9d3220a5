// SPDX-License-Identifier: BSL-1.0
#include <lacuna/plan/json.hpp>
#include <lacuna/plan/table.hpp>
#include <limits>

#include "plan/json_check.hpp"
#include "plan/said.hpp"
#include "support/catch.hpp"

using namespace lacuna;
using test::json_check, test::missing;

namespace {

plan::report made_report() {
  plan::report r{
      .input = "a \"file\"\\with\n\x01 odd \xc3\xa9 name", .rows = 64, .cols = 128, .tokens = {1, 8}};
  plan::section s{.title = "50 % kept", .structure = "none", .density = 0.5};
  plan::form dense{.matrix = "as given", .pattern = "dense", .codec = "float"};
  dense.bytes = 32768, dense.bits = 32;
  dense.at = {{2e-3, 5, 1e-7}, {4e-3, 5, 1e-7}};
  plan::form sparse{.matrix = "pruned", .pattern = "bitmap", .codec = "float", .what = plan::holds::pruned};
  sparse.bytes = 17000, sparse.bits = 16.6, sparse.kept = 0.8;
  sparse.at = {{1e-3, 5, 1e-7}, {8e-3, 1, std::numeric_limits<double>::infinity()}};
  plan::form peer = sparse;
  peer.pattern = "Eigen sparse", peer.peer = true;
  s.forms = {dense, sparse, peer};
  s.skipped = {{"pruned", "csr", "float", std::size_t{300} << 20}};
  s.read = {4e10, 5e10};
  s.advice = plan::judge(s, r.tokens);
  r.sections = {s, s};
  return r;
}

/// The line of `text` that has `part`.
std::string line_with(const std::string& text, const std::string& part) {
  const std::size_t at = text.find(part);
  if (at == text.npos) return "no line has " + part;
  const std::size_t first = text.rfind('\n', at) + 1;
  return text.substr(first, text.find('\n', at) - first);
}

}  // namespace

TEST_CASE("the JSON of a report is JSON", "[plan]") {
  const std::string text = plan::json_text(made_report());
  CHECK(json_check::good_until(text) == text.size());
  CHECK(missing(text, R"("input":"a \"file\"\\with\u000a\u0001 odd \u00c3\u00a9 name")") == "");
  CHECK(missing(text, R"("error":null)") == "");
  CHECK(missing(text, R"("speedup_over_dense":2,)") == "");
  CHECK(missing(text, R"("bytes":314572800)") == "");
}

TEST_CASE("an empty report is JSON, too", "[plan]") {
  const std::string text = plan::json_text({});
  CHECK(json_check::good_until(text) == text.size());
}

TEST_CASE("what is not JSON is told from it", "[plan]") {
  const std::string bad = GENERATE(as<std::string>{}, " ", "{", "[1,]", "{\"a\" 1}", "{'a':1}", "[1] 2",
                                   "nan", "\"a", "[01]", "\"\x01\"", "[1e]");
  CAPTURE(bad);
  CHECK(json_check::good_until(bad) != bad.size());
}

TEST_CASE("the table has a line for every form", "[plan]") {
  const std::string text = plan::table_text(made_report());
  CHECK(missing(text, "64x128") == "");
  CHECK(missing(text, "8 tokens") == "");
  const std::string sparse = line_with(text, "pruned    bitmap");
  CHECK(missing(sparse, "80.0 %") == "");
  CHECK(missing(sparse, "1.00*") == "");  // the pick at 1 token
  CHECK(missing(sparse, "2.00") == "");
  CHECK(missing(line_with(text, "as given  dense"), "4.00*") == "");  // and at 8
  CHECK(missing(line_with(text, "csr"), "skipped: it takes 300 MiB") == "");
  CHECK(missing(text, "-> Store it as bitmap float for 1 token") == "");
  CHECK(missing(text, "40.0 to 50.0 GB/s") == "");
}

TEST_CASE("columns that say nothing are left out", "[plan]") {
  plan::report r = made_report();
  for (plan::section& s : r.sections) {
    s.forms.resize(1);
    s.skipped.clear();
  }
  const std::string text = plan::table_text(r);
  const std::string head = line_with(text, "codec");
  CHECK(head.find("kept") == head.npos);
  CHECK(head.find("peer") == head.npos);
  CHECK(head.find("matrix") == head.npos);
}
