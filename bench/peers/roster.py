"""The peers: how each is started, and why one is missing."""

from __future__ import annotations

import dataclasses
import glob
import pathlib
import subprocess
import sys
from typing import Any, Callable

import environment
from environment import Missing


@dataclasses.dataclass(frozen=True)
class Entry:
    """How the process of a peer is started."""

    python: str
    module: str
    arguments: dict[str, Any]
    cores: int = 1


def _here(module: str, **arguments: Any) -> Entry:
    return Entry(sys.executable, module, arguments)


def _first_line(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def _rondo(build: pathlib.Path, cores: int = 1) -> Entry:
    library = build / "bench" / "librondo_library.so"
    program = build / "rondo"
    for path in (library, program):
        if not path.exists():
            raise Missing(f"{path.name} is not built: ninja -C {build} rondo rondo_library")
    return dataclasses.replace(_here("peer_rondo", library=str(library), program=str(program)), cores=cores)


def _onednn(build: pathlib.Path) -> Entry:
    prefix = pathlib.Path(sys.prefix)
    library = environment.native_library(build, "onednn.cpp", "g++", "-isystem", str(prefix / "include"),
                                         f"-L{prefix / 'lib'}", "-ldnnl", f"-Wl,-rpath,{prefix / 'lib'}")
    return _here("peer_native", library=str(library), variants=["its own weight layout", "plain weights"])


def _openblas(build: pathlib.Path) -> Entry:
    found = glob.glob(str(pathlib.Path(sys.prefix) / "lib" / "python3*" / "site-packages" / "scipy_openblas32"))
    if not found:
        raise Missing("the package scipy-openblas32 is not installed")
    folder = pathlib.Path(found[0])
    library = environment.native_library(build, "openblas.cpp", "g++", "-isystem", str(folder / "include"),
                                         f"-L{folder / 'lib'}", "-lscipy_openblas", f"-Wl,-rpath,{folder / 'lib'}")
    import scipy_openblas32
    return _here("peer_native", library=str(library), version=scipy_openblas32.__version__,
                 variants=["weights as given", "weights transposed"])


def _fixed_size(build: pathlib.Path, compiler: str) -> Entry:
    library = environment.native_library(build, "fixed_size.cpp", compiler)
    return _here("peer_native", library=str(library), version=_first_line(compiler, "--version"),
                 variants=["blocks of 8 units", "blocks of 16 units"])


def _torch(build: pathlib.Path) -> Entry:
    python = "/usr/bin/python3"
    probe = subprocess.run([python, "-c", "import torch"], capture_output=True, check=False)
    if probe.returncode != 0:
        raise Missing("Debian's python3-torch is not installed")
    return Entry(python, "peer_torch", {})


def _tensorflow(build: pathlib.Path) -> Entry:
    # tf-keras asks for the large TensorFlow, not the one for processors.
    folder = environment.python_environment(build, "bench-env-tensorflow",
                                            environment.HERE / "requirements-tensorflow.txt", "tf-keras==2.21.0")
    return Entry(str(folder / "bin" / "python"), "peer_tensorflow", {})


# In the order of the report's columns. Those of Rondo are in every run.
MAKERS: dict[str, Callable[[pathlib.Path], Entry]] = {
    "rondo": _rondo,
    "rondo on two cores": lambda build: _rondo(build, cores=2),
    "onednn": _onednn,
    "onnxruntime": lambda build: _here("peer_onnx"),
    "jax": lambda build: _here("peer_jax"),
    "torch": _torch,
    "tensorflow": _tensorflow,
    "openblas": _openblas,
    "fixed g++": lambda build: _fixed_size(build, "g++"),
    "fixed clang++": lambda build: _fixed_size(build, "clang++-19"),
    "numba": lambda build: _here("peer_numba"),
    "scipy": lambda build: _here("peer_scipy"),
}

TITLES = {
    "rondo": "Rondo",
    "rondo on two cores": "Rondo on two cores",
    "onednn": "oneDNN",
    "onnxruntime": "ONNX Runtime",
    "jax": "JAX `lax.scan`",
    "torch": "PyTorch",
    "tensorflow": "TensorFlow",
    "openblas": "OpenBLAS per step, vector activations",
    "fixed g++": "C++ of fixed sizes, g++",
    "fixed clang++": "C++ of fixed sizes, clang",
    "numba": "numba",
    "scipy": "scipy `lfilter`",
}
