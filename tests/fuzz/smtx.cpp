// SPDX-License-Identifier: BSL-1.0
// Any text as an .smtx file: refused with a sentence, or a valid pattern.
#include <lacuna/interop/smtx.hpp>

#include "support/fuzz.hpp"

using namespace lacuna;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A row offset is 8 bytes and takes 2 of the text.
  const test::memory_bound bound(4 * size + 65536);
  test::accepted([&] {
    const auto a = parse_smtx({reinterpret_cast<const char*>(data), static_cast<index_t>(size)});
    test::require(find_defect(a).empty());
  });
  return 0;
}
