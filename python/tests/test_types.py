"""The package is typed: mypy finds nothing wrong in it, and reveals to those who use it what they work with."""

import os
import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("mypy", reason="installed with ./x test --with-tensorflow")
import rondo  # noqa: E402

PACKAGE = pathlib.Path(rondo.__file__).parent

# The stub of the extension module is made by nanobind: comparisons there give arrays, where `object` gives bool.
SETTINGS = """[mypy]
strict_equality = True
warn_unused_ignores = True
[mypy-rondo._rondo]
ignore_errors = True
[mypy-keras.*,tf_keras.*,tensorflow.*]
ignore_missing_imports = True
"""

CLIENT = """
import numpy as np
import rondo

W = np.ones((3, 4), np.float32)

def step(x: rondo.TracedArray, states: tuple[rondo.TracedArray, ...]) -> tuple[rondo.TracedArray, list[rondo.TracedArray]]:
    h = rondo.ops.tanh(x @ W + 0.5 * states[0])
    reveal_type(h)
    reveal_type((h > 0) / h - h)
    return h, [rondo.ops.where(h == 0, h, -h).sum(axis=-1, keepdims=True)]

compiled = rondo.compile(step, rondo.ArraySpec((None, None, 3)), [rondo.ArraySpec((None, 4))], threads=2)
reveal_type(compiled)
reveal_type(compiled.stream(2).snapshot())
reveal_type(compiled.save_object("prefix"))
reveal_type(rondo.cells.LSTM(W, W).zeros(3))
"""

REVEALED = ["rondo.tracing.TracedArray", "rondo.tracing.TracedArray", "rondo.compiled.Compiled", "bytes", "list[str]",
            "list[Any]"]

MISTAKES = """
import rondo

rondo.rnn(lambda x, s: (x, []), [], [], go_backward=True)
rondo.ArraySpec("shape")
rondo.ops.softmax()
"""


# As for a package that is installed: its own mistakes are not those of who uses it.
OF_CLIENTS = """[mypy]
[mypy-rondo,rondo.*]
follow_imports = silent
[mypy-rondo._rondo]
ignore_errors = True
"""


def mypy(folder, settings, *arguments):
    (folder / "mypy.ini").write_text(settings)
    done = subprocess.run([sys.executable, "-m", "mypy", "--config-file", "mypy.ini", *arguments], cwd=folder, text=True,
                          capture_output=True, check=False, env=os.environ | {"MYPYPATH": str(PACKAGE.parent)})
    return done.returncode, done.stdout + done.stderr


def test_the_package(tmp_path):
    assert (PACKAGE / "_rondo.pyi").exists()
    status, told = mypy(tmp_path, SETTINGS, "-p", "rondo")
    assert status == 0, told


def test_those_who_use_it(tmp_path):
    (tmp_path / "client.py").write_text(CLIENT)
    status, told = mypy(tmp_path, OF_CLIENTS, "--strict", "client.py")
    assert status == 0, told
    assert [line.split('"')[1].replace("builtins.", "") for line in told.splitlines() if "Revealed" in line] == REVEALED


def test_mistakes_are_found(tmp_path):
    (tmp_path / "mistakes.py").write_text(MISTAKES)
    _, told = mypy(tmp_path, OF_CLIENTS, "mistakes.py")
    assert [line.split(":")[1] for line in told.splitlines() if "error:" in line] == ["4", "5", "6"], told
