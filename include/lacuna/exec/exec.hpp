#pragma once
// SPDX-License-Identifier: BSL-1.0
// Where a verb runs: which threads take the pieces, and which SIMD.
//
//   spmm(a, x, y)                              serial, native
//   spmm(exec{openmp{2}}, a, x, y)             two OpenMP threads, native
//   spmm(exec{pool_ref{pool, 8}}, a, x, y)     the caller's own pool
//   spmm(exec{serial{}, scalar{}}, a, x, y)    the plain reference
//   spmm(exec{serial{}, native{}, &w}, ...)    with scratch memory of the caller's
//
// Work is cut so that every output belongs to one piece: results have the same bits for any number of threads.
#include <concepts>
#include <lacuna/core/types.hpp>
#include <lacuna/exec/serial.hpp>
#include <lacuna/exec/workspace.hpp>
#include <lacuna/simd/arch.hpp>

namespace lacuna {

/// Which SIMD: what the compiler's flags allow, or none.
template <class S>
concept simd_choice = std::same_as<S, native> || std::same_as<S, scalar>;

/// The loops of a product; ops/regime.hpp says when each is chosen. An exec names one to overrule that.
enum class regime { automatic, reference, dot, axpy, stream, expand, skip, blocks };

template <parallel Threads = serial, simd_choice Simd = native>
struct exec {
  Threads threads{};
  [[no_unique_address]] Simd simd{};
  workspace* scratch = nullptr;  // of the caller, so that no call allocates
  regime how = regime::automatic;
};
template <parallel Threads = serial, simd_choice Simd = native>
exec(Threads = {}, Simd = {}, workspace* = nullptr, regime = regime::automatic) -> exec<Threads, Simd>;

namespace detail {
template <class E>
inline constexpr bool is_exec = false;
template <class T, class S>
inline constexpr bool is_exec<exec<T, S>> = true;
}  // namespace detail

/// The first argument of a verb that says where to run.
template <class E>
concept exec_policy = detail::is_exec<std::remove_cvref_t<E>>;

}  // namespace lacuna
