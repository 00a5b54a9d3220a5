// SPDX-License-Identifier: BSL-1.0
#include "arguments.hpp"

#include <lacuna/core/error.hpp>
#include <vector>

#include "../option_number.hpp"
#include "select.hpp"
#include "words.hpp"

using lacuna::errc, lacuna::fail;

namespace story {

const char* const usage =
    "story CHECKPOINT TOKENIZER [options]: a llama2.c model tells a story, or says how well it foretells a "
    "text\n"
    "\n"
    "--prompt TEXT            how the story begins (none)\n"
    "--steps N                tokens after the prompt (256, or what the context has room for)\n"
    "--temperature T          0: always the likeliest token (0)\n"
    "--seed N                 which story at a temperature above 0 (1)\n"
    "--ids                    print the ids of the tokens after the prompt on one line, in place of their "
    "text\n"
    "--perplexity FILE        read FILE in windows instead; the last line is: nll X perplexity Y tokens N\n"
    "--context N              tokens of a window, the one that begins it counted (the model's)\n"
    "--windows N              read the first N windows (all)\n"
    "\n"
    "--weights PATTERN:CODEC[:KEEP]   the matrices of the layers (dense:float), pruned by magnitude\n"
    "    dense nm2:4 bitmap csr nm1:4 nm4:8 bsr4x4\n"
    "    float bf16 f16 int8 int8<32> int4<32>\n"
    "    KEEP: a share, 0.5, 50% or 1/2, of each row of bitmap and csr, of the blocks of bsr4x4\n"
    "--kv PATTERN:CODEC[:KEEP]        the keys and values (dense:f32)\n"
    "    dense:f32 dense:f16 dense:bf16 dense:int8 dense:int4 bitmap:bf16 bitmap:int8 nm2:4:bf16 nm4:8:bf16\n"
    "    KEEP: channels of a head that stay in each row of a bitmap, 7, or a share of them, 7/8 (1/2)\n"
    "--window SINKS,RECENT    look at the first SINKS and the last RECENT tokens only\n"
    "--select NAME[:BUDGET[:PAGE]]   attend only the keys that a published system selects (dense:f32 keys)\n"
    "    exact streaming quest lserve kinetics infllm_v2 double_sparsity shadow_kv\n"
    "    BUDGET: keys, 64, or a share of them, 25% (1/4); PAGE: keys that are chosen together (16)\n"
    "--threads N              threads (1)\n"
    "--help                   this text\n";

namespace {

constexpr index_t most = index_t{1} << 30;

attention_window window_of(const std::string& word) {
  const std::size_t comma = word.find(',');
  if (comma == std::string::npos)
    fail(errc::argument, "--window: need sinks and recent tokens as in 4,64; got '" + word + "'");
  return {option_number<index_t>("--window", word.substr(0, comma), 0, most),
          option_number<index_t>("--window", word.substr(comma + 1), 1, most)};
}

void option(arguments& a, const std::string& name, const std::string& value) {
  if (name == "--prompt")
    a.prompt = value;
  else if (name == "--steps")
    a.steps = option_number<index_t>(name, value, 1, most);
  else if (name == "--temperature")
    a.temperature = option_number<double>(name, value, 0, 1000);
  else if (name == "--seed")
    a.seed = option_number<std::uint64_t>(name, value, 0, ~std::uint64_t{0});
  else if (name == "--perplexity")
    a.perplexity = value;
  else if (name == "--context")
    a.context = option_number<index_t>(name, value, 2, most);
  else if (name == "--windows")
    a.windows = option_number<index_t>(name, value, 1, most);
  else if (name == "--weights")
    a.weights = parse_layer_form(value);
  else if (name == "--kv")
    a.kv = value;
  else if (name == "--window")
    a.window = window_of(value);
  else if (name == "--select")
    a.select = parse_select_form(value);
  else
    a.threads = option_number<index_t>(name, value, 1, 1024);
}

/// Options of one job with the other.
void check_jobs(const arguments& a, const std::string& given) {
  const bool reads = !a.perplexity.empty();
  for (const char* const word : {"--prompt", "--steps", "--temperature", "--seed", "--ids"})
    if (reads && given.find(std::string(" ") + word + " ") != std::string::npos)
      fail(errc::argument, std::string(word) + ": need a story to tell; got --perplexity");
  for (const char* const word : {"--context", "--windows"})
    if (!reads && given.find(std::string(" ") + word + " ") != std::string::npos)
      fail(errc::argument, std::string(word) + ": need --perplexity FILE; got a story to tell");
}

}  // namespace

arguments parse(int count, char** words) {
  arguments a;
  const std::string with_value =
      " --prompt --steps --temperature --seed --perplexity --context --windows --weights --kv --window "
      "--select "
      "--threads ";
  std::vector<std::string> files;
  std::string given = " ";
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    given += word + " ";
    if (word == "--help" || word == "-h") {
      a.help = true;
    } else if (word == "--ids") {
      a.ids = true;
    } else if (word.size() > 1 && word[0] == '-') {
      if (word.find(' ') != std::string::npos || with_value.find(" " + word + " ") == std::string::npos)
        fail(errc::argument, "unknown option '" + word + "'; --help lists them");
      if (i + 1 == count || (words[i + 1][0] == '\0' && word != "--prompt"))
        fail(errc::argument, word + ": needs a value; --help shows which");
      option(a, word, words[++i]);
    } else {
      files.push_back(word);
    }
  }
  if (a.help) return a;
  if (files.size() != 2)
    fail(errc::argument, "need a checkpoint and a tokenizer; got " + std::to_string(files.size()) +
                             (files.size() == 1 ? " file" : " files") + "; --help says more");
  a.checkpoint = files[0];
  a.tokenizer = files[1];
  check_jobs(a, given);
  return a;
}

}  // namespace story
