"""What Rondo raises."""

from __future__ import annotations

import functools
import inspect
from typing import Any


class CompileError(ValueError):
    """A step function that cannot be compiled. The message has each mistake with its line and a caret.

    filename, lineno: where the first mistake was made, in the step function; None where it has no place.
    """

    def __init__(self, message: str, filename: str | None = None, lineno: int | None = None):
        super().__init__(message)
        self.filename = filename
        self.lineno = lineno

    @classmethod
    def of(cls, step_function: Any, message: str) -> CompileError:
        """A mistake of a step function as a whole, at the line where it begins."""
        function = inspect.unwrap(step_function)
        while isinstance(function, functools.partial):
            function = inspect.unwrap(function.func)
        method = getattr(function, "__func__", function)
        if not hasattr(method, "__code__"):  # an object that can be called
            method = getattr(type(function).__call__, "__func__", type(function).__call__)
        code = getattr(method, "__code__", None)
        if code is None:
            return cls(message)
        return cls(f"{code.co_filename}:{code.co_firstlineno}: error: {message}", code.co_filename, code.co_firstlineno)

    def __reduce__(self):
        return CompileError, (self.args[0], self.filename, self.lineno)
