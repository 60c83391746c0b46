"""Rondo compiles recurrences: `rnn` is `tf.keras.backend.rnn` over numpy arrays, as one vectorised native function."""

from . import cells, nests, ops
from ._rondo import version as __version__
from .compiled import ArraySpec, Compiled, compile
from .errors import CompileError
from .keras import from_keras
from .recurrence import rnn
from .stream import Stream
from .tracing import TracedArray

__all__ = ["ArraySpec", "CompileError", "Compiled", "Stream", "TracedArray", "__version__", "cells", "compile",
           "from_keras", "nests", "ops", "rnn"]
