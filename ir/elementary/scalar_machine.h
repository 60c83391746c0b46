// The machine an elementary function runs on, and its plain C++ form, the one the reference interpreter uses.
//
// Every function of this folder is a template over a machine: a straight line of calls m.add, m.fma,
// m.select..., no branch, no operator on a value. Here a value is one float; in the code generator it is an
// LLVM vector of floats. Both carry out the same IEEE 754 operations in the same order, so they agree to the
// bit. All members are non-static so that a machine may hold an instruction builder.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

namespace rondo::ir::elementary {

/// F: float lanes. I: signed integer lanes of the same width, wrapping. Mask: truth values, one a lane.
///
/// Comparisons are ordered (false on NaN), unordered(x) holds on NaN. fma(a, b, c) is a*b + c rounded once;
/// add, sub, mul, div and sqrt round to nearest, subnormals kept, and must never be contracted or
/// reassociated. to_int takes a value that is integer and in range where its result matters; elsewhere it
/// saturates, NaN giving 0. lookup takes an index already inside the table. Shift counts are 0 <= n < width.
template <class M>
concept Machine =
    requires(const M m, typename M::F f, typename M::I i, typename M::Mask k, std::span<const double> table) {
      { M::is_double } -> std::convertible_to<bool>;
      { m.constant(1.0) } -> std::same_as<typename M::F>;
      { m.integer(int64_t{1}) } -> std::same_as<typename M::I>;
      { m.add(f, m.sub(f, m.mul(f, m.div(f, f)))) } -> std::same_as<typename M::F>;
      { m.fma(f, f, m.neg(m.abs(m.sqrt(m.floor(m.round_even(f)))))) } -> std::same_as<typename M::F>;
      {
        m.mask_and(m.lt(f, f), m.mask_or(m.le(f, f), m.mask_not(m.gt(f, f))))
      } -> std::same_as<typename M::Mask>;
      { m.mask_and(m.ge(f, f), m.mask_or(m.eq(f, f), m.unordered(f))) } -> std::same_as<typename M::Mask>;
      { m.mask_and(m.int_eq(i, i), m.int_lt(i, i)) } -> std::same_as<typename M::Mask>;
      { m.select(k, f, f) } -> std::same_as<typename M::F>;
      { m.select_int(k, i, i) } -> std::same_as<typename M::I>;
      { m.bits(f) } -> std::same_as<typename M::I>;
      { m.from_bits(i) } -> std::same_as<typename M::F>;
      { m.iadd(i, m.isub(i, m.iand(i, m.ior(i, m.ixor(i, i))))) } -> std::same_as<typename M::I>;
      { m.shl(m.lshr(m.ashr(i, 1), 1), 1) } -> std::same_as<typename M::I>;
      { m.to_int(f) } -> std::same_as<typename M::I>;
      { m.to_float(i) } -> std::same_as<typename M::F>;
      { m.lookup(table, i) } -> std::same_as<typename M::F>;
    };

template <class T>
struct ScalarMachine {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>);
  using F = T;
  using I = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;
  using Unsigned = std::make_unsigned_t<I>;
  using Mask = bool;
  static constexpr bool is_double = sizeof(T) == 8;

  F constant(double value) const { return static_cast<F>(value); }
  I integer(int64_t value) const { return static_cast<I>(value); }

  F add(F a, F b) const { return a + b; }
  F sub(F a, F b) const { return a - b; }
  F mul(F a, F b) const { return a * b; }
  F div(F a, F b) const { return a / b; }
  F fma(F a, F b, F c) const { return std::fma(a, b, c); }
  F neg(F a) const { return -a; }
  F abs(F a) const { return std::fabs(a); }
  F sqrt(F a) const { return std::sqrt(a); }
  F floor(F a) const { return std::floor(a); }
  F round_even(F a) const { return std::nearbyint(a); }  // in the default rounding mode

  Mask lt(F a, F b) const { return a < b; }
  Mask le(F a, F b) const { return a <= b; }
  Mask gt(F a, F b) const { return a > b; }
  Mask ge(F a, F b) const { return a >= b; }
  Mask eq(F a, F b) const { return a == b; }
  Mask unordered(F a) const { return a != a; }
  Mask mask_and(Mask a, Mask b) const { return a && b; }
  Mask mask_or(Mask a, Mask b) const { return a || b; }
  Mask mask_not(Mask a) const { return !a; }
  F select(Mask k, F a, F b) const { return k ? a : b; }
  I select_int(Mask k, I a, I b) const { return k ? a : b; }
  Mask int_eq(I a, I b) const { return a == b; }
  Mask int_lt(I a, I b) const { return a < b; }

  I bits(F a) const { return std::bit_cast<I>(a); }
  F from_bits(I a) const { return std::bit_cast<F>(a); }
  I iadd(I a, I b) const { return static_cast<I>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b)); }
  I isub(I a, I b) const { return static_cast<I>(static_cast<Unsigned>(a) - static_cast<Unsigned>(b)); }
  I iand(I a, I b) const { return a & b; }
  I ior(I a, I b) const { return a | b; }
  I ixor(I a, I b) const { return a ^ b; }
  I shl(I a, int n) const { return static_cast<I>(static_cast<Unsigned>(a) << n); }
  I lshr(I a, int n) const { return static_cast<I>(static_cast<Unsigned>(a) >> n); }
  I ashr(I a, int n) const { return a >> n; }

  I to_int(F a) const {
    constexpr F limit = static_cast<F>(std::numeric_limits<I>::min());  // -2^31 or -2^63, exact
    if (a != a) return 0;
    if (a < limit) return std::numeric_limits<I>::min();
    if (a >= -limit) return std::numeric_limits<I>::max();
    return static_cast<I>(a);
  }
  F to_float(I a) const { return static_cast<F>(a); }
  F lookup(std::span<const double> table, I index) const {
    return static_cast<F>(table[static_cast<size_t>(index)]);
  }

  // A float machine can also go to double lanes and back, for the functions that need the room inside.
  using Wide = ScalarMachine<double>;
  Wide wide() const { return {}; }
  double widen(F a) const { return a; }
  F narrow(double a) const { return static_cast<F>(a); }
};

static_assert(Machine<ScalarMachine<float>> && Machine<ScalarMachine<double>>);

}  // namespace rondo::ir::elementary
