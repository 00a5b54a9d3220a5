// SPDX-License-Identifier: BSL-1.0
// Any bytes as a safetensors file: refused with a sentence, or tensors that lie in the file. The first byte
// chooses a frame (the header's length, bytes of data) to put around a header, or none.
#include <lacuna/interop/safetensors.hpp>

#include "support/fuzz.hpp"

using namespace lacuna;

namespace {

template <class T>
void look(const safetensors& file, const tensor& t) {
  test::accepted([&] {
    const auto v = file.view<T>(t.name);
    if (v.rows() > 0 && v.cols() > 0) {
      const T last = v(v.rows() - 1, v.cols() - 1);
      test::require(static_cast<float>(last) == 0 || !(static_cast<float>(last) == 0));
    }
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  const auto choice = in.byte();
  std::string bytes;
  if (choice < 192) {
    std::uint64_t length = in.left();
    for (int n = 0; n < 8; ++n, length >>= 8) bytes += static_cast<char>(length & 255);
  }
  bytes.append(reinterpret_cast<const char*>(in.rest()), in.left());
  if (choice < 192) bytes.append(choice % 64u, '\1');
  bytes.shrink_to_fit();
  // What the list of tensors and the names take is at most 4 times the header.
  const test::memory_bound bound(4 * bytes.size() + 65536);
  test::accepted([&] {
    const safetensors file(
        {reinterpret_cast<const std::byte*>(bytes.data()), static_cast<index_t>(bytes.size())}, "x");
    index_t reached = 0;
    for (const tensor& t : file.tensors()) {
      reached += t.bytes.size();
      test::require(&file.find(t.name) == &t);
      look<float>(file, t);
      look<bf16>(file, t);
      look<f16>(file, t);
      look<double>(file, t);
      test::accepted([&] { file.copy(t.name); });
    }
    test::require(reached <= static_cast<index_t>(bytes.size()) - 8);
  });
  return 0;
}
