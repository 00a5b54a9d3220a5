// SPDX-License-Identifier: BSL-1.0
// Any bytes in any shape as raw floats: refused with a sentence, or a matrix of exactly these bytes.
#include <lacuna/interop/raw.hpp>

#include "support/fuzz.hpp"

using namespace lacuna;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  const auto rows = static_cast<index_t>(in.near(16));
  const index_t fit = rows > 0 ? static_cast<index_t>(in.left()) / 4 / rows : 0;
  const auto cols = static_cast<index_t>(in.near(fit > 200 ? 200 : fit));
  const test::memory_bound bound(2 * size + 65536);
  test::accepted([&] {
    const auto m = parse_raw({reinterpret_cast<const std::byte*>(in.rest()), static_cast<index_t>(in.left())},
                             rows, cols);
    test::require(m.rows() == rows && m.cols() == cols &&
                  static_cast<std::size_t>(rows * cols) * 4 == in.left());
    test::require(in.left() == 0 || std::memcmp(m.data(), in.rest(), in.left()) == 0);
  });
  return 0;
}
