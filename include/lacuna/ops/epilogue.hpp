#pragma once
// SPDX-License-Identifier: BSL-1.0
// What happens to a finished sum before it is stored: a chain of stages, each  v' = stage(v, m, n),
// m = row of A (output feature), n = column of B (token), for spmm and linear alike.
//
//   spmm(a, x, y, epilogue::bias{b} | epilogue::relu{});        y = max(a x + b, 0)
//
// A stage of your own is any object with T operator()(T v, index_t m, index_t n) const; several threads may call
// it at once. It may also have
//   check(rows, cols)   O(1), fails on a wrong size     bind(y)     gets the output view before the loops
//   flipped()           the stage for a transposed output, when it holds a matrix in the output's orientation
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <utility>

namespace lacuna {

template <class E>
concept epilogue_stage = requires(const E& e, float v, index_t i) {
  { e(v, i, i) } -> std::convertible_to<float>;
};

namespace epilogue {

/// Stores the sum as it is.
struct none {
  template <class T>
  LACUNA_INLINE T operator()(T v, index_t, index_t) const {
    return v;
  }
};

/// v + b[m]; b has one value for each row of A.
struct bias {
  array_view<const float> b;
  template <class T>
  LACUNA_INLINE T operator()(T v, index_t m, index_t) const {
    return v + static_cast<T>(b[m]);
  }
  LACUNA_INLINE void check(index_t rows, index_t) const {
    if (b.size() != rows)
      fail(errc::shape, "epilogue::bias: need one value for each of " + count_text(rows) +
                            " rows of A; got " + count_text(b.size()));
  }
};

/// v * factor.
struct scale {
  float factor = 1;
  template <class T>
  LACUNA_INLINE T operator()(T v, index_t, index_t) const {
    return v * static_cast<T>(factor);
  }
};

/// max(v, 0); NaN stays NaN.
struct relu {
  template <class T>
  LACUNA_INLINE T operator()(T v, index_t, index_t) const {
    return v < T{0} ? T{0} : v;
  }
};

/// v / (1 + exp(-v)).
struct silu {
  template <class T>
  LACUNA_INLINE T operator()(T v, index_t, index_t) const {
    return v / (T{1} + std::exp(-v));
  }
};

/// v + r at the same place of the output; r has the shape of the output and may be the output itself.
template <class T, class Layout>
struct residual {
  matrix_view<const T, Layout> r;
  bool turned = false;  // for the message only: r is seen transposed, as linear sees its output
  template <dense_operand R>
  LACUNA_INLINE explicit residual(const R& from, bool is_turned = false)
      : r(as_view(from)), turned(is_turned) {}
  LACUNA_INLINE T operator()(T v, index_t m, index_t n) const { return v + r(m, n); }
  LACUNA_INLINE void check(index_t rows, index_t cols) const {
    if (r.rows() == rows && r.cols() == cols) return;
    const auto text = [&](index_t m, index_t n) { return turned ? shape_text(n, m) : shape_text(m, n); };
    fail(errc::shape, "epilogue::residual: need the shape of the output, " + text(rows, cols) + "; got " +
                          text(r.rows(), r.cols()));
  }
  LACUNA_INLINE auto flipped() const { return residual<T, flip_layout<Layout>>(transposed(r), !turned); }
};
template <dense_operand R>
residual(const R&)
    -> residual<std::remove_const_t<typename decltype(as_view(std::declval<const R&>()))::element>,
                typename decltype(as_view(std::declval<const R&>()))::layout>;

/// A stage that becomes Bound<T, Layout> over the output, once that is known.
template <template <class, class> class Bound>
struct over_output {
  template <class T>
  LACUNA_INLINE T operator()(T v, index_t, index_t) const {
    return v;
  }
  template <class T, class Layout>
  LACUNA_INLINE auto bind(matrix_view<T, Layout> y) const {
    return Bound<T, Layout>{y};
  }
};

/// v + what the output holds: y += a x instead of y = a x.
struct accumulate : over_output<residual> {};

/// silu(what the output holds) * v: with y = gate x in place, linear(up, x, y, epilogue::swiglu{}) is SwiGLU (ops/swiglu.hpp).
template <class T, class Layout>
struct gated_by {
  matrix_view<const T, Layout> gate;
  LACUNA_INLINE T operator()(T v, index_t m, index_t n) const { return silu{}(gate(m, n), m, n) * v; }
};
struct swiglu : over_output<gated_by> {};

/// First `one`, then `two`.
template <epilogue_stage One, epilogue_stage Two>
struct chain {
  One one;
  Two two;
  template <class T>
  LACUNA_INLINE T operator()(T v, index_t m, index_t n) const {
    return two(one(v, m, n), m, n);
  }
};
template <epilogue_stage One, epilogue_stage Two>
LACUNA_INLINE chain<One, Two> operator|(One one, Two two) {
  return {std::move(one), std::move(two)};
}

template <epilogue_stage E>
LACUNA_INLINE void check(const E& e, index_t rows, index_t cols) {
  if constexpr (requires { e.check(rows, cols); }) e.check(rows, cols);
}
template <epilogue_stage E, class Y>
LACUNA_INLINE auto bind(const E& e, const Y& y) {
  if constexpr (requires { e.bind(y); })
    return e.bind(y);
  else
    return e;
}
template <epilogue_stage E>
LACUNA_INLINE auto flipped(const E& e) {
  if constexpr (requires { e.flipped(); })
    return e.flipped();
  else
    return e;
}
template <epilogue_stage One, epilogue_stage Two>
LACUNA_INLINE void check(const chain<One, Two>& e, index_t rows, index_t cols) {
  check(e.one, rows, cols);
  check(e.two, rows, cols);
}
template <epilogue_stage One, epilogue_stage Two, class Y>
LACUNA_INLINE auto bind(const chain<One, Two>& e, const Y& y) {
  return bind(e.one, y) | bind(e.two, y);
}
template <epilogue_stage One, epilogue_stage Two>
LACUNA_INLINE auto flipped(const chain<One, Two>& e) {
  return flipped(e.one) | flipped(e.two);
}

/// A stage behind a pointer, for kernels that are compiled once for all of them; it must be bound to Y already, and outlive
/// this. None: the sum as it is.
class erased {
 public:
  LACUNA_INLINE erased() = default;
  template <epilogue_stage E>
  requires(!std::same_as<E, erased>) LACUNA_INLINE explicit erased(const E& stage)
      : stage_(&stage), call_([](const void* e, float v, index_t m, index_t n) {
          return static_cast<float>((*static_cast<const E*>(e))(v, m, n));
        }) {}
  LACUNA_INLINE float operator()(float v, index_t m, index_t n) const {
    return call_ == nullptr ? v : call_(stage_, v, m, n);
  }

 private:
  const void* stage_ = nullptr;
  float (*call_)(const void*, float, index_t, index_t) = nullptr;
};

/// Whether e reads memory at `y`: an output that something else is kept in meanwhile.
template <epilogue_stage E>
LACUNA_INLINE bool reads(const E& e, const void* y) {
  if constexpr (requires { e.bind(matrix_view<float>{}); })
    return true;
  else if constexpr (requires { e.r.data(); })
    return e.r.data() == y;
  else
    return false;
}
template <epilogue_stage One, epilogue_stage Two>
LACUNA_INLINE bool reads(const chain<One, Two>& e, const void* y) {
  return reads(e.one, y) || reads(e.two, y);
}

}  // namespace epilogue
}  // namespace lacuna
