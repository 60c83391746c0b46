"""Running sums, products and differences along an axis of one sample."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .. import _rondo
from ..indexing import feature_axis
from ..tracing import TracedArray
from .common import counts, first_axis, without
from .elementwise import add, multiply, not_equal, subtract
from .shapes import concatenate


def cumsum(a: TracedArray, axis: int | None = None, dtype: Any = None, out: None = None) -> TracedArray:
    """The sums of the elements of an axis up to each of them; small integers and booleans as int64."""
    return _scan(a, add, "cumsum", axis, dtype, out)


def cumprod(a: TracedArray, axis: int | None = None, dtype: Any = None, out: None = None) -> TracedArray:
    """The products of the elements of an axis up to each of them."""
    return _scan(a, multiply, "cumprod", axis, dtype, out)


def diff(a: TracedArray, n: int = 1, axis: int = -1, **others: Any) -> TracedArray:
    """Each element of an axis less the one before, n times; of booleans, whether they differ."""
    without(a, "diff", **{name: None if value is np._NoValue else value for name, value in others.items()})
    at = feature_axis(a, axis, "diff") + first_axis(a)
    whole = (slice(None),) * at
    for _ in range(n):
        difference = not_equal if a.dtype.kind == "b" else subtract
        a = difference(a[(*whole, slice(1, None))], a[(*whole, slice(None, -1))])
    return a


def _scan(a: TracedArray, join: Callable, operation: str, axis: int | None, dtype: Any, out: None) -> TracedArray:
    """By doubling: the elements so far of twice as many each time, so that few operations do for a long axis."""
    without(a, operation, out=out)
    if axis is None:
        _rondo.refuse(a, f"'{operation}' needs the axis")
    at = feature_axis(a, axis, operation) + first_axis(a)
    a = a.astype(dtype) if dtype is not None else a.astype(np.int64) if a.dtype == np.int32 else counts(a)
    whole, step = (slice(None),) * at, 1
    while step < a.shape[at]:
        joined = join(a[(*whole, slice(None, -step))], a[(*whole, slice(step, None))])
        a = concatenate([a[(*whole, slice(None, step))], joined], axis=at)
        step *= 2
    return a
