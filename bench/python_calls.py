"""What a call from Python costs: rondo.rnn, a compiled object, a step of a stream, beside jax.jit and ONNX Runtime.

    ./x python bench/python_calls.py      prints the table of docs/python.md; installs the peers in build/bench-env

The cells are so small, and the sequences so short, that little but the call is timed. One thread; the best of 20 rounds,
in microseconds. Every peer is held to numpy's answer before it is timed.
"""

from __future__ import annotations

import importlib.util
import os
import pathlib
import sys
import timeit
from typing import Any, Callable

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("RONDO_BUILD", ROOT / "build"))

if importlib.util.find_spec("jax") is None:  # again, with a Python that has the peers
    sys.path.insert(0, str(ROOT / "bench" / "peers"))
    import environment
    folder = environment.python_environment(BUILD, "bench-env", ROOT / "bench" / "peers" / "requirements.txt")
    os.execve(folder / "bin" / "python", ["python", *sys.argv],
              environment.one_thread() | {"PYTHONPATH": str(BUILD / "python")})

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import onnx.helper  # noqa: E402
import onnxruntime  # noqa: E402

import rondo  # noqa: E402

FEATURES, UNITS = 8, 16
rng = np.random.default_rng(1)
W = (rng.standard_normal((FEATURES, 4 * UNITS)) / 3).astype(np.float32)
R = (rng.standard_normal((UNITS, 4 * UNITS)) / 4).astype(np.float32)
V, U = W[:, :UNITS].copy(), R[:, :UNITS].copy()


def simple_rnn(lib: Any) -> Callable:
    def step(x, states):
        h = lib.tanh(x @ V + states[0] @ U)
        return h, [h]
    return step


def lstm(lib: Any) -> Callable:
    def step(x, states):
        h, c = states
        i, f, n, o = lib.split(x @ W + h @ R, 4, axis=-1)
        c = c / (1 + lib.exp(-f)) + lib.tanh(n) / (1 + lib.exp(-i))
        h = lib.tanh(c) / (1 + lib.exp(-o))
        return h, [h, c]
    return step


def loop(step: Callable, x: np.ndarray, states: list) -> np.ndarray:
    outputs = []
    for t in range(x.shape[1]):
        y, states = step(x[:, t], states)
        outputs.append(y)
    return np.stack(outputs, axis=1)


def with_jax(step: Callable) -> Callable:
    @jax.jit
    def run(x, states):
        def body(carry, x):
            y, new = step(x, carry)
            return tuple(new), y
        states, outputs = jax.lax.scan(body, states, x.swapaxes(0, 1))
        return outputs.swapaxes(0, 1), states
    return run


def with_onnx(kind: str) -> Callable:
    """The operator of that kind; ONNX has the gates of an LSTM in the order i, o, f, c."""
    kernel, recurrent = (V, U) if kind == "RNN" else (W, R)
    order = [0] if kind == "RNN" else [0, 3, 1, 2]
    gates = lambda a: np.concatenate([np.split(a, len(order), axis=-1)[g] for g in order], axis=-1).T[None]  # noqa: E731
    names = ["h0"] if kind == "RNN" else ["h0", "c0"]
    info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(kind, ["x", "W", "R", "", "", *names], ["y"], hidden_size=UNITS)], kind,
        [info(name, 1, None) for name in ("x", *names)], [info("y", 1, None)],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(gates(weight)), name)
         for name, weight in (("W", kernel), ("R", recurrent))])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 14)], ir_version=8).SerializeToString(),
        options)
    return lambda x, states: session.run(None, {"x": x} | dict(zip(names, states)))[0]


def microseconds(call: Callable) -> float:
    number = max(1, int(2e-2 / min(timeit.repeat(call, number=10, repeat=3)) * 10))
    return min(timeit.repeat(call, number=number, repeat=20)) / number * 1e6


def measure(name: str, make: Callable, kind: str, count: int, time: int) -> list[str]:
    """A row of the table."""
    x = rng.standard_normal((1, time, FEATURES)).astype(np.float32)
    states = [np.zeros((1, UNITS), np.float32) for _ in range(count)]
    wanted = loop(make(np), x, states)
    step = make(np)
    compiled, run, session = rondo.compile(step, x, states), with_jax(make(jnp)), with_onnx(kind)
    stream, first = compiled.stream(1, states), np.ascontiguousarray(x[:, 0])
    on_device = jnp.asarray(x), tuple(map(jnp.asarray, states))
    turned, stacked = np.ascontiguousarray(x.swapaxes(0, 1)), [state[None] for state in states]
    calls = {
        "rondo.rnn": (lambda: rondo.rnn(step, x, states)[1], wanted),
        "compiled": (lambda: compiled(x, states)[1], wanted),
        "stream": (lambda: stream(first), None),
        "jax.jit": (lambda: run(*on_device)[0].block_until_ready(), wanted),
        "jax.jit of numpy": (lambda: np.asarray(run(x, tuple(states))[0]), wanted),
        "onnxruntime": (lambda: session(turned, stacked), wanted.swapaxes(0, 1)[:, None]),
    }
    for peer, (call, answer) in calls.items():
        if answer is not None and not np.allclose(call(), answer, atol=1e-5):
            raise SystemExit(f"{peer} gives another answer for {name}")
    return [name, str(time), *(f"{microseconds(call):.1f}" for call, _ in calls.values())]


def main() -> None:
    rows = [measure(*case, time) for case in (("SimpleRNN", simple_rnn, "RNN", 1), ("LSTM", lstm, "LSTM", 2))
            for time in (1, 16)]
    header = ["cell", "steps", "`rondo.rnn`", "compiled", "one step of a stream", "`jax.jit`",
              "`jax.jit` of numpy arrays", "ONNX Runtime"]
    for row in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(row) + " |")
    versions = ", ".join(f"{each.__name__} {each.__version__}" for each in (jax, onnxruntime, np))
    print(f"\n{rondo._rondo.target()}; {versions}")


if __name__ == "__main__":
    main()
