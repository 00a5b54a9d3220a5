// SPDX-License-Identifier: BSL-1.0
// Any bytes as a checkpoint, or as a tokenizer and a text: refused with a sentence, or read. Small sizes are put into the
// header, so that files of a few kilobytes can fit them.
#include <algorithm>
#include <cstring>
#include <limits>

#include "story/checkpoint.hpp"
#include "story/tokenizer.hpp"
#include "support/fuzz.hpp"

using namespace lacuna;

namespace {

array_view<const std::byte> bytes_of(const std::string& s) {
  return {reinterpret_cast<const std::byte*>(s.data()), static_cast<index_t>(s.size())};
}

template <class T>
void put(std::string& file, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  file.append(bytes, sizeof value);
}

void fuzz_checkpoint(test::fuzz_source& in) {
  std::string file;
  std::int64_t n[7];
  for (std::int64_t& v : n) put(file, static_cast<std::int32_t>(v = in.near(8)));
  const bool fits = in.byte() < 192;  // padded or cut to the length that the header asks for
  file.append(reinterpret_cast<const char*>(in.rest()), in.left());
  const bool small = std::all_of(n, n + 7, [](std::int64_t v) { return v >= -1 && v <= 16 && v != 0; });
  if (fits && small && n[3] > 0) {
    const std::int64_t dim = n[0], hidden = n[1], size = dim / n[3], vocab = std::abs(n[5]);
    const std::int64_t layer = 2 * dim + 2 * dim * dim + 2 * size * n[4] * dim + 3 * hidden * dim;
    const std::int64_t all = vocab * dim * (n[5] < 0 ? 2 : 1) + n[2] * layer + dim + n[6] * size;
    if (all > 0) file.resize(28 + 4 * static_cast<std::size_t>(all));
  }
  std::string whole(file.begin(), file.end());  // of its size, and aligned
  const test::memory_bound bound(16 * file.size() + 65536);
  test::accepted([&] {
    const story::checkpoint c = story::read_checkpoint(bytes_of(whole), "it");
    test::require(c.shape.dim % (2 * c.shape.heads) == 0 && c.shape.heads % c.shape.kv_heads == 0);
    test::require(c.layers.size() == static_cast<std::size_t>(c.shape.layers));
    const auto& last = c.layers.back().w3;
    const float end = last(last.rows() - 1, last.cols() - 1) + c.final_norm[c.shape.dim - 1] +
                      c.classifier(c.shape.vocab - 1, c.shape.dim - 1);
    test::require(end - end == 0 || end - end != 0);
  });
}

void fuzz_tokenizer(test::fuzz_source& in) {
  const auto vocab = static_cast<index_t>(in.byte());
  std::string file;
  put(file, static_cast<std::int32_t>(in.near(6)));
  for (index_t i = 0; i < vocab && !in.empty(); ++i) {
    put(file, in.byte() == 255 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(in.below(4)));
    const std::int64_t length = in.near(4);
    put(file, static_cast<std::int32_t>(length));
    for (std::int64_t n = 0; n < length && n < 8; ++n) file += static_cast<char>("abc "[in.below(4)]);
  }
  const std::string text(reinterpret_cast<const char*>(in.rest()), in.left());
  test::accepted([&] {
    const story::tokenizer t(bytes_of(file), vocab, "it");
    test::require(t.size() == vocab);
    for (const std::string& said : {text, std::string("ab ca cab")})
      for (const int token : t.encode(said)) {
        test::require(token >= 0 && token < vocab);
        for (const char c : t.text(5, token))
          test::require(static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t');
      }
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  if (in.byte() % 2 == 0)
    fuzz_checkpoint(in);
  else
    fuzz_tokenizer(in);
  return 0;
}
