"""Rondo itself, through bench/rondo_library.cpp."""

from __future__ import annotations

import ctypes
import pathlib
import subprocess
import tempfile

import numpy as np

import cells
from jobs import Arrays, Job, arrays_of
from peer import Peer, Variant, repeated


class Library:
    """The shared library with its signatures."""

    def __init__(self, path: str):
        self._library = library = ctypes.CDLL(path)
        library.rondo_bench_error.restype = ctypes.c_char_p
        library.rondo_bench_compile.restype = ctypes.c_void_p
        library.rondo_bench_compile.argtypes = [ctypes.c_char_p] * 3
        library.rondo_bench_free.argtypes = [ctypes.c_void_p]
        library.rondo_bench_bind.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int,
            ctypes.POINTER(ctypes.c_int64), ctypes.c_void_p]
        for function in (library.rondo_bench_run, library.rondo_bench_step):
            function.restype = ctypes.c_double
            function.argtypes = [ctypes.c_void_p, ctypes.c_int64]
        library.rondo_bench_outputs.restype = ctypes.c_bool
        library.rondo_bench_outputs.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
        library.rondo_bench_compile_milliseconds.restype = ctypes.c_double
        library.rondo_bench_compile_milliseconds.argtypes = [ctypes.c_void_p]
        library.rondo_bench_code_bytes.restype = ctypes.c_int64
        library.rondo_bench_code_bytes.argtypes = [ctypes.c_void_p]
        library.rondo_bench_target.restype = ctypes.c_char_p

    def __getattr__(self, name: str):
        return getattr(self._library, f"rondo_bench_{name}")

    def error(self) -> RuntimeError:
        return RuntimeError(self._library.rondo_bench_error().decode())


class Kernel:
    """A compiled cell with its arrays bound."""

    def __init__(self, library: Library, text: str, sizes: dict[str, int], options: dict[str, str]):
        self._library = library

        def words(pairs):
            return " ".join(f"{name}={value}" for name, value in pairs.items()).encode()

        self._handle = library.compile(text.encode(), words(sizes), words(options))
        if not self._handle:
            raise library.error()

    def __del__(self):
        if getattr(self, "_handle", None):
            self._library.free(self._handle)

    def bind(self, role: str, name: str, array: np.ndarray) -> None:
        array = np.ascontiguousarray(array)
        word = {"float32": "f32", "float64": "f64", "bool": "bool"}[array.dtype.name]
        dims = (ctypes.c_int64 * array.ndim)(*array.shape)
        self._library.bind(self._handle, role.encode(), name.encode(), word.encode(), array.ndim, dims,
                           array.ctypes.data)

    def run(self, calls: int) -> float:
        return self._timed(self._library.run, calls)

    def step(self, steps: int) -> float:
        return self._timed(self._library.step, steps)

    def _timed(self, function, calls: int) -> float:
        seconds = function(self._handle, calls)
        if seconds < 0:
            raise self._library.error()
        return seconds

    def outputs(self, shape: tuple[int, ...], number: type) -> np.ndarray:
        array = np.empty(shape, number)
        if not self._library.outputs(self._handle, array.ctypes.data, array.nbytes):
            raise RuntimeError(f"the outputs are not of shape {shape}")
        return array

    @property
    def facts(self) -> dict[str, float]:
        return {"compile_ms": self._library.compile_milliseconds(self._handle),
                "code_bytes": self._library.code_bytes(self._handle)}


def options_of(job: Job) -> dict[str, str]:
    options = {"batch": str(job.batch)} | dict(job.options)
    if job.mode == "step":
        options["time"] = "1"
    if job.mask:
        options["mask"] = "true"
    if job.go_backwards:
        options["go_backwards"] = "true"
    if job.time_major:
        options["time_major"] = "true"
    return options


class Rondo(Peer):
    def __init__(self, library: str, program: str):
        self._library, self._program = Library(library), program

    def version(self) -> str:
        return f"for {self._library.target().decode()}"

    def prepare(self, job: Job) -> list[Variant]:
        if job.mode == "compile":
            return [self._compilation(job)]
        if job.mode == "cached":
            return [self._from_cache(job)]
        if job.mode == "program":
            return [self._program_run(job)]
        kernel = self._kernel(job)
        arrays = arrays_of(job)
        self._bind(kernel, job, arrays)
        if job.mode == "step":
            return [Variant("one step a call", kernel.step, None, kernel.facts)]

        def outputs() -> np.ndarray:
            leading = (job.time, job.batch) if job.time_major else (job.batch, job.time)
            states = cells.CELLS[job.cell].states(job.sizes)
            width = next(iter(states.values()))  # every cell here emits what has the shape of its first state
            found = kernel.outputs((*leading, *width), job.number)
            return found.swapaxes(0, 1) if job.time_major else found

        return [Variant("time-major" if job.time_major else "batch-major", kernel.run, outputs, kernel.facts)]

    def _kernel(self, job: Job) -> Kernel:
        return Kernel(self._library, cells.text_of(job.cell, job.dtype), job.sizes, options_of(job))

    def _compilation(self, job: Job) -> Variant:
        """Compiling as what is timed: passes, code generation, linking."""

        def repeat(calls: int) -> float:
            return sum(self._kernel(job).facts["compile_ms"] for _ in range(calls)) / 1e3

        return Variant("compile", repeat, None, self._kernel(job).facts)

    def _from_cache(self, job: Job) -> Variant:
        """Passes, and code that was compiled before."""
        folder = tempfile.TemporaryDirectory()

        def kernel() -> Kernel:
            # The folder goes when this function does.
            options = options_of(job) | {"cache": f"{folder.name}/kernels"}
            return Kernel(self._library, cells.text_of(job.cell, job.dtype), job.sizes, options)

        facts = kernel().facts

        def repeat(calls: int) -> float:
            return sum(kernel().facts["compile_ms"] for _ in range(calls)) / 1e3

        return Variant("compile", repeat, None, facts)

    def _program_run(self, job: Job) -> Variant:
        """`rondo run` from start to exit."""
        folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(folder.name)
        arrays = arrays_of(job)
        (path / "cell.rondo").write_text(cells.text_of(job.cell, job.dtype))
        np.save(path / "x.npy", arrays.x)
        np.savez(path / "weights.npz", **arrays.weights)
        command = [self._program, "run", "cell.rondo", "--weights", "weights.npz", "--input", "x.npy", "--out",
                   "out.npz"]

        def call() -> None:
            # The folder goes when this function does.
            subprocess.run(command, cwd=folder.name, check=True, capture_output=True)

        return Variant("rondo run", repeated(call), None)

    @staticmethod
    def _bind(kernel: Kernel, job: Job, arrays: Arrays) -> None:
        def laid(array: np.ndarray) -> np.ndarray:
            return array.swapaxes(0, 1) if job.time_major else array

        kernel.bind("input", "x", laid(arrays.x))
        if arrays.mask is not None:
            kernel.bind("mask", "", laid(arrays.mask))
        for name, array in arrays.weights.items():
            kernel.bind("weight", name, array)
        for name, array in arrays.constants.items():
            kernel.bind("constant", name, array)
        for name, array in arrays.states.items():
            kernel.bind("state", name, array)


def make(library: str, program: str) -> Peer:
    return Rondo(library, program)
