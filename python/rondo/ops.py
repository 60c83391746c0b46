"""Functions over traced arrays, for use in step functions.

Those that numpy has bear its names and take its arguments; numpy's own do the same on traced arrays. The others are
Keras's. Shapes are those of real arrays, (B, ...); axes count the batch axis, which no function may touch. Where
shapes do not fit, or samples would be mixed, they raise `rondo.CompileError` with the line of the step function.
"""

from __future__ import annotations

import builtins
import math
from typing import Any, Callable, Sequence

import numpy as np

from . import _rondo
from .tracing import TracedArray, expand_dims, feature_axes, feature_axis, positions

_apply = _rondo.elementwise


# ---- element by element ---------------------------------------------------------------------------------------------

def add(a: Any, b: Any) -> TracedArray:
    """a + b."""
    return _apply("add", a, b)


def subtract(a: Any, b: Any) -> TracedArray:
    """a - b."""
    return _apply("subtract", a, b)


def multiply(a: Any, b: Any) -> TracedArray:
    """a * b."""
    return _apply("multiply", a, b)


def divide(a: Any, b: Any) -> TracedArray:
    """a / b; of integers, float64."""
    return _apply("divide", a, b)


def power(base: Any, exponent: Any) -> TracedArray:
    """base ** exponent; the exponents 0.5, 1, 2 and -1 as square root, copy, square and reciprocal, as in numpy."""
    if type(exponent) in (int, float) and isinstance(base, TracedArray):
        special = {1: positive, 2: square}
        if base.dtype.kind == "f":
            special |= {0.5: sqrt, -1: reciprocal}
        if exponent in special:
            return special[exponent](base)
    return _apply("power", base, exponent)


def positive(x: Any) -> TracedArray:
    """x."""
    return x


def negative(x: Any) -> TracedArray:
    """-x."""
    return _apply("negative", x)


def absolute(x: Any) -> TracedArray:
    """The absolute value."""
    return _apply("abs", x)


abs = absolute


def exp(x: Any) -> TracedArray:
    """e to the power of x."""
    return _apply("exp", x)


def expm1(x: Any) -> TracedArray:
    """exp(x) - 1, accurate near 0: tanh(x / 2) * (exp(x) + 1)."""
    x = _floats(x)
    return tanh(0.5 * x) * (exp(x) + 1)


def log(x: Any) -> TracedArray:
    """The natural logarithm."""
    return _apply("log", x)


def log2(x: Any) -> TracedArray:
    """The logarithm to the base of 2."""
    return log(x) * (1 / math.log(2))


def log10(x: Any) -> TracedArray:
    """The logarithm to the base of 10."""
    return log(x) * (1 / math.log(10))


def log1p(x: Any) -> TracedArray:
    """log(1 + x), accurate near 0."""
    x = _floats(x)
    whole = 1 + x
    near = log(whole) * (x / (whole - 1))
    return where(logical_or(whole == 1, x == math.inf), x, near)


def tanh(x: Any) -> TracedArray:
    """The hyperbolic tangent."""
    return _apply("tanh", x)


def sinh(x: Any) -> TracedArray:
    """The hyperbolic sine."""
    less_one = expm1(x)
    return 0.5 * (less_one + where(less_one == math.inf, less_one, less_one / (less_one + 1)))


def cosh(x: Any) -> TracedArray:
    """The hyperbolic cosine."""
    x = _floats(x)
    return 0.5 * (exp(x) + exp(-x))


def sin(x: Any) -> TracedArray:
    """The sine of x in radians."""
    return _apply("sin", x)


def cos(x: Any) -> TracedArray:
    """The cosine of x in radians."""
    return _apply("cos", x)


def tan(x: Any) -> TracedArray:
    """sin(x) / cos(x)."""
    return sin(x) / cos(x)


def erf(x: Any) -> TracedArray:
    """The error function."""
    return _apply("erf", x)


def sqrt(x: Any) -> TracedArray:
    """The square root."""
    return _apply("sqrt", x)


def rsqrt(x: Any) -> TracedArray:
    """1 / sqrt(x)."""
    return _apply("rsqrt", x)


def square(x: Any) -> TracedArray:
    """x * x."""
    return _apply("square", x)


def reciprocal(x: Any) -> TracedArray:
    """1 / x."""
    return _apply("reciprocal", x)


def sign(x: Any) -> TracedArray:
    """-1, 0 or 1; NaN stays NaN."""
    return _apply("sign", x)


def floor(x: Any) -> TracedArray:
    """The largest whole number not above x."""
    return _apply("floor", x)


def ceil(x: Any) -> TracedArray:
    """The smallest whole number not below x."""
    return -floor(-_floats(x))


def minimum(a: Any, b: Any) -> TracedArray:
    """The smaller of both; NaN where either is NaN."""
    return _apply("minimum", a, b)


def maximum(a: Any, b: Any) -> TracedArray:
    """The larger of both; NaN where either is NaN."""
    return _apply("maximum", a, b)


def clip(a: Any, a_min: Any = None, a_max: Any = None) -> TracedArray:
    """min(max(a, a_min), a_max); either may be None."""
    if a_min is not None and a_max is not None:
        return _apply("clip", a, a_min, a_max)
    return maximum(a, a_min) if a_min is not None else minimum(a, a_max) if a_max is not None else a


def where(condition: Any, x: Any, y: Any) -> TracedArray:
    """x where the condition holds, else y; what is not chosen leaves no trace."""
    return _apply("where", condition, x, y)


def less(a: Any, b: Any) -> TracedArray:
    """a < b."""
    return _apply("less", a, b)


def less_equal(a: Any, b: Any) -> TracedArray:
    """a <= b."""
    return _apply("less_equal", a, b)


def greater(a: Any, b: Any) -> TracedArray:
    """a > b."""
    return _apply("greater", a, b)


def greater_equal(a: Any, b: Any) -> TracedArray:
    """a >= b."""
    return _apply("greater_equal", a, b)


def equal(a: Any, b: Any) -> TracedArray:
    """a == b."""
    return _apply("equal", a, b)


def not_equal(a: Any, b: Any) -> TracedArray:
    """a != b."""
    return _apply("not_equal", a, b)


def logical_and(a: Any, b: Any) -> TracedArray:
    """Both are not 0."""
    return _apply("logical_and", a, b)


def logical_or(a: Any, b: Any) -> TracedArray:
    """Either is not 0."""
    return _apply("logical_or", a, b)


def logical_xor(a: Any, b: Any) -> TracedArray:
    """One is 0, and the other is not."""
    return not_equal(logical_not(a), logical_not(b))


def logical_not(x: Any) -> TracedArray:
    """x is 0."""
    return _apply("logical_not", x)


def bitwise_and(a: Any, b: Any) -> TracedArray:
    """a & b of booleans."""
    return _apply("logical_and", _booleans(a), _booleans(b))


def bitwise_or(a: Any, b: Any) -> TracedArray:
    """a | b of booleans."""
    return _apply("logical_or", _booleans(a), _booleans(b))


def bitwise_xor(a: Any, b: Any) -> TracedArray:
    """a ^ b of booleans."""
    return _apply("not_equal", _booleans(a), _booleans(b))


def invert(x: Any) -> TracedArray:
    """~x of booleans."""
    return _apply("logical_not", _booleans(x))


def isnan(x: Any) -> TracedArray:
    """Whether x is NaN."""
    return not_equal(x, x)


def isinf(x: Any) -> TracedArray:
    """Whether x is infinite."""
    return equal(absolute(x), math.inf)


def isfinite(x: Any) -> TracedArray:
    """Whether x is neither NaN nor infinite."""
    return less(absolute(x), math.inf)


# ---- activations ----------------------------------------------------------------------------------------------------

def sigmoid(x: Any) -> TracedArray:
    """1 / (1 + exp(-x))."""
    return _apply("sigmoid", x)


def relu(x: Any) -> TracedArray:
    """maximum(x, 0)."""
    return _apply("relu", x)


def leaky_relu(x: Any, slope: float = 0.2) -> TracedArray:
    """x where x >= 0, else slope * x."""
    return _apply("leaky_relu", x, slope)


def elu(x: Any, alpha: float = 1.0) -> TracedArray:
    """x where x > 0, else alpha * (exp(x) - 1)."""
    return _apply("elu", x, alpha)


def selu(x: Any) -> TracedArray:
    """The scaled elu of self-normalising networks."""
    return _apply("selu", x)


def softplus(x: Any) -> TracedArray:
    """log(1 + exp(x)), without overflow."""
    return _apply("softplus", x)


def softsign(x: Any) -> TracedArray:
    """x / (1 + abs(x))."""
    return _apply("softsign", x)


def silu(x: Any) -> TracedArray:
    """x * sigmoid(x)."""
    return _apply("silu", x)


def gelu(x: Any) -> TracedArray:
    """x * (1 + erf(x / sqrt(2))) / 2."""
    return _apply("gelu", x)


def hard_sigmoid(x: Any) -> TracedArray:
    """clip(x / 6 + 0.5, 0, 1), as Keras 3."""
    return _apply("hard_sigmoid6", x)


def hard_sigmoid_keras2(x: Any) -> TracedArray:
    """clip(0.2 * x + 0.5, 0, 1), as Keras 2 and tf_keras."""
    return _apply("hard_sigmoid", x)


def hard_tanh(x: Any) -> TracedArray:
    """clip(x, -1, 1)."""
    return _apply("hard_tanh", x)


def softmax(x: TracedArray, axis: int = -1) -> TracedArray:
    """exp(x) / sum(exp(x)) along an axis, without overflow."""
    return _rondo.per_sample("softmax", _floats(x), feature_axis(x, axis, "softmax"))


def layer_norm(x: TracedArray, gamma: Any = None, beta: Any = None, epsilon: float = 1e-3) -> TracedArray:
    """(x - mean) / sqrt(variance + epsilon) over the last axis, times gamma, plus beta, which all samples share."""
    return _rondo.per_sample("layer_norm", _floats(x), gamma, beta, epsilon)


# ---- products -------------------------------------------------------------------------------------------------------

def matmul(a: Any, b: Any) -> TracedArray:
    """a @ b: (B, F) @ (F, N), (B, S, D) @ (D, N), (B, S, D) @ (B, D, N)."""
    return _rondo.matmul(a, b)


def dot(a: Any, b: Any) -> TracedArray:
    """numpy's dot: a * b for numbers, else a @ b for vectors and matrices."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return multiply(a, b)
    if np.ndim(b) > 2:
        raise ValueError("'dot' with more than two axes on the right is not a @ b; write what is meant with einsum")
    return matmul(a, b)


def einsum(subscripts: str, *operands: Any) -> TracedArray:
    """numpy's einsum of one or two operands, such as "bsd,bd->bs"; the batch letter stands first, and stays."""
    from .einsum import einsum as implementation
    return implementation(subscripts, *operands)


# ---- reductions -----------------------------------------------------------------------------------------------------

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
    return _reduce("mean", _floats(a if dtype is None else a.astype(dtype)), axis, keepdims, out)


def var(a: TracedArray, axis: Any = None, dtype: Any = None, out: None = None, ddof: int = 0,
        keepdims: bool = False) -> TracedArray:
    """Variance over the axes, divided by the number of elements less ddof."""
    x = _floats(a if dtype is None else a.astype(dtype))
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
        raise ValueError("'norm' is the Euclidean one, of vectors along one axis")
    return sqrt(sum(square(x), axis, keepdims=keepdims))


def reduce_with(ufunc: np.ufunc, x: TracedArray, axis: Any = 0, dtype: Any = None, out: None = None,
                keepdims: bool = False, **others: Any) -> TracedArray:
    """numpy's ufunc.reduce, for those that are a sum, a product, a maximum or a minimum."""
    _do_without(x, f"{ufunc.__name__}.reduce", out=out, **others)
    reductions = {"add": sum, "multiply": prod, "maximum": max, "minimum": min}
    function = reductions.get(ufunc.__name__)
    if function is None:
        _rondo.refuse(x, f"numpy's '{ufunc.__name__}.reduce' has no counterpart in Rondo")
    return function(x if dtype is None else x.astype(dtype), axis, keepdims=keepdims)


# ---- shapes ---------------------------------------------------------------------------------------------------------

def concatenate(arrays: Sequence[Any], axis: int = 0, out: None = None, dtype: Any = None) -> TracedArray:
    """Joins along an axis that is there; numpy's default, 0, is the batch axis, which cannot be joined."""
    joined = _rondo.concatenate(*arrays, axis=axis)
    _do_without(joined, "concatenate", out=out)
    return joined if dtype is None else joined.astype(dtype)


def stack(arrays: Sequence[Any], axis: int = 0) -> TracedArray:
    """Joins along a new axis."""
    parts = [_as_traced(part, arrays) for part in arrays]
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
    extent = ary.shape[feature_axis(ary, axis, "array_split") + (1 if ary.batched else 0)]
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
    at = feature_axis(a, axis, "repeat") + (1 if a.batched else 0)
    return _spread(a, at, at + 1, repeats)


def tile(A: TracedArray, reps: Any) -> TracedArray:
    """So many copies side by side along each axis; along the batch axis, 1."""
    reps = (reps,) if isinstance(reps, (int, np.integer)) else tuple(reps)
    if len(reps) > A.ndim:
        _rondo.refuse(A, f"'tile' with {len(reps)} repetitions of shape {A.shape}")
    for axis, copies in zip(range(A.ndim - len(reps), A.ndim), reps):
        if copies != 1:
            at = feature_axis(A, axis, "tile") + (1 if A.batched else 0)
            A = _spread(A, at, at, copies)
    return A


def flip(m: TracedArray, axis: Any) -> TracedArray:
    """The elements of an axis in reverse."""
    at = feature_axis(m, axis, "flip") + (1 if m.batched else 0)
    return m[(slice(None),) * at + (slice(None, None, -1),)]


def roll(a: TracedArray, shift: int, axis: int) -> TracedArray:
    """The elements of an axis moved on, the last ones to the front."""
    at = feature_axis(a, axis, "roll") + (1 if a.batched else 0)
    shift %= builtins.max(a.shape[at], 1)
    if shift == 0:
        return a
    whole = (slice(None),) * at
    return concatenate([a[(*whole, slice(-shift, None))], a[(*whole, slice(None, -shift))]], axis=at)


def take(a: TracedArray, indices: Any, axis: int | None = None, out: None = None, mode: str = "raise") -> TracedArray:
    """Elements of an axis at integer positions that all samples share."""
    _do_without(a, "take", out=out, mode=None if mode == "raise" else mode)
    if axis is None:
        _rondo.refuse(a, "'take' needs the axis")
    at = feature_axis(a, axis, "take")
    if isinstance(indices, TracedArray) and indices.batched:
        _rondo.refuse(a, "'take' at positions of each sample's own would take them from all samples; compare with "
                         "numpy.arange and use where instead")
    return _rondo.per_sample("take", a, positions(indices, a.shape[at + (1 if a.batched else 0)]), at)


def pad(array: TracedArray, pad_width: Any, mode: str = "constant", constant_values: float = 0) -> TracedArray:
    """Surrounds the axes with so many elements of a value; the batch axis with none."""
    if mode != "constant":
        _rondo.refuse(array, f"'pad' in mode '{mode}' has no counterpart in Rondo; 'constant' has")
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist()
    if array.batched and widths[0] != [0, 0]:
        _rondo.refuse(array, "'pad' along axis 0, the batch axis")
    widths = widths[1:] if array.batched else widths
    before, after = [low for low, _ in widths], [high for _, high in widths]
    return _rondo.per_sample("pad", array, before, after, constant_values)


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
    _do_without(a, "full_like", shape=shape)
    dtype = np.dtype(a.dtype if dtype is None else dtype)
    dims = a.shape[1:] if a.batched else a.shape
    number = _like(a, dtype.type(fill_value))
    spread = _rondo.per_sample("broadcast_to", number, list(dims))
    return _rondo.as_batched(a, spread) if a.batched else spread


# ---- what the functions share ---------------------------------------------------------------------------------------

def _like(a: TracedArray, value: Any) -> TracedArray:
    """Anything as a traced array of the trace that a belongs to, shared by all samples."""
    return _rondo.as_shared(a, value)


def _as_traced(part: Any, parts: Sequence[Any]) -> TracedArray:
    if isinstance(part, TracedArray):
        return part
    like = next((each for each in parts if isinstance(each, TracedArray)), None)
    if like is None:
        raise TypeError("none of the arrays is a traced array; outside of step functions use numpy")
    return _rondo.as_rows(like, part) if like.batched else _like(like, part)


def _spread(a: TracedArray, axis: int, new_axis: int, copies: int) -> TracedArray:
    """The axis with so many copies: of the whole of it where the new axis stands before it, of each element behind."""
    first = 1 if a.batched else 0
    dims = list(a.shape[first:])
    wide = [*dims[:new_axis - first], int(copies), *dims[new_axis - first:]]
    spread = _rondo.per_sample("broadcast_to", expand_dims(a, new_axis), wide)
    dims[axis - first] *= int(copies)
    return _rondo.per_sample("reshape", spread, dims)


def _floats(x: Any) -> Any:
    return x.astype(np.float64) if isinstance(x, TracedArray) and x.dtype.kind != "f" else x


def _booleans(x: Any) -> Any:
    if isinstance(x, TracedArray) and x.dtype.kind != "b":
        _rondo.refuse(x, "the bits of integers cannot be combined; Rondo has &, |, ^ and ~ of booleans: compare first, "
                         "as in x != 0")
    if not isinstance(x, TracedArray) and np.asarray(x).dtype.kind != "b":
        raise TypeError("&, |, ^ and ~ of traced arrays take booleans; compare first, as in x != 0")
    return x


def _summed(a: TracedArray, dtype: Any) -> TracedArray:
    if dtype is not None:
        return a.astype(dtype)
    return a.astype(np.int64) if a.dtype.kind in "bi" else a


def _do_without(x: TracedArray, operation: str, **options: Any) -> None:
    """Refuses those of numpy's options that are given, rather than to give what they were to change."""
    given = [f"{name}=" for name, value in options.items() if value is not None]
    if given:
        _rondo.refuse(x, f"numpy's '{operation}' on traced arrays does without {', '.join(given)}")


def _reduce(name: str, x: TracedArray, axis: Any, keepdims: bool, out: None) -> TracedArray:
    _do_without(x, name, out=out)
    axes = feature_axes(x, axis, name)
    return _rondo.per_sample(name, x, axes, bool(keepdims)) if axes else x


# ---- what numpy's protocols ask for ---------------------------------------------------------------------------------

# numpy's element-wise functions by name; scipy.special's, which are such functions too, among them.
UFUNCS: dict[str, Callable] = {
    "add": add, "subtract": subtract, "multiply": multiply, "divide": divide, "true_divide": divide, "power": power,
    "float_power": power, "positive": positive, "negative": negative, "absolute": absolute, "fabs": absolute,
    "exp": exp, "expm1": expm1, "log": log, "log2": log2, "log10": log10, "log1p": log1p, "tanh": tanh, "sinh": sinh,
    "cosh": cosh, "sin": sin, "cos": cos, "tan": tan, "sqrt": sqrt, "square": square, "reciprocal": reciprocal,
    "sign": sign, "floor": floor, "ceil": ceil, "minimum": minimum, "maximum": maximum, "clip": clip, "less": less,
    "less_equal": less_equal, "greater": greater, "greater_equal": greater_equal, "equal": equal,
    "not_equal": not_equal, "logical_and": logical_and, "logical_or": logical_or, "logical_xor": logical_xor,
    "logical_not": logical_not, "bitwise_and": bitwise_and, "bitwise_or": bitwise_or, "bitwise_xor": bitwise_xor,
    "invert": invert, "isnan": isnan, "isinf": isinf, "isfinite": isfinite, "matmul": matmul, "expit": sigmoid,
    "erf": erf,
}

# Functions of numpy that dispatch on arrays of any library, and what stands for them.
FUNCTIONS: dict[Callable, Callable] = {
    np.where: where, np.clip: clip, np.dot: dot, np.einsum: einsum, np.sum: sum, np.prod: prod, np.max: max,
    np.amax: max, np.min: min, np.amin: min, np.mean: mean, np.var: var, np.std: std, np.linalg.norm: norm,
    np.concatenate: concatenate, np.stack: stack, np.hstack: hstack, np.split: split, np.array_split: array_split,
    np.hsplit: hsplit, np.reshape: reshape, np.ravel: ravel, np.transpose: transpose, np.swapaxes: swapaxes,
    np.moveaxis: moveaxis, np.squeeze: squeeze, np.expand_dims: expand_dims, np.broadcast_to: broadcast_to,
    np.repeat: repeat, np.tile: tile, np.flip: flip, np.roll: roll, np.take: take, np.pad: pad,
    np.zeros_like: zeros_like, np.ones_like: ones_like, np.full_like: full_like, np.empty_like: zeros_like,
    np.shape: lambda a: a.shape, np.ndim: lambda a: a.ndim, np.copy: lambda a, *_, **__: a,
}
