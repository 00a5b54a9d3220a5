// SPDX-License-Identifier: BSL-1.0
#include "story/checkpoint.hpp"

#include <limits>

#include "story/made.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

std::string refused(const std::string& file) {
  return test::refusal([&] { story::read_checkpoint(test::bytes_of(file), "it"); });
}

/// `file` with number `place` of its header set to `value`.
std::string with(std::string file, std::size_t place, std::int32_t value) {
  std::memcpy(file.data() + place * 4, &value, 4);
  return file;
}

}  // namespace

TEST_CASE("a checkpoint's tensors lie where llama2.c writes them", "[story]") {
  for (const bool tied : {true, false}) {
    const std::string file = test::checkpoint_file(test::tiny, tied);
    const story::checkpoint c = story::read_checkpoint(test::bytes_of(file), "it");
    CHECK(c.shape.vocab == 264);
    CHECK(c.shape.head_size() == 8);
    CHECK(c.layers.size() == 2);
    const auto at = [&](const float* p) { return reinterpret_cast<const char*>(p) - file.data(); };
    CHECK(at(c.embedding.data()) == 28);
    const index_t layers = 28 + 4 * 264 * 32;
    CHECK(at(c.layers[1].attention_norm.data()) == layers + 4 * 32);
    CHECK(at(c.layers[1].wk.data()) == layers + 4 * (2 * 32 + 2 * 32 * 32 + 16 * 32));
    CHECK(c.layers[1].wk.rows() == 16);
    CHECK(c.layers[0].w2.cols() == 44);
    CHECK(at(c.final_norm.data() + 32) + 4 * 96 * 8 + (tied ? 0 : 4 * 264 * 32) ==
          static_cast<index_t>(file.size()));
    CHECK((c.classifier.data() == c.embedding.data()) == tied);
  }
}

TEST_CASE("a checkpoint of another length is refused", "[story]") {
  const std::string file = test::checkpoint_file(test::tiny);
  for (std::size_t n = 0; n < file.size(); n += n < 64 ? 1 : 997) {
    CAPTURE(n);
    CHECK(refused(file.substr(0, n)).find("data: checkpoint: need ") == 0);
  }
  CHECK(refused(file.substr(0, file.size() - 1)).find("data: checkpoint: need ") == 0);
  CHECK(refused(file + '\0') ==
        "data: checkpoint: need nothing after the last tensor; got 1 bytes more in it");
  CHECK(refused(test::checkpoint_file(test::tiny, false)) == "nothing");
}

TEST_CASE("sizes that no model has are refused, however large", "[story]") {
  const std::string file = test::checkpoint_file(test::tiny);
  constexpr std::int32_t largest = std::numeric_limits<std::int32_t>::max();
  for (std::size_t place = 0; place < 7; ++place)
    for (const std::int32_t value : {0, -1, 3, 1 << 16, largest, -largest - 1}) {
      CAPTURE(place, value);
      const std::string said = refused(with(file, place, value));
      CHECK(said.find(": checkpoint: need ") != std::string::npos);
      CHECK(said.size() < 200);
    }
  std::string all = file;
  for (std::size_t place = 0; place < 7; ++place)
    all = with(all, place, place == 0 || place == 5 ? largest - 1 : 1);
  CHECK(refused(all).find("floats of embedding") != std::string::npos);
  all = with(with(with(all, 0, 1 << 30), 1, largest), 2, largest);
  CHECK(refused(with(all, 5, 1)).find("checkpoint: need ") != std::string::npos);
  CHECK(refused(with(with(file, 0, 0x616b3432), 1, 1)) ==
        "data: checkpoint: need version 0 of the format; got version 1 in it");
  CHECK(refused(with(file, 3, 5)).find("need a dim of whole heads, each of pairs; got 32 for 5 heads") !=
        std::string::npos);
}

TEST_CASE("weights that are not finite are refused, each tensor", "[story]") {
  const std::string file = test::checkpoint_file(test::tiny, false);
  const auto rotary = static_cast<std::size_t>(4 * (96 * 8)),
             classifier = static_cast<std::size_t>(4 * 264 * 32);
  for (std::size_t at = 28; at < file.size(); at += 4 * 331) {
    const bool unread = at >= file.size() - classifier - rotary && at < file.size() - classifier;
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
      std::string bad = file;
      std::memcpy(bad.data() + at, &value, 4);
      CAPTURE(at);
      CHECK((refused(bad).find("data: checkpoint: need finite weights; got ") == 0) == !unread);
    }
  }
}
