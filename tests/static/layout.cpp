// SPDX-License-Identifier: BSL-1.0
// No public type's layout depends on a flag: every object of a program, whatever its -march, agrees on these
// sizes. Compiling this file, under each set of flags, is the test.
#include <lacuna/format.hpp>
#include <type_traits>

namespace lacuna {
namespace {

template <class T, std::size_t Size, std::size_t Align>
constexpr bool lies = sizeof(T) == Size && alignof(T) == Align;

static_assert(sizeof(index_t) == 8 && sizeof(void*) == 8, "lacuna's sizes are stated for 64-bit targets");
static_assert(lies<bf16, 2, 2> && lies<f16, 2, 2>);
static_assert(std::is_trivially_copyable_v<bf16> && std::is_standard_layout_v<bf16>);
static_assert(std::is_trivially_copyable_v<f16> && std::is_standard_layout_v<f16>);

static_assert(lies<array_view<float>, 16, 8> && lies<buffer<float>, 16, 8> && lies<buffer<char>, 16, 8>);
static_assert(std::is_trivially_copyable_v<array_view<const double>>);
static_assert(std::is_nothrow_move_constructible_v<buffer<float>>);
static_assert(buffer<bf16>::alignment == 64);

static_assert(lies<matrix_view<float>, 32, 8> && lies<matrix_view<const bf16, col_major>, 32, 8>);
static_assert(std::is_trivially_copyable_v<matrix_view<float>>);
static_assert(lies<matrix<float>, 32, 8> && lies<matrix<double, col_major>, 32, 8>);

static_assert(lies<csr::arrays<borrowed>, 32, 8> && lies<bsr<4, 4>::arrays<owned>, 32, 8>);
static_assert(lies<bitmap::arrays<borrowed>, 32, 8> && lies<nm<2, 4>::arrays<owned>, 16, 8>);
static_assert(lies<positions<csr>, 48, 8> && lies<positions<nm<2, 4>>, 32, 8>);
static_assert(lies<sparse_view<csr, float>, 88, 8> && lies<sparse_view<bitmap, ones>, 88, 8>);
static_assert(lies<sparse_view<nm<2, 4>, bf16>, 72, 8> && lies<sparse_view<dense, int4<32>>, 64, 8>);
static_assert(lies<sparse_matrix<csr, float>, 88, 8> && lies<sparse_matrix<nm<2, 4>, f16>, 72, 8>);
static_assert(std::is_trivially_copyable_v<sparse_view<csr, float>>);
static_assert(std::is_trivially_copyable_v<sparse_view<bsr<4, 4>, bf16>>);

static_assert(static_cast<int>(errc::shape) == 0 && static_cast<int>(errc::io) == 5);
static_assert(sizeof(errc) == 4);

}  // namespace
}  // namespace lacuna
