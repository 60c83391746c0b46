// How far a result is from the truth, in units in the last place; and the true values of the elementary
// functions.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/elementary/elementary.h"

namespace rondo::testing {

/// |got - truth| in ulps of T at truth. Infinity where one is NaN and the other not, or where the truth is a
/// zero and got the other zero. Overflow counts as the power of two behind the largest T, as rounding sees
/// it.
template <class T, class Truth>
double ulp_error(T got, Truth truth) {
  using Limits = std::numeric_limits<T>;
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (std::isnan(got) || std::isnan(truth)) return std::isnan(got) && std::isnan(truth) ? 0 : infinite;
  if (got == 0 && truth == 0) return std::signbit(got) == std::signbit(truth) ? 0 : infinite;
  const Truth beyond = std::ldexp(Truth{1}, Limits::max_exponent);
  const Truth a = std::clamp(static_cast<Truth>(got), -beyond, beyond);
  const Truth b = std::clamp(truth, -beyond, beyond);
  if (a == b) return 0;
  const int exponent = b == 0 ? Limits::min_exponent - 1 : std::ilogb(b);
  const int last =
      std::clamp(exponent, Limits::min_exponent - 1, Limits::max_exponent - 1) + 1 - Limits::digits;
  return static_cast<double>(std::ldexp(std::fabs(a - b), -last));
}

template <class T>
T true_sigmoid(T x) {
  const T e = std::exp(-std::fabs(x));
  return (x < 0 ? e : T{1}) / (T{1} + e);
}

/// One function on the scalar machine of T, and its truth in a wider type.
template <class T, class Truth>
struct Subject {
  const char* name;
  T (*ours)(T);
  Truth (*truth)(Truth);
};

template <class T, class Truth>
inline constexpr Subject<T, Truth> subjects[] = {
    {"exp", [](T x) { return ir::elementary::exp(ir::elementary::ScalarMachine<T>{}, x); },
     [](Truth x) { return std::exp(x); }},
    {"log", [](T x) { return ir::elementary::log(ir::elementary::ScalarMachine<T>{}, x); },
     [](Truth x) { return std::log(x); }},
    {"tanh", [](T x) { return ir::elementary::tanh(ir::elementary::ScalarMachine<T>{}, x); },
     [](Truth x) { return std::tanh(x); }},
    {"sigmoid", [](T x) { return ir::elementary::sigmoid(ir::elementary::ScalarMachine<T>{}, x); },
     [](Truth x) { return true_sigmoid(x); }},
    {"sin", [](T x) { return ir::elementary::sin(ir::elementary::ScalarMachine<T>{}, x); },
     [](Truth x) { return std::sin(x); }},
    {"cos", [](T x) { return ir::elementary::cos(ir::elementary::ScalarMachine<T>{}, x); },
     [](Truth x) { return std::cos(x); }},
    {"erf", [](T x) { return ir::elementary::erf(ir::elementary::ScalarMachine<T>{}, x); },
     [](Truth x) { return std::erf(x); }},
};

}  // namespace rondo::testing
