// SPDX-License-Identifier: BSL-1.0
// From a tensor whose type is known at run time to a layer.
#include <lacuna/format.hpp>
#include <lacuna/interop/gguf.hpp>
#include <lacuna/ops.hpp>

#include "support/catch.hpp"
#include "support/gguf_files.hpp"
#include "support/oracle.hpp"

using namespace lacuna;

TEST_CASE("gguf: every weight becomes a layer", "[interop]") {
  const index_t rows = 37, depth = 96;
  const auto w = test::random_matrix(rows, depth, 1, 1);
  const auto raw = [](const auto& a) {
    return std::string(reinterpret_cast<const char*>(a.values().data()), a.values().bytes());
  };
  const std::vector<std::uint64_t> dims{96, 37};
  test::gguf_writer writer;
  writer.tensor("f32", 0, dims, raw(encode<dense, float>(w)))
      .tensor("f16", 1, dims, raw(encode<dense, f16>(w)))
      .tensor("bf16", 30, dims, raw(encode<dense, bf16>(w)))
      .tensor("q8_0", 8, dims, test::random_blocks(rows * depth / 32, 32, 2))
      .tensor("q4_0", 2, dims, test::random_blocks(rows * depth / 32, 16, 3));
  const std::string text = writer.file();
  buffer<std::byte> bytes(static_cast<index_t>(text.size()));
  std::memcpy(bytes.data(), text.data(), text.size());
  const gguf file(bytes);
  for (const gguf_tensor& t : file.tensors()) {
    CAPTURE(t.name);
    const auto layer = file.visit(t.name, [](const auto& a) { return any_linear(pack(a)); });
    CHECK(layer.rows() == rows);
    CHECK(layer.cols() == depth);
    for (const index_t tokens : {1, 40}) {
      const auto x = test::random_matrix(tokens, depth, 1, 4);
      matrix<float> y(tokens, rows);
      linear(layer, x, y);
      CHECK(test::misses(y, test::oracle::linear(file.copy(t.name), x)) == "");
    }
  }
}
