"""Stores what tf_keras.backend.rnn itself answers, so that the tests need neither Python nor TensorFlow.

    pip install tensorflow-cpu tf_keras
    python make_vectors.py

Made with tf_keras 2.21.0, TensorFlow 2.21.0, numpy 2.4.6; loop form (unroll=False), eager. Written files:

rnn.json  a list of cases, one a line:
    name           what the case is about
    cell           stem of the file in cells/; each step function below says the same as its file
    dtype          element type of the floats: "float32" or "float64"
    B, T           samples and time steps
    go_backwards, time_major, zero_output_for_mask
    mask           null or a key: (B,T) or (B,T,1), time first if time_major; bool, int32 or float32
    input_length   null, an integer, or a key of an int32 vector (B,)
    inputs, states, constants, weights      {name: key}
    expected       {"last_output": {name: key}, "outputs": {name: key}, "states": {name: key}};
                   the name of an output that has none is ""
rnn.npz   the arrays under their keys, in the reference layouts: inputs and outputs (B,T,...), (T,B,...) if time_major.

Left out, because Rondo does not follow tf_keras there: integers below T as input_length; a mask without states;
go_backwards with lengths that are all below T; a mask with states of rank 1.
In cases whose name says "poisoned", inputs at masked places are NaN or infinite; nothing of that may be seen.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import numpy as np
import tensorflow as tf
import tf_keras.backend as K

HERE = Path(__file__).resolve().parent
CASES = 308
SEED = 20


# ---- the cells -------------------------------------------------------------------------------------------------

@dataclass
class Cell:
    """A step function and the per-sample shapes of what it takes. `step(x, s, c, w)` takes and gives dicts."""
    step: Callable
    inputs: dict
    states: dict
    constants: dict = field(default_factory=dict)
    weights: dict = field(default_factory=dict)
    dtype: str = "float32"
    integers: tuple = ()  # states of type int32


def acc(x, s, c, w):
    y = x["x"] + s["s"]
    return y, {"s": y}


def ident(x, s, c, w):
    return x["x"], {"s": s["s"] + 1}


def simple_rnn(x, s, c, w):
    h = tf.tanh((x["x"] @ w["W"] + w["b"]) + s["h"] @ w["U"])
    return h, {"h": h}


def lstm(x, s, c, w):
    zi, zf, zc, zo = tf.split((x["x"] @ w["W"] + s["h"] @ w["U"]) + w["b"], 4, axis=-1)
    next_c = tf.sigmoid(zf) * s["c"] + tf.sigmoid(zi) * tf.tanh(zc)
    h = tf.sigmoid(zo) * tf.tanh(next_c)
    return h, {"h": h, "c": next_c}


def gru(x, s, c, w):
    xz, xr, xn = tf.split(x["x"] @ w["W"] + w["b"][0], 3, axis=-1)
    hz, hr, hn = tf.split(s["h"] @ w["U"] + w["b"][1], 3, axis=-1)
    z = tf.sigmoid(xz + hz)
    n = tf.tanh(xn + tf.sigmoid(xr + hr) * hn)
    h = z * s["h"] + (1 - z) * n
    return h, {"h": h}


def gru_reset_before(x, s, c, w):
    xz, xr, xn = tf.split(x["x"] @ w["W"] + w["b"], 3, axis=-1)
    z = tf.sigmoid(xz + s["h"] @ w["Uz"])
    r = tf.sigmoid(xr + s["h"] @ w["Ur"])
    n = tf.tanh(xn + (r * s["h"]) @ w["Un"])
    h = z * s["h"] + (1 - z) * n
    return h, {"h": h}


def two_outputs(x, s, c, w):
    y = 0.5 * s["s"] + x["x"]
    return {"sum": y, "double": 2 * x["x"]}, {"s": y}


def two_widths(x, s, c, w):
    y = tf.tanh(x["x"] @ w["A"] + s["w"] @ w["B"])
    return y[:, 0:2] * x["x"], {"y": y, "w": tf.concat([s["y"], x["x"]], axis=-1)}


def rank2_state(x, s, c, w):
    n = s["s"] * 0.5 + x["x"][:, None, :]
    return tf.reduce_sum(n, axis=1), {"s": n}


def rank2_output(x, s, c, w):
    n = s["n"] + x["x"][:, 0:1]
    return x["x"][:, :, None] * w["w"] + n[:, :, None], {"n": n}


def rank3_input(x, s, c, w):
    n = s["s"] + x["x"]
    return tf.transpose(n, [0, 2, 1, 3]), {"s": n}


def nested_inputs(x, s, c, w):
    h = 0.5 * s["h"] + (x["a"] @ w["W"]) * x["b"]
    return h, {"h": h}


def one_constant(x, s, c, w):
    h = 0.5 * s["h"] + x["x"]
    return h + c["c"], {"h": h}


def two_constants(x, s, c, w):
    h = tf.tanh(x["x"] @ w["W"] + s["h"] @ w["U"] + c["c0"]) + c["c1"]
    k = 0.5 * s["k"] - s["h"] * c["c1"]
    return h + k, {"h": h, "k": k}


def attention(x, s, c, w):
    a = tf.nn.softmax(tf.einsum("bij,bj->bi", c["m"], s["h"]))
    h = tf.tanh(x["x"] @ w["W"] + s["h"] @ w["U"] + tf.einsum("bi,bij->bj", a, c["m"]))
    return h, {"h": h}


def stateless(x, s, c, w):
    return x["x"] @ w["W"], {}


def peak(x, s, c, w):
    above = tf.logical_and(x["x"] > s["m"], tf.logical_not(x["x"] > 2))
    m = tf.where(above, x["x"], s["m"])
    n = tf.where(above, 0, s["n"] + 1)
    return tf.maximum(m, 0) - tf.minimum(x["x"], 0), {"m": m, "n": n}


def count(x, s, c, w):
    return s["n"] + 1, {"s": s["s"] + x["x"], "n": s["n"] + 1}


def decay(x, s, c, w):
    p = w["r"][0] * s["p"] + (1 - w["r"][0]) * x["x"]
    q = w["r"][1] * s["q"] + (1 - w["r"][1]) * x["x"] ** 2
    return p / tf.sqrt(tf.abs(q) + 0.1), {"p": p, "q": q}


def scalar_state(x, s, c, w):
    n = 0.5 * s["s"] + x["x"][:, 0]
    return n, {"s": n}


def layer_norm_rnn(x, s, c, w):
    z = x["x"] @ w["W"] + s["h"] @ w["U"]
    d = z - tf.reduce_mean(z, axis=-1, keepdims=True)
    v = tf.reduce_mean(d * d, axis=-1, keepdims=True)
    h = tf.tanh(w["g"] * d / tf.sqrt(v + 0.01))
    return h, {"h": h}


CELLS = {
    "acc": Cell(acc, {"x": (2,)}, {"s": (2,)}),
    "ident": Cell(ident, {"x": (1,)}, {"s": (1,)}),
    "simple_rnn": Cell(simple_rnn, {"x": (3,)}, {"h": (4,)}, weights={"W": (3, 4), "U": (4, 4), "b": (4,)}),
    "simple_rnn_f64": Cell(simple_rnn, {"x": (3,)}, {"h": (4,)}, weights={"W": (3, 4), "U": (4, 4), "b": (4,)},
                           dtype="float64"),
    "lstm": Cell(lstm, {"x": (2,)}, {"h": (3,), "c": (3,)}, weights={"W": (2, 12), "U": (3, 12), "b": (12,)}),
    "gru": Cell(gru, {"x": (4,)}, {"h": (3,)}, weights={"W": (4, 9), "U": (3, 9), "b": (2, 9)}),
    "gru_reset_before": Cell(
        gru_reset_before, {"x": (5,)}, {"h": (2,)},
        weights={"W": (5, 6), "Uz": (2, 2), "Ur": (2, 2), "Un": (2, 2), "b": (6,)}),
    "two_outputs": Cell(two_outputs, {"x": (3,)}, {"s": (3,)}),
    "two_widths": Cell(two_widths, {"x": (2,)}, {"y": (3,), "w": (5,)}, weights={"A": (2, 3), "B": (5, 3)}),
    "rank2_state": Cell(rank2_state, {"x": (4,)}, {"s": (3, 4)}),
    "rank2_output": Cell(rank2_output, {"x": (3,)}, {"n": (1,)}, weights={"w": (2,)}),
    "rank3_input": Cell(rank3_input, {"x": (2, 2, 1)}, {"s": (2, 2, 1)}),
    "nested_inputs": Cell(nested_inputs, {"a": (2,), "b": (3,)}, {"h": (3,)}, weights={"W": (2, 3)}),
    "one_constant": Cell(one_constant, {"x": (2,)}, {"h": (2,)}, constants={"c": (2,)}),
    "two_constants": Cell(two_constants, {"x": (2,)}, {"h": (3,), "k": (3,)}, constants={"c0": (3,), "c1": (3,)},
                          weights={"W": (2, 3), "U": (3, 3)}),
    "attention": Cell(attention, {"x": (2,)}, {"h": (3,)}, constants={"m": (5, 3)},
                      weights={"W": (2, 3), "U": (3, 3)}),
    "stateless": Cell(stateless, {"x": (4,)}, {}, weights={"W": (4, 2)}),
    "peak": Cell(peak, {"x": (3,)}, {"m": (3,), "n": (3,)}, integers=("n",)),
    "count": Cell(count, {"x": (2,)}, {"s": (2,), "n": (1,)}, integers=("n",)),
    "decay_f64": Cell(decay, {"x": (3,)}, {"p": (3,), "q": (3,)}, weights={"r": (2,)}, dtype="float64"),
    "scalar_state": Cell(scalar_state, {"x": (1,)}, {"s": ()}),
    "layer_norm_rnn": Cell(layer_norm_rnn, {"x": (3,)}, {"h": (5,)}, weights={"W": (3, 5), "U": (5, 5), "g": (5,)}),
}


# ---- drawing -----------------------------------------------------------------------------------------------------

def draw_mask(rng, kind, B, T):
    """A boolean (B, T) mask of a kind."""
    if kind == "holes":
        return rng.random((B, T)) < 0.6
    if kind == "padded":
        return np.arange(T) < rng.integers(0, T + 1, (B, 1))
    if kind == "one sample off":
        mask = rng.random((B, T)) < 0.7
        mask[rng.integers(B)] = False
        return mask
    if kind == "all on":
        return np.ones((B, T), bool)
    raise ValueError(kind)


def as_dtype(rng, mask, dtype):
    """The same mask in a dtype; "on" is anything but 0."""
    if dtype == "bool":
        return mask
    on = [1, 1, 2, -3] if dtype == "int32" else [1, 1, 0.5, -1]
    return np.where(mask, rng.choice(on, mask.shape), 0).astype(dtype)


def draw_options(rng, cell_name, cell):
    """The arguments of one case; what tf_keras and Rondo understand differently is drawn again."""
    while True:
        o = {
            "B": int(rng.choice([1, 2, 3, 17], p=[0.25, 0.25, 0.25, 0.25])),
            "T": int(rng.choice([1, 2, 7, 33], p=[0.15, 0.15, 0.45, 0.25])),
            "go_backwards": bool(rng.random() < 0.5),
            "time_major": bool(rng.random() < 0.3),
            "zero_output_for_mask": bool(rng.random() < 0.4),
            "mask": str(rng.choice(["none", "holes", "padded", "one sample off", "all on"],
                                   p=[0.4, 0.28, 0.15, 0.12, 0.05])),
            "mask_dtype": str(rng.choice(["bool", "int32", "float32"], p=[0.6, 0.2, 0.2])),
            "mask_rank": int(rng.choice([2, 3], p=[0.7, 0.3])),
            "input_length": str(rng.choice(["none", "T", "more than T", "vector"], p=[0.55, 0.08, 0.07, 0.3])),
            "poison": bool(rng.random() < 0.35),
        }
        masked = o["mask"] != "none"
        lengths = o["input_length"] == "vector"
        if not cell.states and (masked or lengths):
            continue
        if masked and any(shape == () for shape in cell.states.values()):
            continue
        if masked and lengths and rng.random() < 0.6:
            continue  # both at once is rare
        return o


def draw_lengths(rng, o):
    """Lengths that both understand alike: forward any; backward the longest is T, unless a mask overrides them."""
    B, T = o["B"], o["T"]
    high = T + 3 if not o["go_backwards"] else T
    lengths = rng.integers(0, high + 1, B)
    if o["go_backwards"]:
        lengths[rng.integers(B)] = T
    return lengths.astype("int32")


def draw_values(rng, shape, dtype):
    if dtype == "int32":
        return rng.integers(0, 5, shape).astype("int32")
    return rng.normal(size=shape).astype(dtype)


def draw_weights(rng, name, cell):
    if name == "decay_f64":
        return {"r": np.array([0.9, 0.75])}
    return {n: (0.5 * rng.normal(size=shape)).astype(cell.dtype) for n, shape in cell.weights.items()}


# ---- one case ----------------------------------------------------------------------------------------------------

def only(values):
    """A single value goes in bare, several as a dict."""
    return next(iter(values.values())) if len(values) == 1 else values


def named(values):
    return values if isinstance(values, dict) else {"": values}


def run(cell, o, arrays):
    """tf_keras.backend.rnn on the arrays of one case."""
    tensors = {part: {n: tf.constant(a) for n, a in arrays[part].items()}
               for part in ("inputs", "states", "constants", "weights")}

    def step(x, flat):
        x = x if isinstance(x, dict) else {next(iter(cell.inputs)): x}
        s = dict(zip(cell.states, flat))
        c = dict(zip(cell.constants, flat[len(cell.states):]))
        output, new = cell.step(x, s, c, tensors["weights"])
        return output, [new[n] for n in cell.states]

    length = arrays["input_length"]
    last, outputs, states = K.rnn(
        step,
        only(tensors["inputs"]),
        list(tensors["states"].values()),
        go_backwards=o["go_backwards"],
        mask=None if arrays["mask"] is None else tf.constant(arrays["mask"]),
        constants=list(tensors["constants"].values()) or None,
        unroll=False,
        input_length=tf.constant(length) if isinstance(length, np.ndarray) else length,
        time_major=o["time_major"],
        zero_output_for_mask=o["zero_output_for_mask"])
    return {
        "last_output": {n: v.numpy() for n, v in named(last).items()},
        "outputs": {n: v.numpy() for n, v in named(outputs).items()},
        "states": {n: v.numpy() for n, v in zip(cell.states, states)},
    }


def make_case(rng, cell, weights, o):
    B, T = o["B"], o["T"]
    arrays = {
        "inputs": {n: draw_values(rng, (B, T) + shape, cell.dtype) for n, shape in cell.inputs.items()},
        "states": {n: draw_values(rng, (B,) + shape, "int32" if n in cell.integers else cell.dtype)
                   for n, shape in cell.states.items()},
        "constants": {n: draw_values(rng, (B,) + shape, cell.dtype) for n, shape in cell.constants.items()},
        "weights": weights,
        "mask": None,
        "input_length": None,
    }
    if rng.random() < 0.4:
        arrays["states"] = {n: np.zeros_like(a) for n, a in arrays["states"].items()}

    off = np.zeros((B, T), bool)
    if o["mask"] != "none":
        keep = draw_mask(rng, o["mask"], B, T)
        off = ~keep
        mask = as_dtype(rng, keep, o["mask_dtype"])
        arrays["mask"] = mask[..., None] if o["mask_rank"] == 3 else mask
    if o["input_length"] == "vector":
        arrays["input_length"] = draw_lengths(rng, o)
        if o["mask"] == "none":
            off = np.arange(T) >= arrays["input_length"][:, None]
    elif o["input_length"] != "none":
        arrays["input_length"] = T if o["input_length"] == "T" else T + int(rng.integers(1, 5))

    o["poison"] = o["poison"] and bool(off.any())
    if o["poison"]:
        for x in arrays["inputs"].values():
            x[off] = rng.choice([np.nan, np.inf, -np.inf], x[off].shape)

    if o["time_major"]:
        arrays["inputs"] = {n: np.ascontiguousarray(np.swapaxes(a, 0, 1)) for n, a in arrays["inputs"].items()}
        if arrays["mask"] is not None:
            arrays["mask"] = np.ascontiguousarray(np.swapaxes(arrays["mask"], 0, 1))
    return arrays


def title(cell_name, o):
    parts = [cell_name]
    parts += [flag for flag in ("go_backwards", "time_major", "zero_output_for_mask") if o[flag]]
    if o["mask"] != "none":
        parts.append(f"mask {o['mask']} ({o['mask_dtype']}, rank {o['mask_rank']})")
    if o["input_length"] != "none":
        parts.append("lengths" if o["input_length"] == "vector" else f"input_length {o['input_length']}")
    if o["poison"]:
        parts.append("poisoned")
    return ", ".join(parts) + f", B={o['B']} T={o['T']}"


def check(case, o, expected):
    """What holds for every answer: the last output is the last of the outputs, and no poison comes through."""
    for n, outputs in expected["outputs"].items():
        last = outputs[-1] if o["time_major"] else outputs[:, -1]
        np.testing.assert_array_equal(last, expected["last_output"][n], err_msg=case)
    for part in expected.values():
        for a in part.values():
            assert np.isfinite(a).all(), case


def main():
    rng = np.random.default_rng(SEED)
    stored, cases = {}, []
    weights = {name: draw_weights(rng, name, cell) for name, cell in CELLS.items()}
    for name, arrays in weights.items():
        stored.update({f"{name}/{n}": a for n, a in arrays.items()})

    for i in range(CASES):
        name = list(CELLS)[i % len(CELLS)]
        cell = CELLS[name]
        o = draw_options(rng, name, cell)
        arrays = make_case(rng, cell, weights[name], o)
        expected = run(cell, o, arrays)
        text = f"{i:03d} {title(name, o)}"
        check(text, o, expected)

        def put(key, array):
            stored[f"{i}/{key}"] = array
            return f"{i}/{key}"

        length = arrays["input_length"]
        cases.append({
            "name": text, "cell": name, "dtype": cell.dtype, "B": o["B"], "T": o["T"],
            "go_backwards": o["go_backwards"], "time_major": o["time_major"],
            "zero_output_for_mask": o["zero_output_for_mask"],
            "mask": None if arrays["mask"] is None else put("mask", arrays["mask"]),
            "input_length": put("input_length", length) if isinstance(length, np.ndarray) else length,
            **{part: {n: put(n, a) for n, a in arrays[part].items()} for part in ("inputs", "states", "constants")},
            "weights": {n: f"{name}/{n}" for n in cell.weights},
            "expected": {part: {n: put(f"{part}.{n}" if n else part, a) for n, a in values.items()}
                         for part, values in expected.items()},
        })

    np.savez_compressed(HERE / "rnn.npz", **stored)
    with open(HERE / "rnn.json", "w", encoding="ascii") as out:
        out.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases, {len(stored)} arrays, {(HERE / 'rnn.npz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
