"""Arithmetic, elementary functions, comparisons and logic over traced arrays, element by element."""

from __future__ import annotations

import functools
import math
from typing import Any, Sequence

import numpy as np

from .. import _rondo
from ..tracing import TracedArray
from .common import apply, booleans, converted, counts, floats, joint_type


def add(a: Any, b: Any) -> TracedArray:
    """a + b."""
    return apply("add", a, b)


def subtract(a: Any, b: Any) -> TracedArray:
    """a - b."""
    return apply("subtract", a, b)


def multiply(a: Any, b: Any) -> TracedArray:
    """a * b."""
    return apply("multiply", a, b)


def divide(a: Any, b: Any) -> TracedArray:
    """a / b; of integers, float64."""
    return apply("divide", a, b)


def power(base: Any, exponent: Any) -> TracedArray:
    """base ** exponent; the exponents 0.5, 1, 2 and -1 as square root, copy, square and reciprocal, as in numpy.
    Integers take a number that is not negative as their exponent."""
    dtype = joint_type(base, exponent)
    if dtype.kind != "f":
        return _whole_power(base, exponent)
    if type(exponent) in (int, float) and exponent in _QUICK_POWERS:
        return _QUICK_POWERS[exponent](converted(base, dtype))
    return apply("power", base, exponent)


def _whole_power(base: Any, exponent: Any) -> TracedArray:
    """By repeated squares, which wrap around as numpy's integers do."""
    if isinstance(exponent, TracedArray):
        _rondo.refuse(exponent, "integers to the power of traced integers have no counterpart in Rondo; convert one "
                                "side, as in x.astype(float) ** n")
    if np.ndim(exponent) != 0 or exponent < 0:
        _rondo.refuse(base, "integers take one whole number that is not negative as their exponent; convert them, as in "
                            "x.astype(float) ** n")
    square_of, left = converted(counts(base), joint_type(counts(base), exponent)), int(exponent)
    if left == 0:
        return square_of * 0 + 1
    factors = []
    while left:
        if left & 1:
            factors.append(square_of)
        left >>= 1
        square_of = square_of * square_of if left else square_of
    return functools.reduce(multiply, factors)


def float_power(base: Any, exponent: Any) -> TracedArray:
    """base ** exponent in float64."""
    return power(converted(base, np.float64), converted(exponent, np.float64))


def positive(x: Any) -> TracedArray:
    """x; of numbers."""
    if isinstance(x, TracedArray) and x.dtype.kind == "b":
        _rondo.refuse(x, "numpy has no 'positive' of booleans")
    return x


def negative(x: Any) -> TracedArray:
    """-x."""
    return apply("negative", x)


def absolute(x: Any) -> TracedArray:
    """The absolute value."""
    return apply("abs", x)


abs = absolute


def fabs(x: Any) -> TracedArray:
    """The absolute value as a float."""
    return absolute(floats(x))


def exp(x: Any) -> TracedArray:
    """e to the power of x."""
    return apply("exp", x)


def exp2(x: Any) -> TracedArray:
    """2 to the power of x."""
    return apply("power", 2.0, floats(x))


def expm1(x: Any) -> TracedArray:
    """exp(x) - 1, accurate near 0: tanh(x / 2) * (exp(x) + 1)."""
    x = floats(x)
    return tanh(0.5 * x) * (exp(x) + 1)


def log(x: Any) -> TracedArray:
    """The natural logarithm."""
    return apply("log", x)


def logaddexp(a: Any, b: Any) -> TracedArray:
    """log(exp(a) + exp(b)), without overflow."""
    a, b = _same_floats(a, b)
    unequal = maximum(a, b) + log1p(exp(-absolute(a - b)))
    return where(equal(a, b), a + math.log(2), unequal)  # infinities among them


def log2(x: Any) -> TracedArray:
    """The logarithm to the base of 2."""
    return log(x) * (1 / math.log(2))


def log10(x: Any) -> TracedArray:
    """The logarithm to the base of 10."""
    return log(x) * (1 / math.log(10))


def log1p(x: Any) -> TracedArray:
    """log(1 + x), accurate near 0."""
    x = floats(x)
    whole = 1 + x
    near = log(whole) * (x / (whole - 1))
    return where(logical_or(whole == 1, x == math.inf), x, near)


def tanh(x: Any) -> TracedArray:
    """The hyperbolic tangent."""
    return apply("tanh", x)


def sinh(x: Any) -> TracedArray:
    """The hyperbolic sine."""
    x = floats(x)
    less_one = expm1(absolute(x))
    size = 0.5 * (less_one + where(less_one == math.inf, less_one, less_one / (less_one + 1)))
    return where(x == 0, x, where(x < 0, -size, size))


def cosh(x: Any) -> TracedArray:
    """The hyperbolic cosine."""
    x = floats(x)
    return 0.5 * (exp(x) + exp(-x))


def sin(x: Any) -> TracedArray:
    """The sine of x in radians."""
    return apply("sin", x)


def cos(x: Any) -> TracedArray:
    """The cosine of x in radians."""
    return apply("cos", x)


def tan(x: Any) -> TracedArray:
    """sin(x) / cos(x)."""
    return sin(x) / cos(x)


def deg2rad(x: Any) -> TracedArray:
    """Degrees as radians."""
    return floats(x) * (math.pi / 180)


def rad2deg(x: Any) -> TracedArray:
    """Radians as degrees."""
    return floats(x) * (180 / math.pi)


radians, degrees = deg2rad, rad2deg


def erf(x: Any) -> TracedArray:
    """The error function."""
    return apply("erf", x)


def sqrt(x: Any) -> TracedArray:
    """The square root."""
    return apply("sqrt", x)


def hypot(a: Any, b: Any) -> TracedArray:
    """sqrt(a * a + b * b), without overflow."""
    a, b = (np.abs(side) for side in _same_floats(a, b))
    larger, smaller = maximum(a, b), minimum(a, b)
    length = larger * sqrt(1 + square(smaller / where(larger == 0, 1, larger)))
    return where(fmax(a, b) == math.inf, math.inf, length)  # beside NaN too


def _same_floats(a: Any, b: Any) -> tuple[Any, Any]:
    """Both in the float type in which they meet."""
    dtype = joint_type(a, b)
    dtype = dtype if dtype.kind == "f" else np.dtype(np.float64)
    return converted(a, dtype), converted(b, dtype)


def rsqrt(x: Any) -> TracedArray:
    """1 / sqrt(x)."""
    return apply("rsqrt", x)


def square(x: Any) -> TracedArray:
    """x * x."""
    return apply("square", counts(x) if isinstance(x, TracedArray) else x)


def reciprocal(x: Any) -> TracedArray:
    """1 / x; of integers the whole part of it, 0 where x is 0."""
    if isinstance(x, TracedArray) and x.dtype.kind != "f":
        x = counts(x)
        return where(absolute(x) == 1, x, 0)
    return apply("reciprocal", x)


_QUICK_POWERS = {0.5: sqrt, 1: positive, 2: square, -1: reciprocal}


def sign(x: Any) -> TracedArray:
    """-1, 0 or 1; NaN stays NaN."""
    return apply("sign", x)


def heaviside(x: Any, at_zero: Any) -> TracedArray:
    """0 where x < 0, 1 where x > 0, the second operand where x is 0; NaN stays NaN."""
    x, at_zero = _same_floats(x, at_zero)
    one, zero = x.dtype.type(1), x.dtype.type(0)
    return np.where(x != x, x, np.where(x == 0, at_zero, np.where(x > 0, one, zero)))  # either may be a number


def minimum(a: Any, b: Any) -> TracedArray:
    """The smaller of both; NaN where either is NaN."""
    return apply("minimum", a, b)


def maximum(a: Any, b: Any) -> TracedArray:
    """The larger of both; NaN where either is NaN."""
    return apply("maximum", a, b)


def fmin(a: Any, b: Any) -> TracedArray:
    """The smaller of both, or the one that is not NaN."""
    return where(np.isnan(a), b, where(np.isnan(b), a, minimum(a, b)))


def fmax(a: Any, b: Any) -> TracedArray:
    """The larger of both, or the one that is not NaN."""
    return where(np.isnan(a), b, where(np.isnan(b), a, maximum(a, b)))


def clip(a: Any, a_min: Any = None, a_max: Any = None) -> TracedArray:
    """min(max(a, a_min), a_max); either may be None."""
    if a_min is not None and a_max is not None:
        return apply("clip", a, a_min, a_max)
    return maximum(a, a_min) if a_min is not None else minimum(a, a_max) if a_max is not None else a


def where(condition: Any, x: Any, y: Any) -> TracedArray:
    """x where the condition holds, else y; what is not chosen leaves no trace."""
    return apply("where", condition, x, y)


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> TracedArray:
    """For each element the first of the choices whose condition holds, else the default."""
    if len(condlist) != len(choicelist):
        raise ValueError(f"select: {len(condlist)} conditions, but {len(choicelist)} choices")
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        chosen = where(condition, choice, chosen)
    return chosen


def nan_to_num(x: TracedArray, copy: bool = True, nan: float = 0.0, posinf: float | None = None,
               neginf: float | None = None) -> TracedArray:
    """x with numbers for NaN and infinities; None stands for the largest and the smallest of the type."""
    if x.dtype.kind != "f":
        return x
    largest = float(np.finfo(x.dtype).max)
    x = where(equal(x, math.inf), largest if posinf is None else posinf, x)
    return where(isnan(x), nan, where(equal(x, -math.inf), -largest if neginf is None else neginf, x))


def less(a: Any, b: Any) -> TracedArray:
    """a < b."""
    return apply("less", a, b)


def less_equal(a: Any, b: Any) -> TracedArray:
    """a <= b."""
    return apply("less_equal", a, b)


def greater(a: Any, b: Any) -> TracedArray:
    """a > b."""
    return apply("greater", a, b)


def greater_equal(a: Any, b: Any) -> TracedArray:
    """a >= b."""
    return apply("greater_equal", a, b)


def equal(a: Any, b: Any) -> TracedArray:
    """a == b."""
    return apply("equal", a, b)


def not_equal(a: Any, b: Any) -> TracedArray:
    """a != b."""
    return apply("not_equal", a, b)


def logical_and(a: Any, b: Any) -> TracedArray:
    """Both are not 0."""
    return apply("logical_and", a, b)


def logical_or(a: Any, b: Any) -> TracedArray:
    """Either is not 0."""
    return apply("logical_or", a, b)


def logical_xor(a: Any, b: Any) -> TracedArray:
    """One is 0, and the other is not."""
    return not_equal(np.logical_not(a), np.logical_not(b))  # either may be a number


def logical_not(x: Any) -> TracedArray:
    """x is 0."""
    return apply("logical_not", x)


def bitwise_and(a: Any, b: Any) -> TracedArray:
    """a & b of booleans."""
    return apply("logical_and", *booleans(a, b))


def bitwise_or(a: Any, b: Any) -> TracedArray:
    """a | b of booleans."""
    return apply("logical_or", *booleans(a, b))


def bitwise_xor(a: Any, b: Any) -> TracedArray:
    """a ^ b of booleans."""
    return apply("not_equal", *booleans(a, b))


def invert(x: Any) -> TracedArray:
    """~x of booleans."""
    return apply("logical_not", *booleans(x))


def isnan(x: Any) -> TracedArray:
    """Whether x is NaN."""
    return not_equal(x, x)


def isinf(x: Any) -> TracedArray:
    """Whether x is infinite."""
    return equal(absolute(x), math.inf)


def isfinite(x: Any) -> TracedArray:
    """Whether x is neither NaN nor infinite."""
    return less(absolute(x), math.inf)
