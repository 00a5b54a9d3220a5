#pragma once
// SPDX-License-Identifier: BSL-1.0
// The caller's own threads as a policy: anything callable as parallel_for(n, f), f(piece).
//
//   auto on_pool = [&](lacuna::index_t n, auto&& piece) { pool.for_each_index(n, piece); };
//   spmm(exec{pool_ref{on_pool, pool.size()}}, a, x, y);
#include <lacuna/exec/serial.hpp>
#include <type_traits>

namespace lacuna {

/// A reference to a parallel_for, its type erased: an object (wrap a plain function in a lambda) that outlives it.
/// parallel_for(n, f) must call f(i) once for each i in [0, n) and return after the last one ended.
class pool_ref {
 public:
  /// What the callable gets: a light copyable reference to the piece function.
  class piece {
   public:
    void operator()(index_t i) const { call_(f_, i); }

   private:
    friend class pool_ref;
    piece(void* f, void (*call)(void*, index_t)) : f_(f), call_(call) {}
    void* f_;
    void (*call_)(void*, index_t);
  };

  template <class ParallelFor>
    requires(std::is_object_v<ParallelFor> && std::invocable<ParallelFor&, index_t, piece> &&
             !std::same_as<std::remove_cv_t<ParallelFor>, pool_ref>)
  pool_ref(ParallelFor& parallel_for, index_t width)
      : pool_(const_cast<void*>(static_cast<const void*>(&parallel_for))), width_(width > 1 ? width : 1) {
    start_ = [](void* pool, index_t n, piece f) { (*static_cast<ParallelFor*>(pool))(n, f); };
  }

  index_t width() const { return width_; }
  template <class F>
  LACUNA_INLINE void run(index_t n, F&& f) const {
    using Function = std::remove_reference_t<F>;
    start_(pool_, n,
           piece(const_cast<void*>(static_cast<const void*>(&f)),
                 [](void* p, index_t i) { (*static_cast<Function*>(p))(i); }));
  }

 private:
  void* pool_;
  void (*start_)(void*, index_t, piece);
  index_t width_;
};

}  // namespace lacuna
