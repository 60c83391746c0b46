"""Axes, shapes and indices of traced arrays: the batch axis is counted, and never touched."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from . import _rondo
from .tracing import TracedArray


def feature_axis(x: TracedArray, axis: int, operation: str, extra: int = 0) -> int:
    """The axis without the batch axis; `extra` axes more than x has may be named."""
    axes = x.ndim + extra
    at = axis + axes if axis < 0 else axis
    if not 0 <= at < axes:
        _rondo.refuse(x, f"'{operation}' along axis {axis} of shape {x.shape}, which has {axes} axes")
    if not x.batched:
        return at
    if at == 0:
        _rondo.refuse(x, f"'{operation}' along axis {axis} of shape {x.shape}, the batch axis: samples are independent")
    return at - 1


def feature_axes(x: TracedArray, axis: Any, operation: str) -> list[int]:
    """The axes of a reduction without the batch axis; None, all axes, is only for what all samples share."""
    if axis is None:
        if x.batched:
            _rondo.refuse(x, f"'{operation}' over all axes of shape {x.shape}, the batch axis among them: samples are "
                             "independent; name the axes, as in axis=-1")
        return list(range(x.ndim))
    axes = [axis] if isinstance(axis, (int, np.integer)) else list(axis)
    return [feature_axis(x, int(each), operation) for each in axes]


def reshaped(x: TracedArray, shape: Sequence[int]) -> TracedArray:
    wanted = [int(extent) if extent is not None else None for extent in shape]
    if not x.batched:
        return _rondo.per_sample("reshape", x, wanted)
    features = int(np.prod(x.shape[1:], dtype=np.int64))
    keeps_batch = bool(wanted) and (wanted[0] == x.shape[0] or
                                    (wanted[0] == -1 and int(np.prod(wanted[1:], dtype=np.int64)) == features))
    if not keeps_batch or None in wanted[1:]:
        _rondo.refuse(x, f"'reshape' of shape {x.shape} to {tuple(shape)} does not keep the batch axis; write "
                         "x.reshape((x.shape[0], ...))")
    return _rondo.per_sample("reshape", x, wanted[1:])


def indexed(x: TracedArray, keys: tuple) -> TracedArray:
    """x[keys]: integers, slices, None, one Ellipsis, and at most one array of integers."""
    if sum(key is Ellipsis for key in keys) > 1:
        raise IndexError("an index can only have a single ellipsis")
    if any(isinstance(key, (bool, np.bool_)) for key in keys):
        _rondo.refuse(x, "True and False as indices have no counterpart in Rondo; use numpy.where for conditions")
    taken = sum(key is not None and key is not Ellipsis for key in keys)
    if taken > x.ndim:
        _rondo.refuse(x, f"{taken} indices for shape {x.shape}")
    full = [slice(None)] * (x.ndim - taken)
    at = next((i for i, key in enumerate(keys) if key is Ellipsis), len(keys))
    keys = (*keys[:at], *full, *keys[at + 1:])
    if x.batched:
        keys = _behind_batch(x, keys)
    return _index_features(x, keys)


def _behind_batch(x: TracedArray, keys: tuple) -> tuple:
    first = keys[0] if keys else slice(None)
    if not isinstance(first, slice) or first != slice(None):
        what = "a new axis in front of it" if first is None else "an index of it"
        _rondo.refuse(x, f"the batch axis of shape {x.shape} must be kept whole, found {what}: samples are "
                         "independent; write x[:, ...]")
    return keys[1:]


def _index_features(x: TracedArray, keys: tuple) -> TracedArray:
    arrays = [key for key in keys if not isinstance(key, (slice, int, np.integer, type(None)))]
    if not arrays:
        subscripts = [int(key) if isinstance(key, np.integer) else key for key in keys if key is not None]
        result = _rondo.subscript(x, subscripts) if any(s != slice(None) for s in subscripts) else x
    else:
        result = _take_one(x, [key for key in keys if key is not None], len(arrays))
    axis = 1 if x.batched else 0
    for key in keys:  # the axes that None adds, among those that are left
        if key is None:
            result = expand_dims(result, axis)
        if not isinstance(key, (int, np.integer)):
            axis += 1
    return result


def _take_one(x: TracedArray, keys: list, arrays: int) -> TracedArray:
    at = next(i for i, key in enumerate(keys) if not isinstance(key, (slice, int, np.integer)))
    index = keys[at] if isinstance(keys[at], TracedArray) else np.asarray(keys[at])
    others = [key for i, key in enumerate(keys) if i != at]
    batched = isinstance(index, TracedArray) and index.batched
    only_slices = all(isinstance(key, slice) for key in others)
    if arrays > 1 or index.ndim != 1 or batched or not only_slices or index.dtype.kind == "b":
        _rondo.refuse(x, "arrays as indices: one array of integers with one axis, beside slices, is what Rondo has; "
                         "use numpy.where for conditions")
    rest = _rondo.subscript(x, [slice(None) if i == at else key for i, key in enumerate(keys)])
    return _rondo.per_sample("take", rest, positions(index, x.shape[at + (1 if x.batched else 0)]), at)


def positions(index: Any, extent: int) -> Any:
    """Indices of an axis counted from its start; those of a traced array are taken as they are, and clamped."""
    if isinstance(index, TracedArray):
        return index
    index = np.asarray(index)
    if index.dtype.kind not in "iu":
        raise IndexError(f"arrays used as indices must be of integers, found {index.dtype}")
    if index.size and (index.min() < -extent or index.max() >= extent):
        raise IndexError(f"an index is outside an axis of {extent} elements")
    return np.where(index < 0, index + extent, index).astype(np.int64)


def expand_dims(x: TracedArray, axis: int) -> TracedArray:
    """A new axis with one element at `axis` of the result, never in front of the batch axis."""
    return _rondo.per_sample("expand_dims", x, feature_axis(x, axis, "expand_dims", extra=1))
