"""What the functions over traced arrays share."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from .. import _rondo
from ..indexing import expand_dims
from ..tracing import TracedArray

#: A function of the language whose operands meet element by element, by its name.
apply = _rondo.elementwise


def joint_type(*operands: Any) -> np.dtype:
    """The element type in which operands meet, Python's numbers giving way, as in numpy 2."""
    known = [x.dtype if hasattr(x, "dtype") else x if isinstance(x, (bool, int, float)) else np.asarray(x).dtype
             for x in operands]
    return np.result_type(*known)


def converted(x: Any, dtype: Any) -> Any:
    """A traced array, a number or an array in that element type."""
    dtype = np.dtype(dtype)
    if isinstance(x, TracedArray):
        return x if x.dtype == dtype else x.astype(dtype)
    return dtype.type(x) if np.ndim(x) == 0 else np.asarray(x, dtype)


def floats(x: Any) -> Any:
    """Integers and booleans as float64, which numpy has for integers; of booleans it makes float16."""
    return x.astype(np.float64) if isinstance(x, TracedArray) and x.dtype.kind != "f" else x


def counts(x: TracedArray) -> TracedArray:
    """Booleans as int64."""
    return x.astype(np.int64) if x.dtype.kind == "b" else x


def booleans(*operands: Any) -> tuple:
    """The operands; refuses those that are not boolean."""
    if joint_type(*operands).kind != "b":
        _rondo.refuse(any_traced(operands), "bits cannot be combined; Rondo has &, |, ^ and ~ of booleans: compare first, "
                                            "as in x != 0")
    return operands


def like(a: TracedArray, value: Any) -> TracedArray:
    """Anything as a traced array of the trace that a belongs to, shared by all samples."""
    return _rondo.as_shared(a, value)


def as_traced(part: Any, parts: Sequence[Any]) -> TracedArray:
    """A part of what is joined, as one of the traced arrays among the parts is."""
    if isinstance(part, TracedArray):
        return part
    first = next((each for each in parts if isinstance(each, TracedArray)), None)
    if first is None:
        raise TypeError("none of the arrays is a traced array; outside of step functions use numpy")
    return _rondo.as_rows(first, part) if first.batched else like(first, part)


def any_traced(operands: Sequence[Any]) -> TracedArray:
    """The first traced array among the operands, whose trace errors belong to."""
    for operand in operands:
        if isinstance(operand, TracedArray):
            return operand
    raise TypeError("none of the operands is a traced array; outside of step functions use numpy")


def without(x: TracedArray, operation: str, **options: Any) -> None:
    """Refuses those of numpy's options that are given, rather than to give what they were to change."""
    given = [f"{name}=" for name, value in options.items() if value is not None]
    if given:
        _rondo.refuse(x, f"numpy's '{operation}' on traced arrays does without {', '.join(given)}")


def first_axis(x: TracedArray) -> int:
    """Where the axes of one sample begin."""
    return 1 if x.batched else 0


def spread(a: TracedArray, axis: int, new_axis: int, copies: int) -> TracedArray:
    """The axis with so many copies: of the whole of it where the new axis stands before it, of each element behind."""
    first = first_axis(a)
    dims = list(a.shape[first:])
    wide = [*dims[:new_axis - first], int(copies), *dims[new_axis - first:]]
    repeated = _rondo.per_sample("broadcast_to", expand_dims(a, new_axis), wide)
    dims[axis - first] *= int(copies)
    return _rondo.per_sample("reshape", repeated, dims)
