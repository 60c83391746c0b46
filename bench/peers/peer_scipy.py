"""scipy.signal.lfilter, for the filters that are linear."""

from __future__ import annotations

import numpy as np
import scipy
import scipy.signal

from jobs import Job, arrays_of
from peer import Peer, Unsupported, Variant, repeated


class Scipy(Peer):
    def version(self) -> str:
        return scipy.__version__

    def prepare(self, job: Job) -> list[Variant]:
        if job.cell not in ("exponential_moving_average", "biquad") or job.mask or job.go_backwards:
            raise Unsupported("lfilter is for linear filters")
        arrays = arrays_of(job)
        w = {name: array[0] for name, array in arrays.weights.items()}
        if job.cell == "biquad":
            numerator, denominator = [w["b0"], w["b1"], w["b2"]], [1, w["a1"], w["a2"]]
        else:
            numerator, denominator = [w["alpha"]], [1, w["alpha"] - 1]
        b, a = np.array(numerator, job.number), np.array(denominator, job.number)
        x = arrays.x[:, :, 0]
        x = np.ascontiguousarray(x.T if job.time_major else x)
        axis = 0 if job.time_major else 1

        def outputs() -> np.ndarray:
            y = scipy.signal.lfilter(b, a, x, axis=axis)
            return (y.T if job.time_major else y)[:, :, None]

        return [Variant("lfilter", repeated(lambda: scipy.signal.lfilter(b, a, x, axis=axis)), outputs)]


def make() -> Peer:
    return Scipy()
