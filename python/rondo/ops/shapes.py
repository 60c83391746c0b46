"""Traced arrays joined, split, and brought into other shapes."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from .. import _rondo
from ..indexing import expand_dims, feature_axis, positions
from ..tracing import TracedArray
from .common import as_traced, first_axis, like, spread, without


def concatenate(arrays: Sequence[Any], axis: int = 0, out: None = None, dtype: Any = None) -> TracedArray:
    """Joins along an axis that is there; numpy's default, 0, is the batch axis, which cannot be joined."""
    joined = _rondo.concatenate(*arrays, axis=axis)
    without(joined, "concatenate", out=out)
    return joined if dtype is None else joined.astype(dtype)


def stack(arrays: Sequence[Any], axis: int = 0) -> TracedArray:
    """Joins along a new axis."""
    parts = [as_traced(part, arrays) for part in arrays]
    return _rondo.concatenate(*(expand_dims(part, axis) for part in parts), axis=axis)


def hstack(arrays: Sequence[Any]) -> TracedArray:
    """Joins along axis 1."""
    return concatenate(arrays, axis=1)


def split(ary: TracedArray, indices_or_sections: Any, axis: int = 0) -> list[TracedArray]:
    """Equal parts, or the pieces between a list of positions; numpy's default axis, 0, is the batch axis."""
    at = feature_axis(ary, axis, "split")
    whole = isinstance(indices_or_sections, (int, np.integer))
    parts = int(indices_or_sections) if whole else [int(position) for position in indices_or_sections]
    return _rondo.per_sample("split", ary, parts, at)


def array_split(ary: TracedArray, indices_or_sections: Any, axis: int = 0) -> list[TracedArray]:
    """Like split; parts may be unequal, the first ones longer."""
    if not isinstance(indices_or_sections, (int, np.integer)):
        return split(ary, indices_or_sections, axis)
    extent = ary.shape[feature_axis(ary, axis, "array_split") + first_axis(ary)]
    each, longer = divmod(extent, int(indices_or_sections))
    ends = np.cumsum([each + 1] * longer + [each] * (int(indices_or_sections) - longer))
    return split(ary, ends[:-1].tolist(), axis)


def hsplit(ary: TracedArray, indices_or_sections: Any) -> list[TracedArray]:
    """Splits along axis 1."""
    return split(ary, indices_or_sections, axis=1)


def reshape(a: TracedArray, shape: Any = None, order: str = "C", *, newshape: Any = None) -> TracedArray:
    """The same elements of each sample in another shape, whose first extent stays the batch's (or is -1)."""
    return a.reshape(shape if newshape is None else newshape, order=order)


def ravel(a: TracedArray, order: str = "C") -> TracedArray:
    """One axis; only of what all samples share."""
    return a.reshape((-1,), order=order)


def transpose(a: TracedArray, axes: Any = None) -> TracedArray:
    """Axes in another order; the batch axis stays the first."""
    return a.transpose(axes)


def swapaxes(a: TracedArray, axis1: int, axis2: int) -> TracedArray:
    """Two axes exchanged, neither of them the batch axis."""
    return a.swapaxes(axis1, axis2)


def moveaxis(a: TracedArray, source: int, destination: int) -> TracedArray:
    """One axis moved, past others than the batch axis."""
    order = list(range(a.ndim))
    order.insert(destination if destination >= 0 else destination + a.ndim, order.pop(source))
    return a.transpose(order)


def squeeze(a: TracedArray, axis: Any = None) -> TracedArray:
    """Without the axes of one element, or the named of them; the batch axis stays."""
    return a.squeeze(axis)


def broadcast_to(array: TracedArray, shape: Any, subok: bool = False) -> TracedArray:
    """Repeats along axes with one element; the batch axis stays."""
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if not array.batched:
        return _rondo.per_sample("broadcast_to", array, list(shape))
    if len(shape) != array.ndim or shape[0] not in (array.shape[0], -1):
        _rondo.refuse(array, f"'broadcast_to' of shape {array.shape} to {shape} does not keep the batch axis")
    return _rondo.per_sample("broadcast_to", array, list(shape[1:]))


def repeat(a: TracedArray, repeats: int, axis: int) -> TracedArray:
    """Each element of an axis so many times."""
    at = feature_axis(a, axis, "repeat") + first_axis(a)
    return spread(a, at, at + 1, repeats)


def tile(A: TracedArray, reps: Any) -> TracedArray:
    """So many copies side by side along each axis; along the batch axis, 1."""
    reps = (reps,) if isinstance(reps, (int, np.integer)) else tuple(reps)
    if len(reps) > A.ndim:
        _rondo.refuse(A, f"'tile' with {len(reps)} repetitions of shape {A.shape}")
    for axis, copies in zip(range(A.ndim - len(reps), A.ndim), reps):
        if copies != 1:
            at = feature_axis(A, axis, "tile") + first_axis(A)
            A = spread(A, at, at, copies)
    return A


def flip(m: TracedArray, axis: Any) -> TracedArray:
    """The elements of an axis in reverse."""
    at = feature_axis(m, axis, "flip") + first_axis(m)
    return m[(slice(None),) * at + (slice(None, None, -1),)]


def roll(a: TracedArray, shift: int, axis: int) -> TracedArray:
    """The elements of an axis moved on, the last ones to the front."""
    at = feature_axis(a, axis, "roll") + first_axis(a)
    shift %= max(a.shape[at], 1)
    if shift == 0:
        return a
    whole = (slice(None),) * at
    return concatenate([a[(*whole, slice(-shift, None))], a[(*whole, slice(None, -shift))]], axis=at)


def take(a: TracedArray, indices: Any, axis: int | None = None, out: None = None, mode: str = "raise") -> TracedArray:
    """Elements of an axis at integer positions that all samples share."""
    without(a, "take", out=out, mode=None if mode == "raise" else mode)
    if axis is None:
        _rondo.refuse(a, "'take' needs the axis")
    at = feature_axis(a, axis, "take")
    if isinstance(indices, TracedArray) and indices.batched:
        _rondo.refuse(a, "'take' at positions of each sample's own would take them from all samples; compare with "
                         "numpy.arange and use where instead")
    return _rondo.per_sample("take", a, positions(indices, a.shape[at + first_axis(a)]), at)


def pad(array: TracedArray, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> TracedArray:
    """Surrounds the axes with so many elements of a value, or of values for each side; the batch axis with none."""
    if mode != "constant":
        _rondo.refuse(array, f"'pad' in mode '{mode}' has no counterpart in Rondo; 'constant' has")
    first = first_axis(array)
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist()
    if array.batched and widths[0] != [0, 0]:
        _rondo.refuse(array, "'pad' along axis 0, the batch axis")
    values = np.broadcast_to(np.asarray(constant_values), (array.ndim, 2)).tolist()
    if all(value == values[-1][0] for pair in values[first:] for value in pair):
        return _padded(array, widths[first:], values[-1][0])
    for axis in range(first, array.ndim):  # one side after another; the later axes have the corners
        for side in (0, 1):
            only = [[width if (at, end) == (axis, side) else 0 for end, width in enumerate(pair)]
                    for at, pair in enumerate(widths)]
            array = _padded(array, only[first:], values[axis][side])
    return array


def _padded(array: TracedArray, widths: list, value: float) -> TracedArray:
    fill = array.dtype.type(value)
    return _rondo.per_sample("pad", array, [low for low, _ in widths], [high for _, high in widths], fill)


def zeros_like(a: TracedArray, dtype: Any = None, order: str = "K", subok: bool = True,
               shape: None = None) -> TracedArray:
    """Zeros of the shape of a."""
    return full_like(a, 0, dtype, shape=shape)


def ones_like(a: TracedArray, dtype: Any = None, order: str = "K", subok: bool = True,
              shape: None = None) -> TracedArray:
    """Ones of the shape of a."""
    return full_like(a, 1, dtype, shape=shape)


def full_like(a: TracedArray, fill_value: float, dtype: Any = None, order: str = "K", subok: bool = True,
              shape: None = None) -> TracedArray:
    """A number in the shape of a."""
    without(a, "full_like", shape=shape)
    dtype = np.dtype(a.dtype if dtype is None else dtype)
    dims = a.shape[1:] if a.batched else a.shape
    number = like(a, dtype.type(fill_value))
    spread = _rondo.per_sample("broadcast_to", number, list(dims))
    return _rondo.as_batched(a, spread) if a.batched else spread
