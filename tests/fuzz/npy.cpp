// SPDX-License-Identifier: BSL-1.0
// Any bytes as an npy file: refused with a sentence, or a matrix. The first byte chooses a frame to put
// around the header, or none.
#include <lacuna/interop/npy.hpp>

#include "support/fuzz.hpp"

using namespace lacuna;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  const auto choice = in.byte();
  std::string file;
  if (choice < 192) {
    const std::size_t header = in.left() < 300 ? in.left() * (choice % 16) / 15 : 128;
    file = std::string("\x93NUMPY") + static_cast<char>(1 + choice / 64) + '\0' +
           static_cast<char>(header & 255) + static_cast<char>(header >> 8);
    if (choice >= 64) file += std::string(2, '\0');
  }
  file.append(reinterpret_cast<const char*>(in.rest()), in.left());
  file.shrink_to_fit();
  const test::memory_bound bound(2 * file.size() + 65536);
  test::accepted([&] {
    const auto m =
        parse_npy({reinterpret_cast<const std::byte*>(file.data()), static_cast<index_t>(file.size())});
    float sum = 0;
    if (m.rows() > 0 && m.cols() > 0) sum = m(m.rows() - 1, m.cols() - 1);
    test::require(m.rows() >= 0 && m.cols() >= 0 && (sum == sum || sum != sum));
  });
  return 0;
}
