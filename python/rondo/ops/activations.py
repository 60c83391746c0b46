"""Activations of neural networks over traced arrays, as Keras has them."""

from __future__ import annotations

from typing import Any

from .. import _rondo
from ..indexing import feature_axis
from ..tracing import TracedArray
from .common import apply, floats


def sigmoid(x: Any) -> TracedArray:
    """1 / (1 + exp(-x))."""
    return apply("sigmoid", x)


def relu(x: Any) -> TracedArray:
    """maximum(x, 0)."""
    return apply("relu", x)


def leaky_relu(x: Any, slope: float = 0.2) -> TracedArray:
    """x where x >= 0, else slope * x."""
    return apply("leaky_relu", x, slope)


def elu(x: Any, alpha: float = 1.0) -> TracedArray:
    """x where x > 0, else alpha * (exp(x) - 1)."""
    return apply("elu", x, alpha)


def selu(x: Any) -> TracedArray:
    """The scaled elu of self-normalising networks."""
    return apply("selu", x)


def softplus(x: Any) -> TracedArray:
    """log(1 + exp(x)), without overflow."""
    return apply("softplus", x)


def softsign(x: Any) -> TracedArray:
    """x / (1 + abs(x))."""
    return apply("softsign", x)


def silu(x: Any) -> TracedArray:
    """x * sigmoid(x)."""
    return apply("silu", x)


def gelu(x: Any) -> TracedArray:
    """x * (1 + erf(x / sqrt(2))) / 2."""
    return apply("gelu", x)


def hard_sigmoid(x: Any) -> TracedArray:
    """clip(x / 6 + 0.5, 0, 1), as Keras 3."""
    return apply("hard_sigmoid6", x)


def hard_sigmoid_keras2(x: Any) -> TracedArray:
    """clip(0.2 * x + 0.5, 0, 1), as Keras 2 and tf_keras."""
    return apply("hard_sigmoid", x)


def hard_tanh(x: Any) -> TracedArray:
    """clip(x, -1, 1)."""
    return apply("hard_tanh", x)


def softmax(x: TracedArray, axis: int = -1) -> TracedArray:
    """exp(x) / sum(exp(x)) along an axis, without overflow."""
    return _rondo.per_sample("softmax", floats(x), feature_axis(x, axis, "softmax"))


def layer_norm(x: TracedArray, gamma: Any = None, beta: Any = None, epsilon: float = 1e-3) -> TracedArray:
    """(x - mean) / sqrt(variance + epsilon) over the last axis, times gamma, plus beta, which all samples share."""
    return _rondo.per_sample("layer_norm", floats(x), gamma, beta, epsilon)
