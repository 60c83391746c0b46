"""Einstein summation over traced arrays: one or two operands, as one contraction between transpositions."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _rondo
from .tracing import TracedArray


def einsum(subscripts: str, *operands: Any) -> TracedArray:
    """numpy's einsum: "bsd,bd->bs". The letter of the batch axis stands first in each batched operand and the result.

    Raises ValueError where the subscripts are not of this kind.
    """
    letters, result = _parse(subscripts, operands)
    batch = {word[0] for word, x in zip(letters, operands) if isinstance(x, TracedArray) and x.batched}
    if len(batch) > 1 or any(word.count(letter) != 1 for letter in batch for word in (result,)) or \
            any(not result.startswith(letter) or letter in word[1:] and isinstance(x, TracedArray)
                for letter in batch for word, x in zip(letters, operands)):
        raise ValueError(f"einsum '{subscripts}': the batch axis, the first of traced arrays, has one letter, which "
                         "stands first in the result; samples are independent")
    sample = batch.pop() if batch else ""
    like = next(x for x in operands if isinstance(x, TracedArray))
    parts = [_one_sample(like, word, x, sample) for word, x in zip(letters, operands)]
    result = result.replace(sample, "") if sample else result
    word, x = parts[0] if len(parts) == 1 else _product(*parts, result)
    word, x = _sum_out(word, x, result)
    return _ordered(word, x, result)


def _parse(subscripts: str, operands: tuple) -> tuple[list[str], str]:
    text = subscripts.replace(" ", "")
    left, arrow, result = text.partition("->")
    letters = left.split(",")
    if not arrow:
        result = "".join(sorted(letter for letter in set(left) - {","} if left.count(letter) == 1))
    shapes = [np.ndim(x) if not isinstance(x, TracedArray) else x.ndim for x in operands]
    if len(operands) not in (1, 2) or "." in text or any(len(set(word)) != len(word) for word in (*letters, result)):
        raise ValueError(f"einsum '{subscripts}': one or two operands, each letter once in each of them, no '...'")
    if [len(word) for word in letters] != shapes or not set(result) <= set(left):
        raise ValueError(f"einsum '{subscripts}' does not fit operands with {shapes} axes")
    return letters, result


def _one_sample(like: TracedArray, word: str, x: Any, sample: str) -> tuple[str, TracedArray]:
    """The operand with the letters of its axes without the batch axis."""
    if isinstance(x, TracedArray):
        return (word[1:] if x.batched else word), x
    if sample and sample in word:
        x = np.moveaxis(np.asarray(x), word.index(sample), 0)
        return word.replace(sample, ""), _rondo.as_rows(like, x)
    return word, _rondo.as_shared(like, x)


def _sum_out(word: str, x: TracedArray, kept: str) -> tuple[str, TracedArray]:
    axes = [at for at, letter in enumerate(word) if letter not in kept]
    if axes:
        x = _rondo.per_sample("sum", x, axes, False)
    return "".join(letter for letter in word if letter in kept), x


def _product(a: tuple[str, TracedArray], b: tuple[str, TracedArray], result: str) -> tuple[str, TracedArray]:
    (left, x), (right, y) = _sum_out(*a, b[0] + result), _sum_out(*b, a[0] + result)
    dtype = np.result_type(x.dtype, y.dtype)
    both = [letter for letter in left if letter in right]
    summed, along = [c for c in both if c not in result], [c for c in both if c in result]
    product = _rondo.per_sample("dot", x.astype(dtype), y.astype(dtype), [left.index(c) for c in summed],
                                [right.index(c) for c in summed], [left.index(c) for c in along],
                                [right.index(c) for c in along])
    free = [c for c in left + right if c not in both]
    return "".join(along + free), product


def _ordered(word: str, x: TracedArray, result: str) -> TracedArray:
    order = [word.index(letter) for letter in result]
    return x if order == sorted(order) else _rondo.per_sample("transpose", x, order)
