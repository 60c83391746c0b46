"""numba: loops over series of scalars, compiled. Where the data of a series are in one piece, series outside; where
those of a step are, blocks of series, small and large, over all of time. The states of a block are one array at fixed
distances, state k of series b at k * n + b, so that LLVM sees what does not overlap."""

from __future__ import annotations

import functools

import numba
import numpy as np

import cells
from jobs import Job, arrays_of
from peer import Peer, Unsupported, Variant, repeated

# Series of a block: few, so that the states stay in the first-level cache, or many, so that rows are long.
BLOCKS = (256, 2048)


# A check for division by zero would keep loops from becoming vector code.
_compiled = functools.partial(numba.njit, fastmath=True, error_model="numpy")


@_compiled(inline="always")
def _average(x, w, s, n, b):
    s[b] += w[0] * (x - s[b])
    return s[b]


@_compiled(inline="always")
def _biquad(x, w, s, n, b):
    y = w[0] * x + s[b]
    s[b] = w[1] * x - w[3] * y + s[n + b]
    s[n + b] = w[2] * x - w[4] * y
    return y


@_compiled(inline="always")
def _garch(x, w, s, n, b):
    s[b] = w[0] + w[1] * x * x + w[2] * s[b]
    return np.sqrt(s[b])


@_compiled(inline="always")
def _kalman(x, w, s, n, b):
    half, one = w.dtype.type(0.5), w.dtype.type(1)
    y0 = s[b] + s[n + b] + half * s[2 * n + b]
    y1 = s[n + b] + s[2 * n + b]
    a00 = s[3 * n + b] + s[4 * n + b] + half * s[5 * n + b]
    a01 = s[4 * n + b] + s[6 * n + b] + half * s[7 * n + b]
    a02 = s[5 * n + b] + s[7 * n + b] + half * s[8 * n + b]
    a11 = s[6 * n + b] + s[7 * n + b]
    a12 = s[7 * n + b] + s[8 * n + b]
    p00 = a00 + a01 + half * a02 + w[0]
    p01 = a01 + a02
    p11 = a11 + a12 + w[0]
    p22 = s[8 * n + b] + w[0]
    gain = one / (p00 + w[1])
    k0, k1, k2 = p00 * gain, p01 * gain, a02 * gain
    e = x - y0
    s[b] = y0 + k0 * e
    s[n + b] = y1 + k1 * e
    s[2 * n + b] += k2 * e
    s[3 * n + b] = p00 - k0 * p00
    s[4 * n + b] = p01 - k0 * p01
    s[5 * n + b] = a02 - k0 * a02
    s[6 * n + b] = p11 - k1 * p01
    s[7 * n + b] = a12 - k1 * a02
    s[8 * n + b] = p22 - k2 * a02
    return s[b]


STEPS = {"exponential_moving_average": _average, "biquad": _biquad, "garch": _garch, "kalman3": _kalman}


def _series_outside(step):
    @_compiled()
    def run(x, w, initial, y):
        series, time = x.shape
        s = np.empty(initial.size, x.dtype)
        for b in range(series):
            s[:] = initial
            for t in range(time):
                y[b, t] = step(x[b, t], w, s, 1, 0)
    return run


def _blocks(step, n):
    @_compiled()
    def run(x, w, initial, y):
        time, series = x.shape
        s = np.empty(initial.size * n, x.dtype)
        for begin in range(0, series, n):
            count = min(n, series - begin)
            for k in range(initial.size):
                s[k * n:(k + 1) * n] = initial[k]
            for t in range(time):
                row, out = x[t, begin:begin + count], y[t, begin:begin + count]
                for b in range(count):
                    out[b] = step(row[b], w, s, n, b)
    return run


class Numba(Peer):
    def version(self) -> str:
        return numba.__version__

    def prepare(self, job: Job) -> list[Variant]:
        step = STEPS.get(job.cell)
        if step is None or job.mask or job.go_backwards or job.mode != "sequence":
            raise Unsupported("only scalar recurrences, forwards and without masks")
        if not job.time_major:
            return [self._variant(job, "series outside", _series_outside(step))]
        return [self._variant(job, f"blocks of {n} series", _blocks(step, n)) for n in BLOCKS]

    @staticmethod
    def _variant(job: Job, label: str, run) -> Variant:
        arrays, cell = arrays_of(job), cells.CELLS[job.cell]
        weights = np.array([arrays.weights[name][0] for name in cell.weights(job.sizes)], job.number)
        initial = np.array([arrays.states[name][0, 0] for name in cell.states(job.sizes)], job.number)
        x = arrays.x[:, :, 0]
        x = np.ascontiguousarray(x.T if job.time_major else x)
        y = np.empty_like(x)
        return Variant(label, repeated(lambda: run(x, weights, initial, y)),
                       lambda: (y.T if job.time_major else y)[:, :, None])


def make() -> Peer:
    return Numba()
