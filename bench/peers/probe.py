"""Whether a core has all of itself to offer: what shares its execution units takes up to half of them, and no clock of
the process shows that."""

from __future__ import annotations

import ctypes
import os
import time

# A core is calm where it does a fixed piece of work in at most so many times the least time seen.
CALM = 1.08


class Probe:
    """Looks at cores between the stretches that are timed. `library` is machine.cpp, built."""

    def __init__(self, library: str, cores: set[int]):
        self._seconds = ctypes.CDLL(library).machine_probe_seconds
        self._seconds.restype = ctypes.c_double
        self._cores = sorted(cores)
        self.least = dict.fromkeys(self._cores, float("inf"))
        """Seconds that the work takes on a calm core, by core, as far as is known by now."""

    def look(self) -> dict[int, float]:
        """Seconds that the work takes now, by core: some 40 us each."""
        allowed, found = os.sched_getaffinity(0), {}
        for core in self._cores:
            if allowed != {core}:
                os.sched_setaffinity(0, {core})
            found[core] = self._seconds()
        if allowed != set(self._cores[-1:]):
            os.sched_setaffinity(0, allowed)
        self.learn(found)
        return found

    def learn(self, found: dict[int, float]) -> None:
        """Takes what was seen elsewhere."""
        for core in self._cores:
            self.least[core] = min(self.least[core], found.get(core, float("inf")))

    def watch(self, seconds: float) -> None:
        """Looks for so long: disturbances come and go within seconds."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.look()

    def disturbance(self, *looks: dict[int, float]) -> float:
        """How many times the least the work took at the worst of these looks, by what is known by now."""
        return max(seconds / self.least[core] for look in looks for core, seconds in look.items())
