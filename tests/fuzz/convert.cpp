// SPDX-License-Identifier: BSL-1.0
// Any matrix from one pattern to another and from float to another codec: what a pattern can hold it gives
// back, what it cannot it refuses.
#include <cmath>
#include <lacuna/format.hpp>

#include "support/fuzz.hpp"
#include "support/generators.hpp"

using namespace lacuna;

namespace {

/// f(pattern) for the pattern of a number.
template <class F>
void with_pattern(index_t kind, F&& f) {
  switch (kind) {
    case 0:
      return f(dense{});
    case 1:
      return f(csr{});
    case 2:
      return f(bitmap{});
    case 3:
      return f(bsr<3, 5>{});
    case 4:
      return f(nm<3, 7>{});
    default:
      return f(nm<33, 64>{});
  }
}

/// Values that every codec below keeps, zeros of both signs and a NaN among them.
float value(std::uint8_t b) {
  if (b == 255) return std::nanf("");
  if (b == 254) return -0.0f;
  return static_cast<float>(static_cast<int>(b) - 100) / 4;
}

template <class P, class C>
void check(const matrix<float>& w, const sparse_matrix<P, C>& a) {
  test::require(find_defect(a).empty());
  test::require(stored_bytes(a) == model_bytes<P, C>(a.rows(), a.cols(), a.nnz()));
  test::require(test::difference(decode(a), w).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  const index_t rows = in.below(7), cols = in.below(in.below(8) == 7 ? 255 : 70), first = in.below(6),
                second = in.below(6), codec = in.below(4);
  const bool thin = in.below(2) == 0;
  matrix<float> w(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t k = thin ? in.below(64) : 0; k < cols && !in.empty(); k += thin ? 1 + in.below(64) : 1)
      w(i, k) = value(in.byte());
  test::accepted([&] {
    with_pattern(first, [&](auto p) {
      using P = decltype(p);
      const auto a = encode<P, float>(w);
      check(w, a);
      with_pattern(second, [&](auto q) { check(w, convert<decltype(q)>(a)); });
      if (codec == 0) check(w, convert<P, bf16>(a));
      if (codec == 1) check(w, convert<P, f16>(a));
      if (codec == 2) check(w, convert<csr, float>(convert<P, double>(a)));
      if (codec == 3) check(w, convert<basic_csr<std::uint8_t, std::int16_t>>(a));
    });
  });
  return 0;
}
