"""What numpy's protocols ask for: the counterparts of numpy's functions, and what to write instead of others."""

from __future__ import annotations

from types import ModuleType
from typing import Callable

import numpy as np

from ..indexing import expand_dims
from . import activations, elementwise, products, reductions, rounding, scans, shapes


def _named(module: ModuleType, names: str) -> dict[str, Callable]:
    return {name: getattr(module, name) for name in names.split()}


#: numpy's element-wise functions by name; scipy.special's, which are such functions too, among them.
UFUNCS: dict[str, Callable] = {
    **_named(elementwise, "add subtract multiply divide power float_power positive negative absolute fabs exp exp2 expm1 "
                          "log log2 log10 log1p logaddexp tanh sinh cosh sin cos tan deg2rad rad2deg radians degrees sqrt "
                          "hypot square reciprocal sign heaviside minimum maximum fmin fmax clip less less_equal greater "
                          "greater_equal equal not_equal logical_and logical_or logical_xor logical_not bitwise_and "
                          "bitwise_or bitwise_xor invert isnan isinf isfinite erf"),
    **_named(rounding, "floor ceil trunc rint floor_divide remainder divmod"),
    "true_divide": elementwise.divide, "matmul": products.matmul, "expit": activations.sigmoid,
}

#: Functions of numpy that dispatch on arrays of any library, and what stands for them.
FUNCTIONS: dict[Callable, Callable] = {
    getattr(np, name): function for name, function in {
        **_named(elementwise, "where clip select nan_to_num"), **_named(rounding, "round around fix"),
        **_named(products, "dot einsum inner outer tensordot"),
        **_named(reductions, "sum prod max min mean var std any all count_nonzero ptp average argmax argmin"),
        **_named(scans, "cumsum cumprod diff"),
        **_named(shapes, "concatenate stack hstack split array_split hsplit reshape ravel transpose swapaxes moveaxis "
                         "squeeze broadcast_to repeat tile flip roll take pad zeros_like ones_like full_like"),
        "amax": reductions.max, "amin": reductions.min, "expand_dims": expand_dims, "empty_like": shapes.zeros_like,
        "shape": lambda a: a.shape, "ndim": lambda a: a.ndim, "copy": lambda a, *_, **__: a,
    }.items()} | {np.linalg.norm: reductions.norm}

_ORDER = "Rondo does not sort; max, min, argmax, argmin and comparisons are there"
_SHAPE = "its shape would depend on numbers; numpy.where with three arguments keeps the shape"
_INVERSE = "Rondo has no inverse trigonometric functions"
_OUTSIDE = "compute it outside of the step function, where the matrix is a weight"

#: What to write instead of functions of numpy that have no counterpart, by name.
INSTEAD: dict[str, str] = {
    "arcsin": _INVERSE, "arccos": _INVERSE, "arctan": _INVERSE, "arctan2": _INVERSE,
    "arcsinh": "write numpy.log(x + numpy.sqrt(x * x + 1))", "arccosh": "write numpy.log(x + numpy.sqrt(x * x - 1))",
    "arctanh": "write 0.5 * numpy.log((1 + x) / (1 - x))", "cbrt": "write numpy.sign(x) * abs(x) ** (1 / 3)",
    "copysign": "write numpy.where(y < 0, -abs(x), abs(x))", "signbit": "write x < 0",
    "fmod": "write x - y * numpy.trunc(x / y)", "logaddexp2": "use logaddexp", "ldexp": "write x * 2.0 ** n",
    "left_shift": "write x * 2 ** n", "right_shift": "write x // 2 ** n", "gcd": "Rondo has no loops within a step",
    "sort": _ORDER, "argsort": _ORDER, "partition": _ORDER, "median": _ORDER, "percentile": _ORDER, "quantile": _ORDER,
    "unique": _SHAPE, "nonzero": _SHAPE, "argwhere": _SHAPE, "flatnonzero": _SHAPE, "compress": _SHAPE, "extract": _SHAPE,
    "inv": _OUTSIDE, "pinv": _OUTSIDE, "solve": _OUTSIDE, "det": _OUTSIDE, "eigh": _OUTSIDE, "svd": _OUTSIDE,
    "cholesky": _OUTSIDE, "qr": _OUTSIDE,
    "vstack": "it joins along the batch axis; use concatenate or stack with another axis",
    "dstack": "use stack with axis=-1", "column_stack": "use concatenate or stack with axis=1",
    "cross": "write it out over x[:, 0], x[:, 1], x[:, 2]", "trace": "use einsum of x and an identity matrix",
    "convolve": "multiply by a matrix that holds the taps", "interp": "use where over the pieces",
    "nansum": "use sum of nan_to_num(x)", "nanmean": "use where and sums",
}


def no_counterpart(name: str) -> str:
    """The message about a function of numpy's that there is nothing for."""
    hint = INSTEAD.get(name.removesuffix(".reduce"))
    return f"numpy's '{name}' has no counterpart in Rondo" + (f": {hint}" if hint else "")
