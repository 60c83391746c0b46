"""Peers written in C++ (bench/peers/native) for the LSTM and the GRU, through the interface of recurrent_peer.h."""

from __future__ import annotations

import ctypes

import numpy as np

from jobs import Job, arrays_of
from peer import Peer, Unsupported, Variant


class Native(Peer):
    def __init__(self, library: str, version: str | None, variants: list[str]):
        self._library = library_ = ctypes.CDLL(library)
        self._variants = variants
        if version is None:
            library_.peer_version.restype = ctypes.c_char_p
            version = library_.peer_version().decode()
        self._version = version
        library_.peer_create.restype = ctypes.c_void_p
        library_.peer_create.argtypes = [ctypes.c_char_p, ctypes.c_int, *[ctypes.c_int64] * 4, *[ctypes.c_void_p] * 4]
        library_.peer_free.argtypes = [ctypes.c_void_p]
        for function in (library_.peer_run, library_.peer_step):
            function.restype = ctypes.c_double
            function.argtypes = [ctypes.c_void_p, ctypes.c_int64]
        library_.peer_outputs.restype = ctypes.POINTER(ctypes.c_float)
        library_.peer_outputs.argtypes = [ctypes.c_void_p]

    def version(self) -> str:
        return self._version

    def prepare(self, job: Job) -> list[Variant]:
        if job.cell not in ("lstm", "gru") or job.mask or job.go_backwards or job.dtype != "f32":
            raise Unsupported("it has LSTM and GRU in f32, forwards and without masks")
        made = (self._variant(job, number) for number in range(len(self._variants)))
        return [variant for variant in made if variant is not None]

    def _variant(self, job: Job, number: int) -> Variant | None:
        arrays = arrays_of(job)
        given = [arrays.weights["W"], arrays.weights["U"], arrays.weights["b"],
                 np.ascontiguousarray(arrays.x.swapaxes(0, 1))]
        handle = self._library.peer_create(job.cell.encode(), number, job.batch, job.time, job.sizes["features"],
                                           job.sizes["units"], *(array.ctypes.data for array in given))
        if not handle:
            return None
        holder = _Holder(self._library, handle)
        function = self._library.peer_step if job.mode == "step" else self._library.peer_run

        def outputs() -> np.ndarray:
            shape = (job.time, job.batch, job.sizes["units"])
            found = np.ctypeslib.as_array(self._library.peer_outputs(holder.handle), shape)
            return found.swapaxes(0, 1).copy()

        return Variant(self._variants[number], lambda calls: function(holder.handle, calls),
                       None if job.mode == "step" else outputs)


class _Holder:
    """Frees what C++ made when the last variant that uses it goes."""

    def __init__(self, library: ctypes.CDLL, handle: int):
        self._library, self.handle = library, handle

    def __del__(self):
        self._library.peer_free(self.handle)


def make(library: str, version: str | None = None, variants: list[str] = []) -> Peer:
    return Native(library, version, variants)
