"""The arrays that a step function is traced with.

A step function runs once, over `TracedArray`s instead of numbers; what it does to them becomes the graph that is
compiled. Shapes are those of real arrays, the batch first: (B, ...). Axes count the batch axis. numpy's functions work
on traced arrays through its protocols, and so do operators, slices and the methods of arrays.

Samples are independent: what would reduce, index, join or move the batch axis raises `CompileError`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _rondo

_CASTS = {"float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "bool": "bool"}


class TracedArray(_rondo.Traced):
    """An array of a step function that is being traced; it has a shape and an element type, and no numbers yet.

    shape: (B, ...) for what belongs to the samples, B being None where the batch is unknown (`rondo.compile` without
    arrays); shapes without a batch for what all samples share. dtype: numpy's.
    """

    __slots__ = ()
    __hash__ = object.__hash__

    if TYPE_CHECKING:  # what the extension module has, with this class as the result
        @property
        def dtype(self) -> np.dtype: ...
        def __add__(self, other: Any) -> TracedArray: ...
        def __radd__(self, other: Any) -> TracedArray: ...
        def __sub__(self, other: Any) -> TracedArray: ...
        def __rsub__(self, other: Any) -> TracedArray: ...
        def __mul__(self, other: Any) -> TracedArray: ...
        def __rmul__(self, other: Any) -> TracedArray: ...
        def __truediv__(self, other: Any) -> TracedArray: ...
        def __rtruediv__(self, other: Any) -> TracedArray: ...
        def __matmul__(self, other: Any) -> TracedArray: ...
        def __rmatmul__(self, other: Any) -> TracedArray: ...
        def __lt__(self, other: Any) -> TracedArray: ...
        def __le__(self, other: Any) -> TracedArray: ...
        def __gt__(self, other: Any) -> TracedArray: ...
        def __ge__(self, other: Any) -> TracedArray: ...
        def __eq__(self, other: Any) -> TracedArray: ...  # type: ignore[override]
        def __ne__(self, other: Any) -> TracedArray: ...  # type: ignore[override]
        def __neg__(self) -> TracedArray: ...
        def __abs__(self) -> TracedArray: ...

    __array_priority__ = 1000

    # ---- numpy's protocols ---------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        if method == "reduce":
            return ops.reduce_with(ufunc, *operands, **options)
        function = ops.UFUNCS.get(ufunc.__name__) if method == "__call__" else None
        if function is None:
            _rondo.refuse(self, ops.no_counterpart(_name_of(ufunc, method)))
        options = {name: value for name, value in options.items() if value is not None}
        if "out" in options:
            _rondo.refuse(self, f"numpy's '{ufunc.__name__}' with out=, as += on an array of numbers: a traced array has "
                                "no numbers yet to write there; make a new array, as in a = a + x")
        if options:
            _rondo.refuse(self, f"numpy's '{ufunc.__name__}' on traced arrays does without {', '.join(options)}=")
        return function(*operands)

    def __array_function__(self, function: Any, types: Any, arguments: tuple, options: dict) -> Any:
        counterpart = ops.FUNCTIONS.get(function)
        if counterpart is None:
            _rondo.refuse(self, ops.no_counterpart(function.__name__))
        return counterpart(*arguments, **options)

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        _rondo.refuse(self, "a traced array has no numbers yet: this function needs them; use numpy's functions that "
                            "work on arrays of any library, or those of rondo.ops")

    # ---- Python's --------------------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        _rondo.refuse(self, "whether a traced array is true is not known while tracing: if, while, and, or cannot "
                            "depend on it; use numpy.where, logical_and, logical_or")

    def __float__(self) -> float:
        _rondo.refuse(self, "a traced array has no numbers yet, and cannot become a Python float")

    def __int__(self) -> int:
        _rondo.refuse(self, "a traced array has no numbers yet, and cannot become a Python int")

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            raise TypeError(f"a traced array of shape {self.shape} has no length that is known")
        return self.shape[0]

    def __iter__(self) -> Any:
        if self.batched:
            _rondo.refuse(self, "the samples of a batch cannot be taken one by one; iterate over another axis, as in "
                                "for column in numpy.split(x, n, axis=-1)")
        return (self[index] for index in range(self.shape[0]))

    def __setitem__(self, key: Any, value: Any) -> None:
        _rondo.refuse(self, "traced arrays do not change; make a new one with numpy.concatenate or numpy.where")

    def __getitem__(self, key: Any) -> Any:
        return indexing.indexed(self, key if isinstance(key, tuple) else (key,))

    def __pos__(self) -> TracedArray:
        return ops.positive(self)

    def __pow__(self, exponent: Any) -> TracedArray:
        return ops.power(self, exponent)

    def __rpow__(self, base: Any) -> TracedArray:
        return ops.power(base, self)

    def __floordiv__(self, other: Any) -> TracedArray:
        return ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> TracedArray:
        return ops.floor_divide(other, self)

    def __mod__(self, other: Any) -> TracedArray:
        return ops.remainder(self, other)

    def __rmod__(self, other: Any) -> TracedArray:
        return ops.remainder(other, self)

    def __divmod__(self, other: Any) -> tuple[TracedArray, TracedArray]:
        return ops.divmod(self, other)

    def __rdivmod__(self, other: Any) -> tuple[TracedArray, TracedArray]:
        return ops.divmod(other, self)

    def __round__(self, decimals: int | None = None) -> TracedArray:
        return ops.round(self, decimals or 0)

    def __and__(self, other: Any) -> TracedArray:
        return ops.bitwise_and(self, other)

    def __or__(self, other: Any) -> TracedArray:
        return ops.bitwise_or(self, other)

    def __xor__(self, other: Any) -> TracedArray:
        return ops.bitwise_xor(self, other)

    def __invert__(self) -> TracedArray:
        return ops.invert(self)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __repr__(self) -> str:
        shape = ", ".join("B" if extent is None else str(extent) for extent in self.shape)
        return f"TracedArray(shape=({shape}{',' if self.ndim == 1 else ''}), dtype={self.dtype})"

    # ---- methods of arrays -----------------------------------------------------------------------------------------

    @property
    def size(self) -> int | None:
        """Elements of all samples; None where the batch is unknown."""
        return None if None in self.shape else int(np.prod(self.shape, dtype=np.int64))

    @property
    def T(self) -> TracedArray:
        """Axes reversed; only of what all samples share."""
        return self.transpose()

    def astype(self, dtype: Any, **_: Any) -> TracedArray:
        """The elements converted; floats become integers by truncation, held to the range."""
        name = _CASTS.get(np.dtype(dtype).name)
        if name is None:
            _rondo.refuse(self, f"there is no element type {np.dtype(dtype).name} in Rondo; it has {', '.join(_CASTS)}")
        return _rondo.per_sample(name, self)

    def reshape(self, *shape: Any, order: str = "C") -> TracedArray:
        """The same elements of each sample in another shape, whose first extent stays the batch's (or is -1)."""
        if len(shape) == 1 and not isinstance(shape[0], (int, np.integer)):
            shape = tuple(shape[0])
        if order != "C":
            _rondo.refuse(self, "'reshape' knows row-major order only")
        return indexing.reshaped(self, shape)

    def transpose(self, *axes: Any) -> TracedArray:
        """Axes in another order; the batch axis stays the first."""
        if len(axes) == 1 and (axes[0] is None or not isinstance(axes[0], (int, np.integer))):
            axes = tuple(axes[0] or ())
        order = list(axes) if axes else list(reversed(range(self.ndim)))
        order = [axis + self.ndim if axis < 0 else axis for axis in order]
        if not self.batched:
            return _rondo.per_sample("transpose", self, order)
        if not order or order[0] != 0 or len(order) != self.ndim:
            _rondo.refuse(self, f"'transpose' of shape {self.shape} to axes {tuple(order)} moves the batch axis; "
                                "name all axes, 0 first")
        return _rondo.per_sample("transpose", self, [axis - 1 for axis in order[1:]])

    def swapaxes(self, a: int, b: int) -> TracedArray:
        """Two axes exchanged, neither of them the batch axis."""
        order = list(range(self.ndim))
        order[a], order[b] = order[b], order[a]
        return self.transpose(order)

    def flatten(self) -> TracedArray:
        """Of what all samples share: one axis. Use reshape((B, -1)) for what belongs to the samples."""
        return indexing.reshaped(self, (-1,))

    ravel = flatten

    def squeeze(self, axis: Any = None) -> TracedArray:
        """Without the axes of one element, or the named of them; the batch axis stays."""
        first = 1 if self.batched else 0
        if axis is None:
            axes = {at for at in range(first, self.ndim) if self.shape[at] == 1}
        else:
            axes = set(indexing.feature_axes(self, axis, "squeeze"))
            if any(self.shape[at + first] != 1 for at in axes):
                _rondo.refuse(self, f"'squeeze' of axis {axis}, which has not one element, in shape {self.shape}")
            axes = {at + first for at in axes}
        kept = [extent for at, extent in enumerate(self.shape) if at not in axes]
        return _rondo.per_sample("reshape", self, kept[first:])

    def sum(self, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
        """Sum over the axes."""
        return ops.sum(self, axis, dtype, out, keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
        """Product over the axes."""
        return ops.prod(self, axis, dtype, out, keepdims)

    def max(self, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
        """Largest element over the axes; NaN where there is one."""
        return ops.max(self, axis, out, keepdims)

    def min(self, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
        """Smallest element over the axes; NaN where there is one."""
        return ops.min(self, axis, out, keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
        """Arithmetic mean over the axes."""
        return ops.mean(self, axis, dtype, out, keepdims)

    def var(self, axis: Any = None, dtype: Any = None, out: None = None, ddof: int = 0,
            keepdims: bool = False) -> TracedArray:
        """Variance of the population over the axes."""
        return ops.var(self, axis, dtype, out, ddof, keepdims)

    def std(self, axis: Any = None, dtype: Any = None, out: None = None, ddof: int = 0,
            keepdims: bool = False) -> TracedArray:
        """Square root of the variance."""
        return ops.std(self, axis, dtype, out, ddof, keepdims)

    def any(self, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
        """Whether an element over the axes is not 0."""
        return ops.any(self, axis, out, keepdims)

    def all(self, axis: Any = None, out: None = None, keepdims: bool = False) -> TracedArray:
        """Whether no element over the axes is 0."""
        return ops.all(self, axis, out, keepdims)

    def argmax(self, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> TracedArray:
        """Where along an axis the largest element is, the first of equals."""
        return ops.argmax(self, axis, out, keepdims=keepdims)

    def argmin(self, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> TracedArray:
        """Where along an axis the smallest element is, the first of equals."""
        return ops.argmin(self, axis, out, keepdims=keepdims)

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: None = None) -> TracedArray:
        """The sums of the elements of an axis up to each of them."""
        return ops.cumsum(self, axis, dtype, out)

    def cumprod(self, axis: int | None = None, dtype: Any = None, out: None = None) -> TracedArray:
        """The products of the elements of an axis up to each of them."""
        return ops.cumprod(self, axis, dtype, out)

    def round(self, decimals: int = 0, out: None = None) -> TracedArray:
        """The nearest number with so many decimals."""
        return ops.round(self, decimals, out)

    def repeat(self, repeats: int, axis: int) -> TracedArray:
        """Each element of an axis so many times."""
        return ops.repeat(self, repeats, axis)

    def clip(self, low: Any = None, high: Any = None) -> TracedArray:
        """min(max(x, low), high); either may be None."""
        return ops.clip(self, low, high)

    def dot(self, other: Any) -> TracedArray:
        """numpy's dot: a @ b for vectors and matrices."""
        return ops.dot(self, other)

    def copy(self) -> TracedArray:
        """The array itself: traced arrays do not change."""
        return self

    def __copy__(self) -> TracedArray:
        return self

    def __deepcopy__(self, _: Any) -> TracedArray:
        return self

    def take(self, indices: Any, axis: int | None = None) -> TracedArray:
        """Elements of an axis at integer positions, which are clamped to the axis."""
        return ops.take(self, indices, axis)


def _name_of(ufunc: np.ufunc, method: str) -> str:
    return ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"


_rondo.register_traced_type(TracedArray)
for _own in ("tracing.py", "indexing.py", "ops", "steps.py", "compiled.py", "recurrence.py", "keras_backends.py"):
    _rondo.skip_frames_of(os.path.join(os.path.dirname(__file__), _own))
for _foreign in (os.path.dirname(np.__file__), "<__array_function__"):
    _rondo.skip_frames_of(_foreign)

from . import indexing, ops  # noqa: E402  written over this module, whose methods call them
