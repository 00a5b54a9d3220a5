// SPDX-License-Identifier: BSL-1.0
// Counted bytes equal the byte model exactly, and the model has the leading terms that the README states.
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

template <class P, class C>
void check_bytes(index_t rows, index_t cols, const typename P::template arrays<owned>& where) {
  const sparse_matrix<P, C> a(rows, cols, where);
  CAPTURE(P::name(), codec_of<C>::name, rows, cols);
  CHECK(stored_bytes(a) == model_bytes<P, C>(rows, cols, a.nnz()));
  CHECK(stored_bytes(a) == stored_bytes(a.view()));
}

template <class P>
void check_codecs(std::uint64_t seed) {
  for (const test::shape s : test::shapes()) {
    const auto a = encode<P, float>(test::random_for<P>(s.rows, s.cols, 0.4, seed));
    for_each_type(number_codecs{}, [&](auto c) { check_bytes<P, decltype(c)>(s.rows, s.cols, a.where()); });
    check_bytes<P, ones>(s.rows, s.cols, a.where());
  }
}

/// Bits per weight of a 1024 x 1024 matrix with `stored` values in slots.
template <class P, class C>
double bits_per_weight(index_t stored) {
  return 8 * static_cast<double>(model_bytes<P, C>(1024, 1024, stored)) / (1024.0 * 1024.0);
}

template <class P, class C>
void check_leading_bits(double density, double leading) {
  const double total = 1024.0 * 1024.0, offsets = 64.0 * 1025 / total;  // what row_ptr adds at most
  const double bits = bits_per_weight<P, C>(static_cast<index_t>(density * total));
  CAPTURE(P::name(), codec_of<C>::name, density, bits, leading);
  CHECK(bits >= leading - 1e-9);
  CHECK(bits <= leading + offsets + 1e-9);
}

template <int N, int M, class C>
void check_group_bits(int value_bits, int index_bits) {
  CHECK(nm<N, M>::index_bits == index_bits);
  const double density = double(N) / M;
  check_leading_bits<nm<N, M>, C>(density, density * (value_bits + index_bits));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("stored bytes are the model's: open patterns", "[format]", open_patterns) {
  check_codecs<TestType>(7);
}
TEMPLATE_LIST_TEST_CASE("stored bytes are the model's: group patterns", "[format]", group_patterns) {
  check_codecs<TestType>(8);
}
TEMPLATE_LIST_TEST_CASE("stored bytes are the model's: panels", "[format]", panel_patterns) {
  check_codecs<TestType>(9);
}

TEST_CASE("bits per weight have the stated leading terms", "[format]") {
  const double d = GENERATE(1.0 / 32, 0.125, 0.5, 1.0);
  check_leading_bits<dense, bf16>(1, 16);
  check_leading_bits<bitmap, float>(d, d * 32 + 1);
  check_leading_bits<bitmap, bf16>(d, d * 16 + 1);
  check_leading_bits<bitmap, ones>(d, 1);
  check_leading_bits<csr, float>(d, d * (32 + 32));
  check_leading_bits<csr, f16>(d, d * (16 + 32));
  check_leading_bits<narrow_csr, bf16>(d, d * (16 + 16));
  check_leading_bits<bsr<4, 4>, float>(d, d * (32 + 32.0 / 16));
  check_leading_bits<bsr<16, 1>, bf16>(d, d * (16 + 32.0 / 16));
  check_leading_bits<bsr<1, 32>, double>(d, d * (64 + 32.0 / 32));
}

TEST_CASE("a field of N:M takes 1, 2, 4 or 8 bits", "[format]") {
  check_group_bits<1, 2, float>(32, 1);
  check_group_bits<2, 4, bf16>(16, 2);
  check_group_bits<1, 4, float>(32, 2);
  check_group_bits<4, 8, f16>(16, 4);
  check_group_bits<1, 16, bf16>(16, 4);
  check_group_bits<8, 32, bf16>(16, 8);
  check_group_bits<16, 64, bf16>(16, 8);
}
