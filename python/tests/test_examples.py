"""The tutorial does what its page says, down to the C program."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "numpy_to_c"


def test_from_numpy_to_c(tmp_path):
    done = subprocess.run([sys.executable, EXAMPLE / "follower.py", tmp_path], capture_output=True, text=True, check=False,
                          env=os.environ)
    assert done.returncode == 0, done.stderr
    assert "while masked, the level holds: True" in done.stdout and "the stream has the same bits: True" in done.stdout
    shown = re.search(r"cell follow\(\) \{.*?\n\}\n", done.stdout, re.DOTALL).group()
    assert shown in (EXAMPLE / "README.md").read_text()
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler")
    program = tmp_path / "follower"
    compiled = subprocess.run(["cc", "-O2", "-Wall", "-Werror", f"-I{tmp_path}", "-o", program, EXAMPLE / "follower.c",
                               tmp_path / "follower.o"], capture_output=True, text=True, check=False)
    assert compiled.returncode == 0, compiled.stderr
    answer = subprocess.run([program], input=(tmp_path / "readings.txt").read_text(), capture_output=True, text=True,
                            check=True)
    found = np.array([line.split() for line in answer.stdout.splitlines()], np.float32)
    np.testing.assert_array_equal(found, np.loadtxt(tmp_path / "expected.txt", dtype=np.float32))


def test_the_step_function_of_the_page_is_that_of_the_program():
    pages = [re.search(r"def follow\(.*?\[level, spread\]\n", (EXAMPLE / name).read_text(), re.DOTALL).group()
             for name in ("README.md", "follower.py")]
    assert pages[0] == pages[1]
