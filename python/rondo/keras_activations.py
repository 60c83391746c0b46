"""Keras's activations as functions over traced arrays."""

from __future__ import annotations

from typing import Any, Callable

from . import ops
from .keras_backends import on_traced_arrays


def activation_of(function: Callable, cell: Any) -> Callable:
    """What stands for an activation of Keras's; one of the caller's own is traced as it is.

    Raises ValueError for one of Keras's that Rondo does not have.
    """
    module = getattr(function, "__module__", "").split(".")[0]
    name = getattr(function, "__name__", type(function).__name__)
    if module not in ("keras", "tf_keras", "tensorflow"):
        return _traced(function, cell)
    if module != "keras" and name in _KERAS_2:
        return _KERAS_2[name]
    if name not in _BY_NAME:
        raise ValueError(f"the activation '{name}' of '{cell.name}' is not among those that Rondo has: "
                         f"{', '.join(sorted(_BY_NAME))}")
    return _BY_NAME[name]


def _traced(function: Callable, cell: Any) -> Callable:
    def activation(x: Any) -> Any:
        with on_traced_arrays(cell):
            return function(x)
    return activation


_BY_NAME: dict[str, Callable] = {
    "linear": ops.positive, "tanh": ops.tanh, "sigmoid": ops.sigmoid, "relu": ops.relu, "softmax": ops.softmax,
    "softplus": ops.softplus, "softsign": ops.softsign, "selu": ops.selu, "elu": ops.elu, "gelu": ops.gelu,
    "silu": ops.silu, "swish": ops.silu, "exponential": ops.exp, "leaky_relu": ops.leaky_relu,
    "hard_sigmoid": ops.hard_sigmoid, "hard_tanh": ops.hard_tanh,
    "relu6": lambda x: ops.clip(x, 0, 6), "hard_silu": lambda x: x * ops.hard_sigmoid(x),
    "mish": lambda x: x * ops.tanh(ops.softplus(x)), "tanh_shrink": lambda x: x - ops.tanh(x),
    "log_sigmoid": lambda x: -ops.softplus(-x), "squareplus": lambda x: (x + ops.sqrt(x * x + 4)) * 0.5,
    "log_softmax": lambda x: x - x.max(axis=-1, keepdims=True) - ops.log(
        ops.exp(x - x.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True)),
}

# Where tf_keras means something else by the name.
_KERAS_2: dict[str, Callable] = {"hard_sigmoid": ops.hard_sigmoid_keras2,
                                 "leaky_relu": lambda x: ops.leaky_relu(x, 0.2)}
