"""Reductions of traced arrays over axes of one sample."""

from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from .. import _rondo
from ..indexing import feature_axes
from ..tracing import TracedArray
from .common import first_axis, floats, like, without
from .elementwise import logical_or, multiply, sqrt, square, where
from .shapes import ones_like


def sum(a: TracedArray, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
    """Sum over the axes; small integers and booleans as int64."""
    return _reduce("sum", _summed(a, dtype), axis, keepdims, out)


def prod(a: TracedArray, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
    """Product over the axes."""
    return _reduce("prod", _summed(a, dtype), axis, keepdims, out)


def max(a: TracedArray, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
    """Largest element over the axes; NaN where there is one."""
    return _reduce("max", a, axis, keepdims, out)


def min(a: TracedArray, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
    """Smallest element over the axes; NaN where there is one."""
    return _reduce("min", a, axis, keepdims, out)


def mean(a: TracedArray, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
    """Arithmetic mean over the axes; of integers, float64."""
    return _reduce("mean", floats(a if dtype is None else a.astype(dtype)), axis, keepdims, out)


def var(a: TracedArray, axis: Any = None, dtype: Any = None, out: None = None, ddof: int = 0,
        keepdims: bool = False) -> TracedArray:
    """Variance over the axes, divided by the number of elements less ddof."""
    x = floats(a if dtype is None else a.astype(dtype))
    population = _reduce("var", x, axis, keepdims, out)
    if ddof == 0:
        return population
    first = 1 if x.batched else 0
    count = math.prod(x.shape[at + first] for at in feature_axes(x, axis, "var"))
    return population * (count / (count - ddof))


def std(a: TracedArray, axis: Any = None, dtype: Any = None, out: None = None, ddof: int = 0,
        keepdims: bool = False) -> TracedArray:
    """Square root of the variance."""
    return sqrt(var(a, axis, dtype, out, ddof, keepdims))


def norm(x: TracedArray, ord: Any = None, axis: int | None = None, keepdims: bool = False) -> TracedArray:
    """The Euclidean length of vectors along an axis (numpy.linalg.norm)."""
    if ord not in (None, 2) or not isinstance(axis, int):
        _rondo.refuse(x, "'norm' is the Euclidean one, of vectors along one axis, as in norm(x, axis=-1)")
    return sqrt(sum(square(floats(x)), axis, keepdims=keepdims))


def any(a: TracedArray, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
    """Whether an element is not 0."""
    return _reduce("max", _as_bits(a), axis, keepdims, out) != 0


def all(a: TracedArray, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
    """Whether no element is 0."""
    return _reduce("min", _as_bits(a), axis, keepdims, out) != 0


def count_nonzero(a: TracedArray, axis: Any = None, *, keepdims: bool = False) -> TracedArray:
    """How many elements are not 0."""
    return sum(a != 0, axis, keepdims=keepdims)


def ptp(a: TracedArray, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
    """The largest element less the smallest."""
    return max(a, axis, out, keepdims) - min(a, axis, out, keepdims)


def average(a: TracedArray, axis: Any = None, weights: Any = None, returned: bool = False, *,
            keepdims: bool = False) -> TracedArray:
    """The mean, or sum(a * weights) / sum(weights); the weights lie along the axis, or are as many as elements."""
    without(a, "average", returned=returned or None)
    if weights is None:
        return mean(a, axis, keepdims=keepdims)
    if np.ndim(weights) == 1 and a.ndim > 1:
        at, = feature_axes(a, axis, "average")
        shape = [1] * a.ndim
        shape[at + first_axis(a)] = -1
        weights = np.reshape(weights, shape)
    a = floats(a)
    scale = sum(multiply(ones_like(a), weights), axis, keepdims=keepdims)
    return sum(multiply(a, weights), axis, keepdims=keepdims) / scale


def argmax(a: TracedArray, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> TracedArray:
    """Where along an axis the largest element is, the first of equals; the first NaN where there is one."""
    return _place(a, max, "argmax", axis, out, keepdims)


def argmin(a: TracedArray, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> TracedArray:
    """Where along an axis the smallest element is, the first of equals; the first NaN where there is one."""
    return _place(a, min, "argmin", axis, out, keepdims)


_OF_UFUNCS: dict[str, Callable] = {
    "add": sum, "multiply": prod, "maximum": max, "minimum": min, "logical_and": all, "logical_or": any}


def reduce_with(ufunc: np.ufunc, x: TracedArray, axis: Any = 0, dtype: Any = None, out: None = None,
                keepdims: bool = False, **others: Any) -> TracedArray:
    """numpy's ufunc.reduce, for those that are a sum, a product, a maximum, a minimum, "all" or "any"."""
    without(x, f"{ufunc.__name__}.reduce", out=out, **others)
    function = _OF_UFUNCS.get(ufunc.__name__)
    if function is None:
        _rondo.refuse(x, f"numpy's '{ufunc.__name__}.reduce' has no counterpart in Rondo")
    return function(x if dtype is None else x.astype(dtype), axis, keepdims=keepdims)


def _place(a: TracedArray, extreme: Any, operation: str, axis: int | None, out: None, keepdims: bool) -> TracedArray:
    """The first position at which an element is the extreme one, or NaN."""
    without(a, operation, out=out)
    if axis is None:
        _rondo.refuse(a, f"'{operation}' needs the axis")
    at, = feature_axes(a, int(axis), operation)
    first = first_axis(a)
    extent = a.shape[at + first]
    if extent == 0:
        _rondo.refuse(a, f"'{operation}' along an axis without elements")
    positions = like(a, np.arange(extent).reshape([extent] + [1] * (a.ndim - first - at - 1)))
    found = a == extreme(a, axis, keepdims=True)
    if a.dtype.kind == "f":
        found = logical_or(found, a != a)
    return min(where(found, positions, extent), axis, keepdims=keepdims)


def _as_bits(x: TracedArray) -> TracedArray:
    """1 where x is not 0."""
    return (x if x.dtype.kind == "b" else x != 0).astype(np.int32)


def _summed(a: TracedArray, dtype: Any) -> TracedArray:
    if dtype is not None:
        return a.astype(dtype)
    return a.astype(np.int64) if a.dtype.kind in "bi" else a


def _reduce(name: str, x: TracedArray, axis: Any, keepdims: bool, out: None) -> TracedArray:
    without(x, name, out=out)
    axes = feature_axes(x, axis, name)
    if x.dtype.kind == "b":  # of the extremes; what is summed has been converted
        return _rondo.per_sample(name, x.astype(np.int32), axes, bool(keepdims)) != 0 if axes else x
    return _rondo.per_sample(name, x, axes, bool(keepdims)) if axes else x
