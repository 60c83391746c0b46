"""What Rondo raises."""

from __future__ import annotations


class CompileError(ValueError):
    """A step function that cannot be compiled. The message has each mistake with its line and a caret.

    filename, lineno: where the first mistake was made, in the step function; None where it has no place.
    """

    def __init__(self, message: str, filename: str | None = None, lineno: int | None = None):
        super().__init__(message)
        self.filename = filename
        self.lineno = lineno

    def __reduce__(self):
        return CompileError, (self.args[0], self.filename, self.lineno)
