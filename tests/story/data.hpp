#pragma once
// SPDX-License-Identifier: BSL-1.0
// The model of LACUNA_TEST_DATA/llm and its reference, which an independent program in double made.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <lacuna/exec/pool_ref.hpp>
#include <lacuna/exec/serial.hpp>
#include <lacuna/interop/mapped_file.hpp>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "story/checkpoint.hpp"
#include "story/kv.hpp"
#include "story/perplexity.hpp"
#include "story/select.hpp"
#include "story/tokenizer.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

struct every_piece {
  template <class F>
  void operator()(index_t n, F&& piece) const {
    serial{}.run(n, piece);
  }
};
struct one_thread {
  every_piece parallel_for{};
  story::threads where{pool_ref(parallel_for, 1)};
};

struct real_story {
  std::string folder;
  mapped_file checkpoint_file, tokenizer_file, text_file;
  story::checkpoint weights;
  story::tokenizer words;
  std::vector<int> text;  // tokens of the text of the reference
  std::vector<std::string> reference;

  explicit real_story(const std::string& llm)
      : folder(llm),
        checkpoint_file(llm + "/stories260K.bin"),
        tokenizer_file(llm + "/tok512.bin"),
        text_file(llm + "/tinystories-val-part1.txt"),
        weights(story::read_checkpoint(checkpoint_file.bytes(), "stories260K.bin")),
        words(tokenizer_file.bytes(), weights.shape.vocab, "tok512.bin"),
        text(words.encode({text_file.text().data(), static_cast<std::size_t>(text_file.text().size())})) {
    std::ifstream in(llm + "/stories260K-reference.txt");
    for (std::string line; std::getline(in, line);) reference.push_back(line);
  }

  /// What follows `start` on the first line that begins with it; the lines after it in `rest`, if asked for.
  std::string line(const std::string& start, std::size_t* rest = nullptr) const {
    for (std::size_t i = 0; i < reference.size(); ++i)
      if (reference[i].compare(0, start.size(), start) == 0) {
        if (rest) *rest = i + 1;
        return reference[i].substr(start.size());
      }
    FAIL("the reference has no line " << start);
    return {};
  }
  /// The mean nll of a row of the reference.
  double nll(const std::string& row) const {
    const std::string rest = line(row), mark = "mean nll ";
    return std::stod(rest.substr(rest.find(mark) + mark.size()));
  }
  /// The mean nll over the first windows of the text.
  double measured(const std::string& layers, const std::string& kv, story::attention_window window,
                  index_t context, index_t windows, const std::string& select = "",
                  double* read = nullptr) const {
    const one_thread one;
    const auto form = story::parse_kv_form(kv, weights.shape.head_size());
    const auto choice = select.empty() ? story::select_form{} : story::parse_select_form(select);
    story::model m(weights, {story::parse_layer_form(layers), form, window, context - 1, choice});
    const double mean = story::perplexity(m, one.where, text, context, windows).mean();
    if (read != nullptr) *read = m.share().read / m.share().all;
    return mean;
  }
};

/// Opened once; none, with a line in the log, without data.
inline const real_story* real() {
  static const std::unique_ptr<const real_story> opened = []() -> std::unique_ptr<const real_story> {
    const char* const root = std::getenv("LACUNA_TEST_DATA");
    if (root == nullptr || *root == 0) return nullptr;
    return std::make_unique<const real_story>(std::string(root) + "/llm");
  }();
  if (!opened) WARN("skipped: LACUNA_TEST_DATA names no folder with llm/stories260K.bin");
  return opened.get();
}

template <class T>
std::vector<T> numbers(const std::string& text) {
  std::istringstream in(text);
  std::vector<T> all;
  for (T v; in >> v;) all.push_back(v);
  return all;
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
