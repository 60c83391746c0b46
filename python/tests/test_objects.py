"""What `save_object` writes is what a C program links."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

import rondo
from loop import assert_close

W = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)
SPECS = rondo.ArraySpec((None, None, 4)), [rondo.ArraySpec((None, 3))]


def step(x, states):
    h = np.tanh(x @ W) + 0.5 * states[0]
    return h, [h]


def test_a_c_program_gets_the_same_bits(tmp_path):
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler")
    compiled = rondo.compile(step, *SPECS)
    files = compiled.save_object(tmp_path / "smoother", cpu="native")
    assert files == [str(tmp_path / "smoother.o"), str(tmp_path / "smoother.h")]
    header = (tmp_path / "smoother.h").read_text()
    assert "smoother_run" in header and "initial_s0" in header
    (tmp_path / "main.c").write_text("""
#include <stdlib.h>

#include "smoother.h"

int run(int64_t batch, int64_t time, const float* x, const float* s0, float* output, float* last, float* state) {
  void* workspace = aligned_alloc(64, (size_t)(smoother_workspace_bytes(batch) + 63) / 64 * 64);
  smoother_arrays arrays;
  int32_t status;
  smoother_set_dense(&arrays, batch, time);
  arrays.x.data = x;
  arrays.initial_s0.data = s0;
  arrays.output.data = output;
  arrays.last_output.data = last;
  arrays.final_s0.data = state;
  status = smoother_run(&arrays, batch, time, workspace);
  free(workspace);
  return status;
}
""")
    done = subprocess.run(["cc", "-std=c11", "-Wall", "-Werror", "-shared", "-fPIC", "-o", tmp_path / "lib.so",
                           tmp_path / "main.c", tmp_path / "smoother.o"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rng = np.random.default_rng(7)
    x, s0 = rng.standard_normal((2, 5, 4)).astype(np.float32), rng.standard_normal((2, 3)).astype(np.float32)
    last, state, outputs = np.empty((2, 3), np.float32), np.empty((2, 3), np.float32), np.empty((2, 5, 3), np.float32)
    arrays = [array.ctypes.data_as(ctypes.c_void_p) for array in (x, s0, outputs, last, state)]
    assert ctypes.CDLL(str(tmp_path / "lib.so")).run(ctypes.c_int64(2), ctypes.c_int64(5), *arrays) == 0
    assert_close((last, outputs, [state]), compiled(x, [s0]), 0)


def test_other_machines_and_other_files(tmp_path):
    compiled = rondo.compile(step, *SPECS, mask=True)
    files = compiled.save_object(tmp_path / "s", target="aarch64-linux-gnu", emit=["asm", "llvm"], weights=False)
    assert [name[-2:] for name in files] == [".s", "ll"]
    assert "fmla" in (tmp_path / "s.s").read_text()


@pytest.mark.parametrize("options, word", [
    ({"prefix": "9-9"}, "name"), ({"emit": ["exe"]}, "exe"), ({"target": "nowhere"}, "nowhere"),
    ({"cpu": "nothing"}, "nothing"), ({"prefix": "no/such/folder/s"}, "no/such/folder")])
def test_errors(tmp_path, monkeypatch, options, word):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=word):
        rondo.compile(step, *SPECS).save_object(**({"prefix": "s"} | options))
