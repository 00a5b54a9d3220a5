// SPDX-License-Identifier: BSL-1.0
// Any bytes as a matrix file, or a good file with some of its bytes patched: refused with a sentence, or a
// matrix whose rows can all be visited. The first byte says what to make of the others and which checksums to
// put right, so that what is broken reaches the rules behind them.
#include <lacuna/format.hpp>
#include <lacuna/pack/pack.hpp>
#include <tuple>

#include "support/fuzz.hpp"
#include "support/matrix_files.hpp"

using namespace lacuna;

namespace {

using narrow = basic_csr<std::uint16_t, std::int32_t>;

/// 5 x 9 with a value in every third place and an empty row; every pattern below holds it.
template <class P, class C>
std::string good() {
  matrix<float> w(5, 9);
  for (index_t i = 0; i < 5; ++i)
    for (index_t j = i % 3; j < 9 && i != 3; j += 3) w(i, j) = 1;
  if constexpr (scaled_codec<C>) {
    return test::matrix_file_of(encode<P, C>(w));
  } else {
    const auto a = encode<P, float>(w);
    sparse_matrix<P, C> b(5, 9, a.where());
    for (index_t s = 0; s < b.values().size(); ++s)
      codec_of<C>::encode(b.values().data(), s, static_cast<value_t<C>>(a.values()[s]));
    return test::matrix_file_of(b);
  }
}

template <class P, class C>
void visit(const sparse_view<P, C>& a) {
  if (a.rows() > 65536 || a.nnz() > 65536) return;  // dense holds any shape without an array
  index_t visited = 0;
  for (index_t i = 0; i < a.rows(); ++i) {
    index_t last = -1;
    P::visit_row(a.where(), i, [&](index_t k, index_t slot) {
      test::require(k > last && k < a.cols() && slot >= 0 && slot < a.nnz());
      const auto v = a.value(i, k, slot);
      test::require(v == v || !scaled_codec<C>);  // no finite cell makes a NaN
      last = k;
      ++visited;
    });
  }
  // The values of panel<bitmap> end in slack.
  constexpr bool each = !P::filled && !requires { P::slack; };
  test::require(each ? visited == a.nnz() : visited <= a.nnz());
}

template <class P, class C>
void check(const std::string& file, file_check how) {
  const buffer<std::byte> bytes = test::aligned_bytes(file);
  const test::memory_bound bound(65536);
  test::accepted([&] {
    const matrix_file_info h = detail::read_matrix_header(bytes, "x");
    test::require(h.bytes == bytes.size() && h.arrays.size() <= 64);
    for (const saved_array& a : h.arrays)
      test::require(a.offset % 64 == 0 && a.offset + a.length * a.element_bytes <= h.bytes);
  });
  test::accepted([&] {
    const mapped_matrix<P, C> m(bytes, {.check = how}, "x");
    test::require(m.bytes() == file.size());
    if (how == file_check::header) return;  // the arrays may be anything
    visit(m.view());
    test::require(test::matrix_file_of(m) == file);  // one matrix has one file
  });
}

template <class P, class C>
void run(test::fuzz_source& in, std::uint8_t choice) {
  std::string file;
  if (choice & 128) {
    file.assign(reinterpret_cast<const char*>(in.rest()), in.left());
    if (file.size() >= 16) file.replace(0, 8, detail::matrix_file_magic);
  } else {
    static const std::string start = good<P, C>();
    file = start;
    test::patch_file(in, file, [&](std::uint8_t where) {  // mostly the numbers of the header, the names apart
      return where < 64    ? static_cast<std::size_t>(where)
             : where < 192 ? 192u + static_cast<std::size_t>(where - 64)
                           : static_cast<std::size_t>(where - 192) * 256u + in.byte();
    });
  }
  if (choice & 64) test::sum_arrays(file);
  if (choice & 32) test::sum_header(file);
  check<P, C>(file, choice & 16 ? file_check::header : file_check::all);
}

template <class P, class C>
void run_packed(test::fuzz_source& in, std::uint8_t choice) {
  run<packed_pattern<P, C>, C>(in, choice);
}
void run_packed(test::fuzz_source& in, std::uint8_t choice) {
  switch (in.byte() % 6) {
    case 0:
      return run_packed<bitmap, bf16>(in, choice);
    case 1:
      return run_packed<bitmap, int4<32>>(in, choice);
    case 2:
      return run_packed<dense, int4<16, f16, asymmetric>>(in, choice);
    case 3:
      return run_packed<dense, int8<32>>(in, choice);
    case 4:
      return run_packed<nm<2, 4>, int4<64>>(in, choice);
    default:
      return run_packed<nm<2, 4>, int8<>>(in, choice);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_source in(data, size);
  const std::uint8_t choice = in.byte();
  switch (choice % 16) {
    case 0:
    case 1:
      return run<csr, float>(in, choice), 0;
    case 2:
      return run<narrow, bf16>(in, choice), 0;
    case 3:
      return run<basic_csr<std::int64_t, std::uint64_t>, ones>(in, choice), 0;
    case 4:
      return run<dense, ones>(in, choice), 0;
    case 5:
      return run<bitmap, f16>(in, choice), 0;
    case 6:
      return run<bitmap, int4<16, f16, asymmetric>>(in, choice), 0;
    case 7:
      return run<bitmap, ones>(in, choice), 0;
    case 8:
      return run<bsr<2, 3>, float>(in, choice), 0;
    case 9:
      return run<bsr<2, 16>, int8<16>>(in, choice), 0;
    case 10:
      return run<nm<2, 4>, bf16>(in, choice), 0;
    case 11:
      return run<nm<3, 7>, ones>(in, choice), 0;
    case 12:
      return run<nm<33, 64>, f16>(in, choice), 0;
    case 13:
      return run<dense, int8<>>(in, choice), 0;
    case 14:
      return run_packed(in, choice), 0;
    default:
      return run<panel<nm<2, 4>, 1>, float>(in, choice), 0;
  }
}
