// SPDX-License-Identifier: BSL-1.0
// Any bytes as a GGUF file, or a good file with some of its bytes patched: refused with a sentence, or tensors that lie in
// the file. The first byte chooses.
#include <lacuna/interop/gguf.hpp>

#include "support/fuzz.hpp"
#include "support/gguf_files.hpp"

using namespace lacuna;

namespace {

std::string good(std::uint8_t choice) {
  using test::gguf_string;
  using test::u32;
  using test::u64;
  test::gguf_writer file;
  file.version = choice & 1 ? 2 : 3;
  file.padded_end = (choice & 2) != 0;
  file.pair("n", 4, u32(7));
  if (choice & 4) file.aligned(8);
  if (choice & 8)
    file.pair(
        "t", 9,
        u32(9) + u64(2) + u32(8) + u64(1) + gguf_string("ab") + u32(7) + u64(2) + std::string("\0\1", 2));
  if (choice & 16) file.tensor("q4", 2, {32, 2}, test::random_blocks(2, 16, 1));
  if (choice & 32) file.tensor("q8", 8, {32}, test::random_blocks(1, 32, 2));
  return file.tensor("f", 0, {3, 1}, std::string(12, '\2'))
      .tensor("h", 30, {2, 2}, std::string(8, '\3'))
      .file();
}

/// Bytes `at` (2, of which 6 bits too many) and `what`, until there are no more; 255 cuts the file off.
void patch(std::string& file, test::fuzz_source& in) {
  while (!in.empty()) {
    const auto at = (static_cast<std::size_t>(in.byte()) << 8 | in.byte()) % 1024;
    const std::uint8_t what = in.byte();
    if (at >= file.size()) continue;
    if (what == 255 && in.byte() < 128)
      file.resize(at);
    else
      file[at] = static_cast<char>(what);
  }
}

template <class A>
void look(const A& a) {
  test::require(find_defect(a) == "");
  index_t visited = 0;
  if (a.nnz() > 0)  // any number of rows is in the file when they are empty
    for (index_t i = 0; i < a.rows(); ++i)
      a.visit_row(i, [&](index_t k, auto v) {
        test::require(k >= 0 && k < a.cols() && (v == v || v != v));
        ++visited;
      });
  test::require(visited == a.nnz());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  const std::uint8_t choice = in.byte();
  std::string file;
  if (choice & 128) {
    file = (choice & 64 ? "GGUF" + test::u32(3) : "") +
           std::string(reinterpret_cast<const char*>(in.rest()), in.left());
  } else {
    file = good(choice);
    patch(file, in);
  }
  buffer<std::byte> bytes(static_cast<index_t>(file.size()));
  if (!file.empty()) std::memcpy(bytes.data(), file.data(), file.size());
  // A tensor of 25 bytes takes about 130 in the list, which is sorted; values of 18 bytes become 128 when decoded.
  const test::memory_bound bound(16 * file.size() + 65536);
  test::accepted([&] {
    const gguf g(bytes, "x");
    index_t reached = 0;
    for (const gguf_tensor& t : g.tensors()) {
      test::require(&g.find(t.name) == &t && t.bytes.data() == bytes.data() + t.offset);
      test::require(t.offset % 8 == 0 && t.offset + t.bytes.size() <= bytes.size());
      reached += t.bytes.size();
      test::accepted([&] { g.copy(t.name); });
      test::accepted([&] { g.visit(t.name, [](const auto& a) { look(a); }); });
    }
    test::require(reached <= bytes.size());
  });
  return 0;
}
