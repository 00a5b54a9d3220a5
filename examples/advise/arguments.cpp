// SPDX-License-Identifier: BSL-1.0
#include "arguments.hpp"

#include <lacuna/core/error.hpp>

#include "../option_number.hpp"

using lacuna::errc, lacuna::fail, lacuna::index_t;

const char* const usage =
    "advise [FILE] [options]: which format should this matrix be stored in, and what does it gain?\n"
    "\n"
    "FILE           .smtx, .mtx, .npy, .safetensors, or raw little-endian float32 with --shape; none: a "
    "seeded\n"
    "               normal layer. A sparse matrix is kept as it is, a dense one is pruned by magnitude.\n"
    "--shape RxC    rows x columns of a raw file, or of the seeded layer (4096x4096)\n"
    "--tensor NAME  which tensor of a .safetensors file\n"
    "--keep LIST    shares of a dense matrix to keep (0.5,0.3,0.1)\n"
    "--tokens LIST  token counts: rows of x in y = x w^T (1,8,32,128)\n"
    "--threads N    threads (1)\n"
    "--cached       measure with the weights in the caches, not coming from memory\n"
    "--narrow       8- and 4-bit forms too, with the error they cost; 'x int8': tokens are quantised as "
    "well\n"
    "--error E      rounded values may be picked up to this error; without it only what keeps every value "
    "is\n"
    "--seconds S    about how long it may take (40)\n"
    "--json OUT     write all numbers to OUT\n"
    "--help         this text\n";

namespace {

[[noreturn]] void refuse(const std::string& sentence) { fail(errc::argument, sentence); }

template <class T>
std::vector<T> list(const std::string& option, const std::string& words, T least, T most) {
  std::vector<T> values;
  for (std::size_t from = 0; from <= words.size();) {
    const std::size_t to = std::min(words.find(',', from), words.size());
    values.push_back(option_number(option, words.substr(from, to - from), least, most));
    from = to + 1;
  }
  return values;
}

constexpr index_t most_size = index_t{1} << 31;

void shape(arguments& a, const std::string& word) {
  const std::size_t x = word.find('x');
  if (x == std::string::npos) refuse("--shape: need rows x columns as in 512x1024; got '" + word + "'");
  a.rows = option_number<index_t>("--shape", word.substr(0, x), 1, most_size);
  a.cols = option_number<index_t>("--shape", word.substr(x + 1), 1, most_size);
}

void option(arguments& a, const std::string& name, const std::string& value) {
  if (name == "--shape")
    shape(a, value);
  else if (name == "--keep")
    a.keep = list<double>(name, value, 1e-6, 1), a.keep_given = true;
  else if (name == "--tokens")
    a.tokens = list<index_t>(name, value, 1, 65536);
  else if (name == "--threads")
    a.threads = option_number<index_t>(name, value, 1, 1024);
  else if (name == "--seconds")
    a.seconds = option_number<double>(name, value, 1e-3, 86400);
  else if (name == "--error")
    a.error = option_number<double>(name, value, 0, 1);
  else if (name == "--json")
    a.json = value;
  else
    a.tensor = value;
}

}  // namespace

arguments parse(int count, char** words) {
  arguments a;
  const std::string with_value = " --shape --tensor --keep --tokens --threads --seconds --error --json ";
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--help" || word == "-h") {
      a.help = true;
    } else if (word == "--cached") {
      a.cached = true;
    } else if (word == "--narrow") {
      a.narrow = true;
    } else if (word.size() > 1 && word[0] == '-') {
      if (with_value.find(" " + word + " ") == std::string::npos)
        refuse("unknown option '" + word + "'; --help lists them");
      if (i + 1 == count || words[i + 1][0] == '\0') refuse(word + ": needs a value; --help shows which");
      option(a, word, words[++i]);
    } else if (word.empty() || !a.file.empty()) {
      refuse("need one file at most; got '" + a.file + "' and '" + word + "'");
    } else {
      a.file = word;
    }
  }
  return a;
}
