"""Products of traced arrays."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from .. import _rondo
from ..tracing import TracedArray
from .common import any_traced
from .einsum import einsum
from .elementwise import multiply


def matmul(a: Any, b: Any) -> TracedArray:
    """a @ b: (B, F) @ (F, N), (B, S, D) @ (D, N), (B, S, D) @ (B, D, N)."""
    return _rondo.matmul(a, b)


def dot(a: Any, b: Any) -> TracedArray:
    """numpy's dot: a * b for numbers, else a @ b for vectors and matrices."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return multiply(a, b)
    if np.ndim(b) > 2:
        _rondo.refuse(any_traced((a, b)), "'dot' with more than two axes on the right is not a @ b; write what is meant "
                                          "with einsum")
    return matmul(a, b)


def inner(a: Any, b: Any) -> TracedArray:
    """Sums of products over the last axes of both: a * b for numbers."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return multiply(a, b)
    return tensordot(a, b, axes=(-1, -1))


def outer(a: Any, b: Any, out: None = None) -> TracedArray:
    """Each element of one vector by each of the other; vectors that all samples share."""
    like = any_traced((a, b))
    if out is not None or np.ndim(a) != 1 or np.ndim(b) != 1 or like.batched:
        _rondo.refuse(like, "'outer' multiplies all elements of all samples; of each sample it is x[:, :, None] * "
                            "y[:, None, :]")
    return multiply(a[:, None], b[None, :])


def tensordot(a: Any, b: Any, axes: Any = 2) -> TracedArray:
    """Sums of products over pairs of axes: so many of the last of a with the first of b, or lists of both."""
    if isinstance(axes, (int, np.integer)):
        axes = range(-int(axes), 0), range(int(axes))
    of_a, of_b = (np.atleast_1d(each).tolist() for each in axes)
    letters = iter(string.ascii_letters)
    words = [[next(letters) for _ in range(np.ndim(x))] for x in (a, b)]
    if len(of_a) != len(of_b) or any(not -len(word) <= axis < len(word)
                                     for word, summed in zip(words, (of_a, of_b)) for axis in summed):
        _rondo.refuse(any_traced((a, b)), f"'tensordot' over the axes {of_a} and {of_b} of operands with {len(words[0])} and "
                                          f"{len(words[1])} axes")
    for left, right in zip(of_a, of_b):
        words[1][right] = words[0][left]
    summed = {words[0][axis] for axis in of_a}
    result = [letter for word in words for letter in word if letter not in summed]
    return einsum(",".join(map("".join, words)) + "->" + "".join(result), a, b)
