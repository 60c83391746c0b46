"""The cells that are timed, each written once over a small set of operations. numpy, JAX, TensorFlow and ONNX bring
operations of their own, so that all of them run the same step.

A step is split as its peers are best given it: `project` does what the inputs alone decide, and may be run over all
steps at once; `step` does the rest.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any, Callable

import numpy as np

Sizes = dict[str, int]
Shapes = dict[str, tuple[int, ...]]
Values = dict[str, Any]

ROOT = pathlib.Path(__file__).resolve().parents[2]


class NumpyOps:
    """The operations that steps are written in, for numpy. Arrays also have + - * / and @."""

    def tanh(self, x):
        return np.tanh(x)

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def sqrt(self, x):
        return np.sqrt(x)

    def clip(self, x, low: float, high: float):
        return np.clip(x, low, high)

    def split(self, x, parts: int):
        """Equal parts of the last axis."""
        return np.split(x, parts, axis=-1)

    def columns(self, w, begin: int, end: int):
        """Columns of a weight."""
        return w[:, begin:end]

    def row(self, w, index: int):
        """One row of a weight."""
        return w[index]

    def softmax(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def layer_norm(self, x, gamma, beta):
        mean = x.mean(axis=-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 0.001) * gamma + beta

    def rows_dot(self, m, v):
        """(batch, n, k) and (batch, k) to (batch, n)."""
        return (m @ v[:, :, None])[:, :, 0]

    def weighted_rows(self, v, m):
        """(batch, n) and (batch, n, k) to (batch, k)."""
        return (v[:, None, :] @ m)[:, 0, :]


@dataclasses.dataclass(frozen=True)
class Cell:
    """Shapes, step and cost of a cell. Shapes are those of one sample."""

    weights: Callable[[Sizes], Shapes]
    states: Callable[[Sizes], Shapes]
    project: Callable[[Any, Values, Any], tuple]
    step: Callable[[Any, Values, Values, tuple, Values], tuple[Any, Values]]
    flops: Callable[[Sizes], float]
    constants: Callable[[Sizes], Shapes] = lambda sizes: {}
    features: str = "features"
    ranges: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    initial: dict[str, float] = dataclasses.field(default_factory=dict)


def text_of(name: str, dtype: str) -> str:
    """The text of a cell, from the ready ones or those that are here for the benchmark; in double precision where asked
    for."""
    file = f"{name}.rondo"
    folder = next(f for f in (ROOT / "cells", ROOT / "bench" / "peers" / "cells") if (f / file).exists())
    text = (folder / file).read_text()
    return text.replace("f32[", "f64[") if dtype == "f64" else text


def _gated(gates: int) -> Callable[[Sizes], Shapes]:
    def shapes(s: Sizes) -> Shapes:
        width = gates * s["units"]
        return {"W": (s["features"], width), "U": (s["units"], width), "b": (width,)}
    return shapes


def _h(s: Sizes) -> Shapes:
    return {"h": (s["units"],)}


def _h_c(s: Sizes) -> Shapes:
    return {"h": (s["units"],), "c": (s["units"],)}


def _flops(gates: int) -> Callable[[Sizes], float]:
    return lambda s: 2.0 * gates * s["units"] * (s["features"] + s["units"])


def _affine(ops, w: Values, x) -> tuple:
    return (x @ w["W"] + w["b"],)


def _lstm(ops, w, constants, p, s):
    i, f, g, o = ops.split(p[0] + s["h"] @ w["U"], 4)
    c = ops.sigmoid(f) * s["c"] + ops.sigmoid(i) * ops.tanh(g)
    h = ops.sigmoid(o) * ops.tanh(c)
    return h, {"h": h, "c": c}


def _gru_project(ops, w, x) -> tuple:
    return (x @ w["W"] + ops.row(w["b"], 0),)


def _gru(ops, w, constants, p, s):
    xz, xr, xn = ops.split(p[0], 3)
    hz, hr, hn = ops.split(s["h"] @ w["U"] + ops.row(w["b"], 1), 3)
    z = ops.sigmoid(xz + hz)
    n = ops.tanh(xn + ops.sigmoid(xr + hr) * hn)
    h = n + z * (s["h"] - n)
    return h, {"h": h}


def _minimal(ops, w, constants, p, s):
    units = w["U"].shape[0]
    xf, xn = ops.split(p[0], 2)
    f = ops.sigmoid(xf + s["h"] @ ops.columns(w["U"], 0, units))
    n = ops.tanh(xn + (f * s["h"]) @ ops.columns(w["U"], units, 2 * units))
    h = s["h"] + f * (n - s["h"])
    return h, {"h": h}


def _layer_norm_weights(s: Sizes) -> Shapes:
    shapes = _gated(4)(s)
    for part, width in (("x", 4 * s["units"]), ("h", 4 * s["units"]), ("c", s["units"])):
        shapes[f"gamma_{part}"] = shapes[f"beta_{part}"] = (width,)
    return shapes


def _layer_norm_project(ops, w, x) -> tuple:
    return (ops.layer_norm(x @ w["W"], w["gamma_x"], w["beta_x"]) + w["b"],)


def _layer_norm_lstm(ops, w, constants, p, s):
    i, f, g, o = ops.split(p[0] + ops.layer_norm(s["h"] @ w["U"], w["gamma_h"], w["beta_h"]), 4)
    c = ops.sigmoid(f) * s["c"] + ops.sigmoid(i) * ops.tanh(g)
    h = ops.sigmoid(o) * ops.tanh(ops.layer_norm(c, w["gamma_c"], w["beta_c"]))
    return h, {"h": h, "c": c}


def _clipped_peephole(ops, w, constants, p, s):
    i, f, g, o = ops.split(p[0] + s["h"] @ w["U"], 4)
    i = ops.sigmoid(i + ops.row(w["P"], 0) * s["c"])
    f = ops.sigmoid(f + ops.row(w["P"], 1) * s["c"])
    c = ops.clip(f * s["c"] + i * ops.tanh(g), -3.0, 3.0)
    h = ops.sigmoid(o + ops.row(w["P"], 2) * c) * ops.tanh(c)
    return h, {"h": h, "c": c}


def _attention_weights(s: Sizes) -> Shapes:
    return {"Q": (s["units"], s["width"]), "V": (s["width"], s["units"]), "W": (s["features"], s["units"]),
            "leak": (s["units"],)}


def _attention(ops, w, constants, p, s):
    memory = constants["memory"]
    scores = ops.rows_dot(memory, s["h"] @ w["Q"]) * (1 / float(w["Q"].shape[1]) ** 0.5)
    read = ops.weighted_rows(ops.softmax(scores), memory)
    h = s["h"] + w["leak"] * (ops.tanh(p[0] + read @ w["V"]) - s["h"])
    return h, {"h": h}


def _attention_flops(s: Sizes) -> float:
    units, width = s["units"], s["width"]
    return 2.0 * (s["features"] * units + 2 * units * width + 2 * s["length"] * width)


def _scalars(*names: str) -> Callable[[Sizes], Shapes]:
    return lambda s: {name: (1,) for name in names}


def _identity(ops, w, x) -> tuple:
    return (x,)


def _average(ops, w, constants, p, s):
    mean = s["mean"] + w["alpha"] * (p[0] - s["mean"])
    return mean, {"mean": mean}


def _biquad(ops, w, constants, p, s):
    x = p[0]
    y = w["b0"] * x + s["s1"]
    return y, {"s1": w["b1"] * x - w["a1"] * y + s["s2"], "s2": w["b2"] * x - w["a2"] * y}


def _garch(ops, w, constants, p, s):
    v = w["omega"] + w["alpha"] * p[0] * p[0] + w["beta"] * s["v"]
    return ops.sqrt(v), {"v": v}


def _kalman(ops, w, constants, p, s):
    # Predict: position, velocity and acceleration a step on. Only the upper half of the covariance is kept.
    half = 0.5
    x0 = s["x0"] + s["x1"] + half * s["x2"]
    x1 = s["x1"] + s["x2"]
    a00 = s["p00"] + s["p01"] + half * s["p02"]
    a01 = s["p01"] + s["p11"] + half * s["p12"]
    a02 = s["p02"] + s["p12"] + half * s["p22"]
    a11 = s["p11"] + s["p12"]
    a12 = s["p12"] + s["p22"]
    p00 = a00 + a01 + half * a02 + w["q"]
    p01 = a01 + a02
    p02 = a02
    p11 = a11 + a12 + w["q"]
    p12 = a12
    p22 = s["p22"] + w["q"]
    # Correct by what was measured of the position.
    gain = 1 / (p00 + w["r"])
    k0, k1, k2 = p00 * gain, p01 * gain, p02 * gain
    e = p[0] - x0
    new = {"x0": x0 + k0 * e, "x1": x1 + k1 * e, "x2": s["x2"] + k2 * e,
           "p00": p00 - k0 * p00, "p01": p01 - k0 * p01, "p02": p02 - k0 * p02,
           "p11": p11 - k1 * p01, "p12": p12 - k1 * p02, "p22": p22 - k2 * p02}
    return new["x0"], new


_KALMAN_STATES = ("x0", "x1", "x2", "p00", "p01", "p02", "p11", "p12", "p22")

CELLS: dict[str, Cell] = {
    "lstm": Cell(_gated(4), _h_c, _affine, _lstm, _flops(4)),
    "gru": Cell(lambda s: {**_gated(3)(s), "b": (2, 3 * s["units"])}, _h, _gru_project, _gru, _flops(3),
                ranges={"b": (-0.1, 0.1)}),
    "minimal_gated_unit": Cell(_gated(2), _h, _affine, _minimal, _flops(2)),
    "layer_norm_lstm": Cell(_layer_norm_weights, _h_c, _layer_norm_project, _layer_norm_lstm, _flops(4),
                            ranges={f"gamma_{part}": (0.3, 0.6) for part in "xhc"}),
    "clipped_peephole_lstm": Cell(lambda s: {**_gated(4)(s), "P": (3, s["units"])}, _h_c, _affine, _clipped_peephole,
                                  _flops(4)),
    "attention_integrator": Cell(_attention_weights, _h, lambda ops, w, x: (x @ w["W"],), _attention,
                                 _attention_flops, constants=lambda s: {"memory": (s["length"], s["width"])},
                                 ranges={"leak": (0.1, 0.5)}),
    "exponential_moving_average": Cell(_scalars("alpha"), _scalars("mean"), _identity, _average, lambda s: 3.0,
                                       ranges={"alpha": (0.1, 0.2)}),
    "biquad": Cell(_scalars("b0", "b1", "b2", "a1", "a2"), _scalars("s1", "s2"), _identity, _biquad, lambda s: 9.0,
                   features="channels",
                   ranges={"b0": (0.2, 0.3), "b1": (0.3, 0.5), "b2": (0.2, 0.3), "a1": (-0.5, -0.3),
                           "a2": (0.1, 0.3)}),
    "garch": Cell(_scalars("omega", "alpha", "beta"), _scalars("v"), _identity, _garch, lambda s: 6.0,
                  features="channels", initial={"v": 0.5},
                  ranges={"omega": (0.01, 0.02), "alpha": (0.1, 0.15), "beta": (0.7, 0.8)}),
    "kalman3": Cell(_scalars("q", "r"), _scalars(*_KALMAN_STATES), _identity, _kalman, lambda s: 51.0,
                    features="channels", initial={"p00": 10, "p11": 10, "p22": 10},
                    ranges={"q": (0.01, 0.02), "r": (0.5, 1)}),
}
