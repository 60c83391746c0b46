"""What a peer is: something that can prepare a job and then be timed on it."""

from __future__ import annotations

import dataclasses
import time
from typing import Any, Callable

import numpy as np

from jobs import Job


class Unsupported(Exception):
    """The peer cannot do a job; the text says why."""


@dataclasses.dataclass
class Variant:
    """One of the ways in which a peer can do a job."""

    label: str
    repeat: Callable[[int], float]
    """Runs so many calls; returns the seconds they took."""
    outputs: Callable[[], np.ndarray] | None
    """What the last call gave, (batch, time, ...); None where there is nothing to compare."""
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


class Peer:
    """A library in the process of a worker."""

    def version(self) -> str:
        raise NotImplementedError

    def prepare(self, job: Job) -> list[Variant]:
        """Ways to do the job, weights in place; the worker keeps the quickest. Raises `Unsupported`."""
        raise NotImplementedError


def repeated(call: Callable[[], Any]) -> Callable[[int], float]:
    """Times a function that Python calls."""

    def repeat(calls: int) -> float:
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        return time.perf_counter() - begin

    return repeat
