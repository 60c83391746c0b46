"""One thing to time: a cell, its sizes and the way it is run. The arrays follow from the job alone, so that every
process makes the same ones."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

import numpy as np

import cells


@dataclasses.dataclass(frozen=True)
class Job:
    """A cell of `cells.CELLS` over `batch` samples of `time` steps.

    `mode` is "sequence" (one call runs all steps from the initial states) or "step" (each call runs one step and
    goes on from the last one's states). `mask` is None, "full", "right" (padding behind the first half of the steps
    on average) or "random" (half of the steps). `options` are for Rondo alone.
    """

    cell: str
    batch: int
    time: int
    sizes: dict[str, int]
    dtype: str = "f32"
    mode: str = "sequence"
    mask: str | None = None
    go_backwards: bool = False
    time_major: bool = False
    options: dict[str, str] = dataclasses.field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(fields: dict[str, Any]) -> Job:
        return Job(**fields)

    @property
    def number(self) -> type:
        """The element type of all arrays but the mask."""
        return np.float64 if self.dtype == "f64" else np.float32

    @property
    def meaning(self) -> tuple:
        """What decides the values that come out."""
        return (self.cell, self.batch, self.time, tuple(sorted(self.sizes.items())), self.dtype, self.mask,
                self.go_backwards)

    def flops(self) -> float:
        """Multiply-adds of the products, counted twice, of one call."""
        steps = 1 if self.mode == "step" else self.time
        return steps * self.batch * cells.CELLS[self.cell].flops(self.sizes)


@dataclasses.dataclass
class Arrays:
    """What a call is handed: `x` is (batch, time, features), constants and states are (batch, ...)."""

    x: np.ndarray
    weights: dict[str, np.ndarray]
    constants: dict[str, np.ndarray]
    states: dict[str, np.ndarray]
    mask: np.ndarray | None


def arrays_of(job: Job) -> Arrays:
    """The arrays of a job, from a seed that its meaning gives."""
    cell = cells.CELLS[job.cell]
    seed = zlib.crc32(repr((job.cell, tuple(sorted(job.sizes.items())))).encode())
    random = np.random.RandomState(seed)

    def uniform(shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
        return random.uniform(low, high, shape).astype(job.number)

    weights = {}
    for name, shape in cell.weights(job.sizes).items():
        bound = 1 / np.sqrt(shape[0]) if len(shape) > 1 else 0.1
        low, high = cell.ranges.get(name, (-bound, bound))
        weights[name] = uniform(shape, low, high)
    constants = {name: uniform((job.batch, *shape), -1, 1) for name, shape in cell.constants(job.sizes).items()}
    states = {name: np.full((job.batch, *shape), cell.initial.get(name, 0), job.number)
              for name, shape in cell.states(job.sizes).items()}
    x = uniform((job.batch, job.time, job.sizes[cell.features]), -1, 1)
    mask = None
    if job.mask == "full":
        mask = np.ones((job.batch, job.time), bool)
    elif job.mask == "right":
        lengths = random.randint(0, job.time + 1, job.batch)
        lengths[::2] = job.time - lengths[1::2]  # half of all steps, exactly
        mask = np.arange(job.time)[None, :] < lengths[:, None]
    elif job.mask == "random":
        mask = random.rand(job.batch, job.time) < 0.5
    return Arrays(x, weights, constants, states, mask)


def reference(job: Job) -> np.ndarray:
    """The outputs (batch, time, ...) in double precision, one step after another."""
    cell = cells.CELLS[job.cell]
    arrays = arrays_of(job)
    ops = cells.NumpyOps()
    double = {name: w.astype(np.float64) for name, w in arrays.weights.items()}
    constants = {name: c.astype(np.float64) for name, c in arrays.constants.items()}
    states = {name: s.astype(np.float64) for name, s in arrays.states.items()}
    order = range(job.time - 1, -1, -1) if job.go_backwards else range(job.time)
    outputs, last = [], None
    for t in order:
        projected = cell.project(ops, double, arrays.x[:, t].astype(np.float64))
        y, new = cell.step(ops, double, constants, projected, states)
        if arrays.mask is not None:
            keep = arrays.mask[:, t][:, None]
            y = np.where(keep, y, np.zeros_like(y) if last is None else last)
            new = {name: np.where(keep, new[name], states[name]) for name in states}
        states, last = new, y
        outputs.append(y)
    return np.stack(outputs, axis=1)


# Largest |a - b| / max(1, |b|) that passes, by element type.
TOLERANCE = {"f32": 1e-4, "f64": 1e-9}


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest |found - expected| / max(1, |expected|); infinity where shapes differ or a value is no number."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    return float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)), initial=0))
