"""Einstein summation over traced arrays: pair after pair of operands, each as one contraction between transpositions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _rondo
from ..tracing import TracedArray
from .common import any_traced


def einsum(subscripts: str, *operands: Any) -> TracedArray:
    """numpy's einsum: "bsd,bd->bs". The letter of the batch axis stands first in each batched operand and the result.
    More than two operands are multiplied from left to right."""
    like = any_traced(operands)
    letters, result = _parse(like, subscripts, operands)
    sample = _sample_letter(like, subscripts, letters, result, operands)
    parts = [_one_sample(like, word, x, sample) for word, x in zip(letters, operands)]
    result = result.replace(sample, "") if sample else result
    word, x = parts[0]
    for at, part in enumerate(parts[1:], start=2):
        later = "".join(other for other, _ in parts[at:])
        word, x = _product((word, x), part, result + later)
    word, x = _sum_out(word, x, result)
    return _ordered(word, x, result)


def _parse(like: TracedArray, subscripts: str, operands: tuple) -> tuple[list[str], str]:
    text = subscripts.replace(" ", "")
    left, arrow, result = text.partition("->")
    letters = left.split(",")
    if not arrow:
        result = "".join(sorted(letter for letter in set(left) - {","} if left.count(letter) == 1))
    if "." in text or any(len(set(word)) != len(word) for word in (*letters, result)):
        _rondo.refuse(like, f"einsum '{subscripts}': each letter stands once in each operand, and there is no '...'")
    axes = [np.ndim(x) for x in operands]
    if [len(word) for word in letters] != axes or not set(result) <= set(left):
        _rondo.refuse(like, f"einsum '{subscripts}' does not fit operands with {axes} axes")
    return letters, result


def _sample_letter(like: TracedArray, subscripts: str, letters: list[str], result: str, operands: tuple) -> str:
    """The letter of the batch axis; none where all operands are shared."""
    batched = [word for word, x in zip(letters, operands) if isinstance(x, TracedArray) and x.batched]
    shared = [word for word, x in zip(letters, operands) if isinstance(x, TracedArray) and not x.batched]
    first = {word[0] for word in batched}
    if len(first) > 1 or any(not result.startswith(letter) or any(letter in word for word in shared) or
                             any(letter in word[1:] for word in batched) for letter in first):
        _rondo.refuse(like, f"einsum '{subscripts}': the batch axis, the first of traced arrays, has one letter, which "
                            "stands first in the result; samples are independent")
    return first.pop() if first else ""


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


def _product(a: tuple[str, TracedArray], b: tuple[str, TracedArray], kept: str) -> tuple[str, TracedArray]:
    (left, x), (right, y) = _sum_out(*a, b[0] + kept), _sum_out(*b, a[0] + kept)
    dtype = np.result_type(x.dtype, y.dtype)
    both = [letter for letter in left if letter in right]
    summed, along = [c for c in both if c not in kept], [c for c in both if c in kept]
    product = _rondo.per_sample("dot", x.astype(dtype), y.astype(dtype), [left.index(c) for c in summed],
                                [right.index(c) for c in summed], [left.index(c) for c in along],
                                [right.index(c) for c in along])
    free = [c for c in left + right if c not in both]
    return "".join(along + free), product


def _ordered(word: str, x: TracedArray, result: str) -> TracedArray:
    order = [word.index(letter) for letter in result]
    return x if order == sorted(order) else _rondo.per_sample("transpose", x, order)
