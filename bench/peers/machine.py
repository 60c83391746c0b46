"""The limits of the core that everything runs on, and what they allow."""

from __future__ import annotations

import ctypes
import dataclasses
import math
import pathlib
import platform
import statistics

import environment
from jobs import Job

KIB, MIB = 1024, 1024 * 1024
WORKING_SETS = [16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, MIB, 2 * MIB, 4 * MIB, 8 * MIB,
                16 * MIB, 32 * MIB, 64 * MIB]


@dataclasses.dataclass
class Limits:
    """Medians over the run."""

    vector_bits: int
    fma_gflops: float
    load_gbytes: dict[int, float]
    lstm_activation_ns: float
    gru_activation_ns: float

    def bandwidth(self, bytes_: float) -> float:
        """Bytes a second for a working set, between the measured ones by proportion of logarithms."""
        sizes = sorted(self.load_gbytes)
        if bytes_ <= sizes[0]:
            return 1e9 * self.load_gbytes[sizes[0]]
        for low, high in zip(sizes, sizes[1:]):
            if bytes_ <= high:
                share = math.log(bytes_ / low) / math.log(high / low)
                return 1e9 * ((1 - share) * self.load_gbytes[low] + share * self.load_gbytes[high])
        return 1e9 * self.load_gbytes[sizes[-1]]

    def microseconds(self, job: Job) -> float:
        """The least time for an LSTM or GRU: the products of the input at the peak of multiply-adds; those of the
        state at that peak, or, where that takes longer, all recurrent weights once a step through the cache; and the
        activations. Waiting for the step before, which rules small cells, is not in it."""
        gates = 3 if job.cell == "gru" else 4
        features, units = job.sizes["features"], job.sizes["units"]
        steps = 1 if job.mode == "step" else job.time
        row_steps = steps * job.batch
        peak = 1e9 * self.fma_gflops
        of_input = 2 * gates * units * features * row_steps / peak
        of_state = 2 * gates * units * units * row_steps / peak
        weights = 4 * gates * units * units
        reading = steps * weights / self.bandwidth(weights)
        each = self.gru_activation_ns if job.cell == "gru" else self.lstm_activation_ns
        return 1e6 * (of_input + max(of_state, reading)) + 1e-3 * each * units * row_steps


class Machine:
    """Measures limits, as often as asked, on the core that this process runs on."""

    def __init__(self, build: pathlib.Path):
        self.file = environment.native_library(build, "machine.cpp", "g++")
        self._library = library = ctypes.CDLL(str(self.file))
        for function in (library.machine_fma_gflops, library.machine_load_gbytes,
                         library.machine_activation_nanoseconds):
            function.restype = ctypes.c_double
        library.machine_load_gbytes.argtypes = [ctypes.c_int64]
        self._fma: list[float] = []
        self._load: dict[int, list[float]] = {size: [] for size in WORKING_SETS}
        self._activations: dict[str, list[float]] = {"lstm": [], "gru": []}

    def look(self) -> None:
        """One more measurement of everything."""
        self._fma.append(max(self._library.machine_fma_gflops() for _ in range(5)))
        for size in WORKING_SETS:
            self._load[size].append(max(self._library.machine_load_gbytes(size) for _ in range(3)))
        for cell, counts in (("lstm", (3, 2)), ("gru", (2, 1))):
            self._activations[cell].append(
                min(self._library.machine_activation_nanoseconds(*counts) for _ in range(5)))

    def limits(self) -> Limits:
        return Limits(self._library.machine_vector_bits(), statistics.median(self._fma),
                      {size: statistics.median(found) for size, found in self._load.items()},
                      statistics.median(self._activations["lstm"]), statistics.median(self._activations["gru"]))


def processor() -> str:
    """The processor's name and how many the machine has of it."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    count = sum(line.startswith("processor") for line in lines)
    return (f"{fields.get('model name', platform.processor())}, family {fields.get('cpu family', '?')} model "
            f"{fields.get('model', '?')}, {count} cores")
