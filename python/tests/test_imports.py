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


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("rondo_first", [True, False])
def test_in_one_process(other, rondo_first):
    if importlib.util.find_spec(other) is None:
        pytest.skip(f"{other} is not installed")
    names = ["rondo", other] if rondo_first else [other, "rondo"]
    code = {"rondo": RONDO, other: OTHERS[other]}
    program = "\n".join([*(f"import {name}" for name in names), *(code[name] for name in names),
                         *(code[name] for name in reversed(names))])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("name", ["torch", "tensorflow", "jax"])
def test_arrays_of_other_libraries(name):
    library = pytest.importorskip(name)
    import numpy as np

    import rondo
    x, h, w = np.ones((2, 3, 4), np.float32), np.zeros((2, 4), np.float32), np.eye(4, dtype=np.float32)
    make = {"torch": lambda a: library.from_numpy(a), "tensorflow": lambda a: library.constant(a),
            "jax": lambda a: library.numpy.asarray(a)}[name]
    weight = make(w)

    def step(x, states):
        h = states[0] + x @ weight
        return h, [h]
    last, outputs, states = rondo.rnn(step, make(x), [make(h)], mask=make(np.ones((2, 3), np.float32)))
    assert type(last) is np.ndarray and (last == 3).all() and outputs.shape == (2, 3, 4)
