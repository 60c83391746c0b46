"""Rondo shares a process with other libraries, some of which have an LLVM of their own, whoever comes first."""

import importlib.util
import subprocess
import sys

import pytest

OTHERS = {
    "numba": "assert numba.njit(lambda x: x * 2)(21) == 42",
    "tensorflow": "assert tensorflow.function(lambda x: x * 2, jit_compile=True)(21).numpy() == 42",
    "jax": "assert jax.jit(lambda x: x * 2)(21) == 42",
    "torch": "assert (torch.ones(2) * 2).sum() == 4",
}

RONDO = """
import numpy as np
x = np.ones((1, 3, 2), np.float32)
assert rondo.rnn(lambda x, s: (np.tanh(s[0] + x), [s[0] + x]), x, [x[:, 0]])[2][0][0, 0] == 4
"""


CODE = OTHERS | {"rondo": RONDO}


def run_in_one_process(names):
    """Imports all in that order, then uses each, then each again in the other order."""
    program = "\n".join([*(f"import {name}" for name in names), *(CODE[name] for name in names),
                         *(CODE[name] for name in reversed(names))])
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "leaked" not in done.stderr


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("rondo_first", [True, False])
def test_two_in_one_process(other, rondo_first):
    if importlib.util.find_spec(other) is None:
        pytest.skip(f"{other} is not installed")
    run_in_one_process(["rondo", other] if rondo_first else [other, "rondo"])


@pytest.mark.parametrize("order", [
    "rondo numba tensorflow jax torch", "torch jax tensorflow numba rondo", "numba tensorflow rondo torch jax",
    "tensorflow torch rondo jax numba", "jax rondo numba torch tensorflow"])
def test_all_in_one_process(order):
    missing = [name for name in OTHERS if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    run_in_one_process(order.split())


def test_refusals_leave_nothing_behind_that_is_reported():
    """numpy's `add.reduce` loses a reference to its operand where that raises."""
    program = """
import numpy as np, rondo
try:
    rondo.rnn(lambda x, s: (np.add.reduce(x, axis=1, initial=1), []), np.ones((1, 1, 2), np.float32), [])
except rondo.CompileError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "initial=" in done.stdout and done.stderr == ""


@pytest.mark.parametrize("name", ["torch", "tensorflow", "jax"])
def test_arrays_of_other_libraries(name):
    library = pytest.importorskip(name)
    import numpy as np

    import rondo
    x, h, w = np.ones((2, 3, 4), np.float32), np.zeros((2, 4), np.float32), np.eye(4, dtype=np.float32)
    make = {"torch": lambda a: library.from_dlpack(a), "tensorflow": lambda a: library.constant(a),
            "jax": lambda a: library.numpy.asarray(a)}[name]
    weight, gain = make(w), make(np.full((1, 4), 2, np.float32))

    def step(x, states):
        h, gain = states
        h = h + x @ weight * gain
        return h, [h]
    def check(last, outputs, states):
        assert type(last) is np.ndarray and (last == 6).all() and outputs.shape == (2, 3, 4)
    check(*rondo.rnn(step, make(x), [make(h)], mask=make(np.ones((2, 3), np.float32)), constants=[gain]))
    check(*rondo.rnn(step, make(x), [make(h)], input_length=make(np.array([3, 3], np.int32)), constants=[gain]))
    compiled = rondo.compile(step, make(x), [make(h)], constants=[gain])
    check(*compiled(make(x), [make(h)]))
    assert (compiled.stream(2, [make(h)]).block(make(x))[:, -1] == 6).all()
    with pytest.raises(ValueError, match="float16"):
        rondo.rnn(step, make(x.astype(np.float16)), [make(h)], constants=[gain])
