"""Keras's functions over traced arrays, so that the `call` of a cell can be traced.

Keras 3's operations end in functions of its backend's modules; tf_keras's cells are written in TensorFlow's. While a
cell is traced, functions that Rondo has a counterpart of are stood in for: the counterpart is called where a traced
array is among the arguments, else the function itself. Cells of one process are traced one after another.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
import traceback
from typing import Any, Callable, Iterator

import numpy as np

from . import nests, ops
from .errors import CompileError
from .tracing import TracedArray

_lock = threading.RLock()


@contextlib.contextmanager
def on_traced_arrays(cell: Any) -> Iterator[None]:
    """While it lasts, Keras's functions take traced arrays as well; which Keras, the cell tells.

    Raises CompileError where a traced array comes to a function without a counterpart, which then refuses it.
    """
    libraries = {each.__module__.split(".")[0] for each in type(cell).__mro__}
    if not libraries & {"keras", "tf_keras"}:
        yield
        return
    modules = _tensorflow_modules() if "tf_keras" in libraries else _keras_modules()
    with _lock, contextlib.ExitStack() as restored:
        for module, counterparts in modules:
            for name, counterpart in counterparts.items():
                original = getattr(module, name, None)
                if original is not None:
                    setattr(module, name, _either(original, counterpart))
                    restored.callback(setattr, module, name, original)
        try:
            yield
        except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
            if _comes_of_a_traced_array(error, _file_of(cell)):
                raise _without_counterpart(cell, error) from error
            raise


def _without_counterpart(cell: Any, error: Exception) -> CompileError:
    """That the cell calls a function that Rondo has nothing for, at the cell's line."""
    file = _file_of(cell)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    where, line = (f"{file}:{lines[-1]}", lines[-1]) if lines else (file, None)
    return CompileError(f"{where}: error: a function without a counterpart in Rondo is called with a traced array: "
                        f"{error}", file, line)


def _comes_of_a_traced_array(error: Exception, file: str) -> bool:
    """Whether a function that knows nothing of traced arrays, and lies outside of the cell's file, met one."""
    if isinstance(error, CompileError):
        return error.filename != file and "has no numbers yet" in str(error)
    return TracedArray.__name__ in str(error)


def _file_of(cell: Any) -> str:
    return inspect.unwrap(type(cell).call).__code__.co_filename


def _either(original: Callable, counterpart: Callable) -> Callable:
    """The counterpart where a traced array is among the arguments, or in a list among them."""
    def function(*arguments: Any, **options: Any) -> Any:
        leaves = nests.flatten((arguments, list(options.values())))
        if any(isinstance(leaf, TracedArray) for leaf in leaves):
            return counterpart(*arguments, **options)
        return original(*arguments, **options)
    return function


# ---- Keras 3 --------------------------------------------------------------------------------------------------------

def _keras_modules() -> list[tuple[Any, dict[str, Callable]]]:
    from keras.src import backend
    return [(backend.numpy, _NUMPY), (backend.nn, _NN), (backend, _CORE), (backend.core, _CORE),
            (backend.math, {"erf": ops.erf, "rsqrt": ops.rsqrt, "logsumexp": _logsumexp})]


def _cast(x: Any, dtype: Any) -> Any:
    return x.astype(np.dtype(getattr(dtype, "name", dtype)))


_NUMPY: dict[str, Callable] = {
    **{name: getattr(ops, name) for name in (
        "add", "subtract", "multiply", "divide", "power", "negative", "absolute", "exp", "expm1", "log", "log2", "log10",
        "log1p", "tanh", "sinh", "cosh", "sin", "cos", "tan", "sqrt", "square", "reciprocal", "sign", "floor", "ceil",
        "minimum", "maximum", "where", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
        "logical_and", "logical_or", "logical_xor", "logical_not", "isnan", "isinf", "isfinite", "matmul", "dot",
        "einsum", "concatenate", "stack", "hstack", "transpose", "swapaxes", "moveaxis", "squeeze", "broadcast_to",
        "repeat", "tile", "flip", "roll", "take", "zeros_like", "ones_like", "full_like", "floor_divide", "mod", "exp2",
        "hypot", "logaddexp", "trunc", "round", "cumsum", "cumprod", "tensordot", "inner", "outer")},
    "abs": ops.absolute, "true_divide": ops.divide, "split": ops.split,
    "clip": lambda x, x_min, x_max: ops.clip(x, x_min, x_max),
    "reshape": lambda x, newshape: ops.reshape(x, newshape),
    "expand_dims": lambda x, axis: ops.expand_dims(x, axis),
    "sum": lambda x, axis=None, keepdims=False: ops.sum(x, axis, keepdims=keepdims),
    "prod": lambda x, axis=None, keepdims=False, dtype=None: ops.prod(x, axis, dtype, keepdims=keepdims),
    "max": lambda x, axis=None, keepdims=False, initial=None: ops.max(x, axis, keepdims=keepdims),
    "min": lambda x, axis=None, keepdims=False, initial=None: ops.min(x, axis, keepdims=keepdims),
    "mean": lambda x, axis=None, keepdims=False: ops.mean(x, axis, keepdims=keepdims),
    "var": lambda x, axis=None, keepdims=False: ops.var(x, axis, keepdims=keepdims),
    "std": lambda x, axis=None, keepdims=False: ops.std(x, axis, keepdims=keepdims),
    "any": lambda x, axis=None, keepdims=False: ops.any(x, axis, keepdims=keepdims),
    "all": lambda x, axis=None, keepdims=False: ops.all(x, axis, keepdims=keepdims),
    "argmax": lambda x, axis=None, keepdims=False: ops.argmax(x, axis, keepdims=keepdims),
    "argmin": lambda x, axis=None, keepdims=False: ops.argmin(x, axis, keepdims=keepdims),
}

_NN: dict[str, Callable] = {
    **{name: getattr(ops, name) for name in ("sigmoid", "tanh", "relu", "elu", "selu", "softplus", "softsign", "silu",
                                             "hard_sigmoid", "hard_tanh")},
    "relu6": lambda x: ops.clip(x, 0, 6),
    "leaky_relu": lambda x, negative_slope=0.2: ops.leaky_relu(x, negative_slope),
    "gelu": lambda x, approximate=True: _gelu(x, approximate),
    "softmax": lambda x, axis=-1: ops.softmax(x, axis),
    "log_softmax": lambda x, axis=-1: x - _logsumexp(x, axis, keepdims=True),
    "moments": lambda x, axes, keepdims=False, synchronized=False: _moments(x, axes, keepdims),
}

_CORE: dict[str, Callable] = {
    "convert_to_tensor": lambda x, dtype=None, sparse=None, ragged=None: x if dtype is None else _cast(x, dtype),
    "cast": _cast, "shape": lambda x: x.shape, "is_tensor": lambda x: True, "stop_gradient": lambda x: x,
}


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    largest = ops.max(x, axis, keepdims=True)
    result = ops.log(ops.sum(ops.exp(x - largest), axis, keepdims=True)) + largest
    return result if keepdims else ops.squeeze(result, axis)


def _moments(x: Any, axes: Any, keepdims: bool) -> tuple[Any, Any]:
    return ops.mean(x, axes, keepdims=keepdims), ops.var(x, axes, keepdims=keepdims)


def _gelu(x: Any, approximate: bool) -> Any:
    if not approximate:
        return ops.gelu(x)
    return 0.5 * x * (1 + ops.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))


# ---- TensorFlow, which tf_keras's cells are written in --------------------------------------------------------------

def _tensorflow_modules() -> list[tuple[Any, dict[str, Callable]]]:
    import tensorflow
    import tensorflow.compat.v2 as tensorflow_v2
    import tf_keras
    import tf_keras.src.backend
    modules = [(tf_keras.backend, _TF_KERAS), (tf_keras.src.backend, _TF_KERAS)]
    for tf in (tensorflow, tensorflow_v2):
        modules += [(tf, _TENSORFLOW), (tf.math, _TENSORFLOW), (tf.nn, _TENSORFLOW), (tf.linalg, _TENSORFLOW)]
    return modules


def _over_axes(function: Callable) -> Callable:
    return lambda x, axis=None, keepdims=False, name=None: function(x, axis, keepdims=keepdims)


def _unnamed(function: Callable) -> Callable:
    """TensorFlow's operations take a name; the counterparts do not."""
    return lambda *arguments, name=None: function(*arguments)


_TENSORFLOW: dict[str, Callable] = {
    **{name: _unnamed(getattr(ops, name)) for name in (
        "add", "subtract", "multiply", "divide", "negative", "exp", "tanh", "sigmoid", "sin", "cos", "tan", "sqrt",
        "square", "sign", "floor", "minimum", "maximum", "where", "less", "less_equal", "greater", "greater_equal",
        "equal", "not_equal", "logical_and", "logical_or", "logical_not", "matmul", "relu", "selu", "softplus",
        "softsign", "silu", "zeros_like", "ones_like", "erf", "log", "log1p", "expm1", "rsqrt", "reciprocal")},
    "abs": _unnamed(ops.absolute), "pow": _unnamed(ops.power), "elu": _unnamed(ops.elu),
    "clip_by_value": _unnamed(ops.clip), "identity": _unnamed(ops.positive), "stop_gradient": _unnamed(ops.positive),
    "einsum": ops.einsum, "cast": lambda x, dtype, name=None: _cast(x, dtype),
    "convert_to_tensor": lambda value, dtype=None, dtype_hint=None, name=None: value,
    "leaky_relu": lambda features, alpha=0.2, name=None: ops.leaky_relu(features, alpha),
    "softmax": lambda logits, axis=-1, name=None: ops.softmax(logits, -1 if axis is None else axis),
    "split": lambda value, num_or_size_splits, axis=0, num=None, name=None: _split_tf(value, num_or_size_splits, axis),
    "concat": lambda values, axis, name=None: ops.concatenate(values, axis),
    "stack": lambda values, axis=0, name=None: ops.stack(values, axis),
    "reshape": lambda tensor, shape, name=None: ops.reshape(tensor, shape),
    "expand_dims": lambda input, axis, name=None: ops.expand_dims(input, axis),
    "squeeze": lambda input, axis=None, name=None: ops.squeeze(input, axis),
    "transpose": lambda a, perm=None, conjugate=False, name=None: ops.transpose(a, perm),
    "shape": lambda input, out_type=None, name=None: input.shape,
    "reduce_sum": _over_axes(ops.sum), "reduce_mean": _over_axes(ops.mean), "reduce_max": _over_axes(ops.max),
    "reduce_min": _over_axes(ops.min), "reduce_prod": _over_axes(ops.prod),
    "reduce_logsumexp": _over_axes(_logsumexp),
    "moments": lambda x, axes, shift=None, keepdims=False, name=None: _moments(x, axes, keepdims),
}

_TF_KERAS: dict[str, Callable] = {
    **{name: getattr(ops, name) for name in ("dot", "tanh", "sigmoid", "relu", "softplus", "softsign", "exp", "sqrt",
                                             "square", "abs", "sign", "log", "softmax", "maximum", "minimum", "squeeze",
                                             "clip")},
    "hard_sigmoid": ops.hard_sigmoid_keras2, "cast": _cast,
    "bias_add": lambda x, bias, data_format=None: ops.add(x, bias),
    "concatenate": lambda tensors, axis=-1: ops.concatenate(tensors, axis),
    "expand_dims": lambda x, axis=-1: ops.expand_dims(x, axis),
    **{name: _over_axes(getattr(ops, name)) for name in ("sum", "mean", "max", "min", "prod", "var", "std")},
}


def _split_tf(value: Any, parts: Any, axis: int) -> list:
    """tf.split takes the extents of the parts, where numpy takes the positions between them."""
    if isinstance(parts, (int, np.integer)):
        return ops.split(value, parts, axis)
    return ops.split(value, np.cumsum(parts)[:-1].tolist(), axis)
