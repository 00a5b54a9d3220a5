// SPDX-License-Identifier: BSL-1.0
// Any text as a Matrix Market file: refused with a sentence, or a valid matrix. The first byte chooses a
// banner to put in front, or none.
#include <lacuna/interop/matrix_market.hpp>

#include "support/fuzz.hpp"

using namespace lacuna;

namespace {

template <class C>
void read(const std::string& text) {
  // 8 bytes a row, 12 or 20 an entry of the result while it is made, 4 bytes at least of an entry in the
  // text.
  const test::memory_bound bound((8 << 20) + 64 * text.size() + 65536);
  test::accepted([&] {
    const auto a = parse_matrix_market<C>(text);
    test::require(find_defect(a).empty());
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string fields[] = {"real", "integer", "pattern"};
  static const std::string symmetries[] = {"general", "symmetric", "skew-symmetric"};
  test::fuzz_source in(data, size);
  const auto choice = in.byte();
  std::string text;
  if (choice < 128)
    text = "%%MatrixMarket matrix coordinate " + fields[choice % 3] + " " + symmetries[choice / 3 % 3] + "\n";
  text.append(reinterpret_cast<const char*>(in.rest()), in.left());
  text.shrink_to_fit();
  read<float>(text);
  read<double>(text);
  return 0;
}
