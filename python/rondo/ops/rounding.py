"""Whole numbers from others: rounding, and division with a remainder."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .. import _rondo
from ..tracing import TracedArray
from .common import any_traced, apply, converted, floats, joint_type
from .elementwise import logical_and, logical_or, where


def floor(x: TracedArray) -> TracedArray:
    """The largest whole number not above x."""
    return x if x.dtype.kind != "f" else apply("floor", x)


def ceil(x: TracedArray) -> TracedArray:
    """The smallest whole number not below x."""
    return x if x.dtype.kind != "f" else -floor(-x)


def trunc(x: TracedArray) -> TracedArray:
    """x without its fraction."""
    return x if x.dtype.kind != "f" else where(x < 0, ceil(x), floor(x))


fix = trunc


def rint(x: TracedArray) -> TracedArray:
    """The nearest whole number, of two the even one."""
    x = floats(x)
    below = floor(x)
    above_half, half = x - below > 0.5, x - below == 0.5
    odd = below * 0.5 != floor(below * 0.5)
    nearest = where(logical_or(above_half, logical_and(half, odd)), below + 1, below)
    return where(nearest == 0, x * 0, nearest)  # the sign of x


def round(a: TracedArray, decimals: int = 0, out: None = None) -> TracedArray:
    """The nearest number with so many decimals, computed as numpy does: (a * 10**decimals rounded) / 10**decimals."""
    if out is not None:
        _rondo.refuse(a, "numpy's 'round' on traced arrays does without out=")
    if a.dtype.kind == "i":
        if decimals < 0:
            _rondo.refuse(a, "integers are not rounded to tens in Rondo; write (x + 5) // 10 * 10")
        return a
    if decimals == 0 or a.dtype.kind == "b":
        return rint(a)
    scale = 10.0 ** builtins.abs(decimals)
    return rint(a * scale) / scale if decimals > 0 else rint(a / scale) * scale


around = round


def floor_divide(a: Any, b: Any) -> TracedArray:
    """a // b: of integers, 0 where b is 0; of float32, exact where it is below 2**29. Not of float64."""
    return divmod(a, b)[0]


def remainder(a: Any, b: Any) -> TracedArray:
    """a % b, with the sign of b: of integers, 0 where b is 0; of float32, exact where a // b is below 2**29. Not of
    float64."""
    return divmod(a, b)[1]


mod = remainder


def divmod(a: Any, b: Any) -> tuple[TracedArray, TracedArray]:
    """a // b and a % b."""
    dtype = joint_type(a, b)
    if dtype == np.float64:
        _rondo.refuse(any_traced((a, b)), "// and % of float64 have no exact counterpart in Rondo; write what is meant, "
                                          "as in x - y * numpy.floor(x / y), or use float32 or integers")
    if dtype == np.float32:
        return _divided_floats(converted(a, np.float64), converted(b, np.float64))
    wide = converted(a, np.int64), converted(b, np.int64)
    quotient = _narrow_quotient(*wide) if dtype == np.int32 else _wide_quotient(*wide)
    by_zero = wide[1] == 0
    result = np.int32 if dtype == np.int32 else np.int64
    return (converted(where(by_zero, 0, quotient), result),
            converted(where(by_zero, 0, wide[0] - quotient * wide[1]), result))


def _narrow_quotient(a: Any, b: Any) -> TracedArray:
    """Of integers with 32 bits: a quotient in float64 is nearer to the true one than that is to the next integer."""
    return _whole(apply("floor", converted(a, np.float64) / converted(b, np.float64)))


def _wide_quotient(a: Any, b: Any) -> TracedArray:
    """Of integers with 64 bits, floored. What float64 loses is found in what is left, and once more in the sign."""
    divisor = converted(b, np.float64)
    quotient = _whole(converted(a, np.float64) / divisor)
    quotient = quotient + _whole(converted(a - quotient * b, np.float64) / divisor)
    left = a - quotient * b
    too_large = logical_and(left != 0, where(b > 0, left < 0, left > 0))
    too_small = where(b > 0, left >= b, left <= b)
    return quotient - where(too_large, 1, 0) + where(too_small, 1, 0)


def _whole(x: TracedArray) -> TracedArray:
    return x.astype(np.int64)


def _divided_floats(a: Any, b: Any) -> tuple[TracedArray, TracedArray]:
    """Numbers of float32 in float64: the quotient's floor is exact, and so is its product with b."""
    quotient = apply("floor", a / b)
    left = a - quotient * b
    left = where(left == 0, b * 0, left)  # the sign of b
    beyond = np.logical_and(np.isinf(b), np.isfinite(a))  # numpy's functions, as one side may be a number
    zero, opposite = np.where(b < 0, -0.0, 0.0), (a < 0) != (b < 0)
    left = where(beyond, where(a == 0, zero, where(opposite, b, a)), left)
    quotient = where(np.logical_and(beyond, np.logical_and(opposite, a != 0)), -1, quotient)
    quotient = where(np.logical_and(np.isinf(a), b != 0), np.nan, quotient)
    return quotient.astype(np.float32), left.astype(np.float32)
