"""Streams: a compiled recurrence that is fed as its input comes, and keeps its states in between."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from . import nests


class Stream:
    """A compiled recurrence with the states of `batch` samples; `Compiled.stream` makes it.

    Steps and blocks give the same bits as one call over the whole sequence, however it is cut. Threads that share a
    stream take turns.
    """

    def __init__(self, stream: Any, inputs: Any, output: Any, states: Any):
        self._stream = stream
        self._inputs, self._output, self._states = inputs, output, states

    @property
    def batch(self) -> int:
        """How many samples there are."""
        return self._stream.batch

    @property
    def states(self) -> Any:
        """The states as they are now, (B, ...) each, nested as the initial ones; copies."""
        return nests.pack(self._states, self._stream.states())

    def __call__(self, x: Any, mask: Any = None) -> Any:
        """One step: x (B, ...), mask (B,) where it was compiled for one; gives the output, (B, ...)."""
        return self._run(x, mask, True)

    def block(self, inputs: Any, mask: Any = None) -> Any:
        """Some steps: inputs (B, T, ...), mask (B, T); gives the outputs, (B, T, ...)."""
        return self._run(inputs, mask, False)

    def reset(self, rows: Sequence[int] | int | None = None) -> None:
        """Back to the beginning: all samples, or those at the given positions."""
        positions = None if rows is None else np.atleast_1d(rows)
        if positions is not None and positions.size and positions.dtype.kind not in "iu":
            raise ValueError(f"rows are positions of samples, integers, found {positions.dtype}; those where a mask "
                             "is true are numpy.flatnonzero(mask)")
        self._stream.reset(None if positions is None else positions.tolist())

    def snapshot(self) -> bytes:
        """All that the stream remembers."""
        return self._stream.snapshot()

    def restore(self, snapshot: bytes) -> None:
        """Goes on from a snapshot, of this stream or of another of the same recurrence and as many samples.

        Raises ValueError where it is of anything else; then nothing has changed.
        """
        self._stream.restore(snapshot)

    def __copy__(self) -> Stream:
        return Stream(self._stream.clone(), self._inputs, self._output, self._states)

    def __deepcopy__(self, _: Any) -> Stream:
        return self.__copy__()

    def __reduce__(self) -> Any:
        raise TypeError("a stream cannot be pickled; pickle the compiled object and the stream's snapshot(), and restore it "
                        "in a stream of the unpickled object")

    def __repr__(self) -> str:
        return f"rondo.Stream(batch={self.batch}, states={len(self._stream.states())})"

    def _run(self, inputs: Any, mask: Any, single_step: bool) -> Any:
        if not nests.same_structure(inputs, self._inputs):
            raise ValueError(f"inputs are {nests.describe(inputs)}, but the recurrence was compiled for "
                             f"{nests.describe(self._inputs)}")
        outputs = self._stream.run(nests.flatten(inputs), mask, single_step)
        return nests.pack(self._output, outputs)
