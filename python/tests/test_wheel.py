"""The wheel, installed in an empty environment, is the package. RONDO_WHEELS names the folder that it lies in."""

import os
import pathlib
import subprocess
import sys
import sysconfig
import zipfile

import pytest

FOLDER = os.environ.get("RONDO_WHEELS")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="./x test --with-tensorflow builds a wheel")


@pytest.fixture
def wheel():
    found, = pathlib.Path(FOLDER).glob("rondo-*.whl")
    return found


def test_what_is_in_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    package = pathlib.Path(__file__).parents[1] / "rondo"
    sources = {f"rondo/{path.relative_to(package)}" for path in package.rglob("*.py")}
    assert sources | {"rondo/py.typed", "rondo/_rondo.pyi", "rondo/_rondo" + sysconfig.get_config_var("EXT_SUFFIX")} == {
        name for name in names if name.startswith("rondo/")}
    assert "Requires-Dist: numpy>=1.24" in metadata and "Requires-Python: >=3.11" in metadata


PROGRAM = """
import numpy as np, rondo
assert rondo.__file__.startswith({folder!r}), rondo.__file__
x = np.ones((2, 3, 4), np.float32)
last, outputs, (state,) = rondo.rnn(lambda x, s: (x + s[0], [s[0] + np.cumsum(x, axis=1)]), x, [np.zeros((2, 4), np.float32)])
assert last.tolist() == [[3, 5, 7, 9]] * 2 and outputs.shape == (2, 3, 4)
print(rondo.__version__)
"""


def test_installed_it_runs(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", wheel], check=True)
    packages = pathlib.Path(subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True,
        check=True).stdout.strip())
    (packages / "numpy.pth").write_text(sysconfig.get_path("purelib"))  # what it requires is taken from this environment
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, "-c", PROGRAM.format(folder=str(tmp_path))], capture_output=True, text=True, cwd=tmp_path,
                          check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == wheel.name.split("-")[1]
