// SPDX-License-Identifier: BSL-1.0
//
// Any pattern to any pattern that can hold it, and what each of them takes.
#include <cstdio>
#include <lacuna/format.hpp>
#include <lacuna/prune.hpp>
#include <random>

namespace {

bool same(const lacuna::matrix<float>& a, const lacuna::matrix<float>& b) {
  for (lacuna::index_t i = 0; i < a.rows(); ++i)
    for (lacuna::index_t k = 0; k < a.cols(); ++k)
      if (a(i, k) != b(i, k)) return false;
  return true;
}

// Stores `a` as pattern P, prints a line, and says whether the matrix and its size are as they should be.
template <lacuna::pattern P, lacuna::sparse_operand A>
bool show(const char* remark, const A& a) {
  const auto b = lacuna::convert<P>(a);
  const std::size_t bytes = lacuna::stored_bytes(b);
  std::printf("%-9s %8td stored %9zu bytes %6.2f bits a weight   %s\n", P::name().c_str(), b.nnz(), bytes,
              8.0 * static_cast<double>(bytes) / static_cast<double>(b.rows() * b.cols()), remark);
  return same(lacuna::decode(b), lacuna::decode(a)) &&
         bytes == lacuna::model_bytes<P, lacuna::bf16>(b.rows(), b.cols(), b.nnz());
}

}  // namespace

int main() {
  lacuna::matrix<float> w(512, 768);
  std::mt19937 bits(1);
  std::normal_distribution<float> value;
  for (lacuna::index_t i = 0; i < w.rows() * w.cols(); ++i) w.data()[i] = value(bits);

  // Two of every four neighbours stay: 2:4, which every other pattern can hold too.
  const auto a = lacuna::sparsify<lacuna::nm<2, 4>, lacuna::bf16>(w);
  bool ok = show<lacuna::nm<2, 4>>("2 bits say which of 4", a);
  ok = show<lacuna::nm<4, 8>>("every 2:4 is a 4:8; its fields are wider", a) && ok;
  ok = show<lacuna::bitmap>("one bit a position", a) && ok;
  ok = show<lacuna::csr>("32-bit columns cost twice a bf16", a) && ok;
  ok = show<lacuna::basic_csr<std::uint16_t, std::int32_t>>("16-bit columns hold up to 65535", a) && ok;
  ok = show<lacuna::bsr<1, 4>>("each block holds two zeros", a) && ok;
  ok = show<lacuna::bsr<4, 4>>("so does each row of these", a) && ok;
  ok = show<lacuna::dense>("every position", a) && ok;

  // The codec changes on the way, if asked.
  const auto full = lacuna::convert<lacuna::csr, float>(a);
  ok = same(lacuna::decode(full), lacuna::decode(a)) && ok;

  // What does not fit says so.
  try {
    lacuna::convert<lacuna::nm<1, 4>>(a);
    ok = false;
  } catch (const lacuna::error& e) {
    std::printf("refused: %s\n", e.what());
    ok = e.code() == lacuna::errc::pattern && ok;
  }
  return ok ? 0 : 1;
}
