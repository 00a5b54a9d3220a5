#pragma once
// SPDX-License-Identifier: BSL-1.0
// A tiny model and its tokenizer as the bytes of their files, made of seeded numbers.
#include <cstdint>
#include <cstring>
#include <lacuna/core/matrix.hpp>
#include <string>
#include <vector>

#include "story/checkpoint.hpp"
#include "support/files.hpp"
#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

template <class T>
void put(std::string& file, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  file.append(bytes, sizeof value);
}

/// dim 32, hidden 44, 2 layers, 4 heads of 8 channels for 2 kv heads, 264 tokens, context 96.
inline constexpr story::model_shape tiny{32, 44, 2, 4, 2, 264, 96};

inline std::string header(const story::model_shape& s, bool tied) {
  std::string file;
  for (const index_t n :
       {s.dim, s.hidden, s.layers, s.heads, s.kv_heads, tied ? s.vocab : -s.vocab, s.context})
    put(file, static_cast<std::int32_t>(n));
  return file;
}

/// Weights between -scale and scale, norms around 1.
inline std::string checkpoint_file(const story::model_shape& s, bool tied = true, std::uint64_t seed = 1) {
  std::string file = header(s, tied);
  random_source random(seed);
  const auto floats = [&](index_t n, double scale, double middle = 0) {
    for (index_t i = 0; i < n; ++i)
      put(file, static_cast<float>(middle + scale * (2 * random.uniform() - 1)));
  };
  floats(s.vocab * s.dim, 1);
  for (const auto& [rows, cols] : {std::pair{index_t{0}, s.dim},
                                   {s.dim, s.dim},
                                   {s.kv_dim(), s.dim},
                                   {s.kv_dim(), s.dim},
                                   {s.dim, s.dim},
                                   {index_t{0}, s.dim},
                                   {s.hidden, s.dim},
                                   {s.dim, s.hidden},
                                   {s.hidden, s.dim}}) {
    if (rows == 0)
      floats(s.layers * cols, 0.2, 1);
    else
      floats(s.layers * rows * cols, 0.5);
  }
  floats(s.dim, 0.2, 1);
  floats(s.context * s.head_size(), 1);
  if (!tied) floats(s.vocab * s.dim, 1);
  return file;
}

struct piece {
  std::string text;
  float score;
};

/// <unk>, begin, end, the 256 bytes, then `more`.
inline std::vector<piece> pieces(const std::vector<piece>& more) {
  std::vector<piece> all = {{"<unk>", 0}, {"\n<s>\n", 0}, {"\n</s>\n", 0}};
  char name[8];
  for (unsigned b = 0; b < 256; ++b) {
    std::snprintf(name, sizeof name, "<0x%02X>", b);
    all.push_back({name, 0});
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

inline std::string tokenizer_file(const std::vector<piece>& all) {
  std::string file;
  std::size_t longest = 0;
  for (const piece& p : all) longest = std::max(longest, p.text.size());
  put(file, static_cast<std::int32_t>(longest));
  for (const piece& p : all) {
    put(file, p.score);
    put(file, static_cast<std::int32_t>(p.text.size()));
    file += p.text;
  }
  return file;
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
