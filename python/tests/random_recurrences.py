"""Recurrences drawn at random: cells from a grammar of operations, all ten arguments, nests, ranks 3 to 5.

A seed tells all of a case, on any machine and with any version of Python or numpy: only `random.Random.random` is drawn
from. The step function is a list of instructions, run over the functions of a library: numpy's here, TensorFlow's in
`tensorflow_answers.py`. Left out is where docs/semantics.md says that tf_keras departs from its documentation.
"""

from __future__ import annotations

import math
import random
from collections import namedtuple
from typing import Any, Callable

import numpy as np

from rondo import nests

Pair = namedtuple("Pair", "left right")
Instruction = namedtuple("Instruction", "op operands options")


class Draw:
    """What is drawn of a seed."""

    def __init__(self, seed: int):
        self._random = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def integer(self, low: int, high: int) -> int:
        """One of low ... high."""
        return low + int(self._random() * (high - low + 1))

    def choice(self, items: Any) -> Any:
        return items[self.integer(0, len(items) - 1)]

    def array(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Numbers from -1 to 1; integers from -5 to 5."""
        numbers = [2 * self._random() - 1 for _ in range(math.prod(shape))]
        array = np.array(numbers).reshape(shape)
        return (array * 5.99).astype(dtype) if np.dtype(dtype).kind == "i" else array.astype(dtype)


class Case:
    """One call of the reference function.

    inputs, states: nests of arrays; constants: a list; options: the other arguments; step(library): the step function.
    """

    def __init__(self, seed: int):
        draw = self._draw = Draw(seed)
        self.seed = seed
        self.dtype = draw.choice([np.float32, np.float32, np.float32, np.float64])
        self.batch, self.time = draw.integer(1, 4), draw.integer(1, 6)
        self._values: list[tuple[int, ...]] = []  # shapes of one sample, one for each value of the program
        self._program: list[Instruction] = []
        self.weights: list[np.ndarray] = []
        self._draw_leaves()
        for _ in range(draw.integer(2, 9)):
            self._draw_instruction()
        self._draw_results()
        self._draw_options()

    def step(self, library: dict[str, Callable], constant: Callable = np.asarray) -> Callable:
        """The step function over a library's functions; `constant` makes the library's arrays of numpy's."""
        weights = [constant(weight) for weight in self.weights]

        def step_function(x, states):
            values = nests.flatten(x) + nests.flatten(states)
            counters = [values.pop(self._inputs_count + self._state_count) for _ in range(self._counters)]
            for op, operands, options in self._program:
                arguments = [weights[index] if kind == "weight" else values[index] for kind, index in operands]
                values.append(library[op](*arguments, **options))
            output = nests.pack(self._output, [values[index] for index in nests.flatten(self._output)])
            new = [values[index] for index in nests.flatten(self._next)] + [counter + 1 for counter in counters]
            return output, nests.pack(self.states, new)
        return step_function

    # ---- drawing -----------------------------------------------------------------------------------------------------

    def _draw_leaves(self) -> None:
        draw, shapes = self._draw, []

        def leaf(times: bool, dtype: Any = self.dtype) -> np.ndarray:
            features = tuple(draw.integer(1, 4) for _ in range(draw.choice([1, 1, 1, 2, 3])))
            shapes.append(features)
            return draw.array(((self.batch, self.time) if times else (self.batch,)) + features, dtype)

        self.inputs = draw.choice([
            lambda: leaf(True), lambda: leaf(True), lambda: (leaf(True), leaf(True)), lambda: Pair(leaf(True), leaf(True)),
            lambda: {"b": leaf(True), "a": leaf(True)}, lambda: [leaf(True), (leaf(True),)]])()
        if isinstance(self.inputs, dict):
            shapes.reverse()
        states = draw.choice([
            lambda: [], lambda: [leaf(False)], lambda: [leaf(False)], lambda: [leaf(False), leaf(False)],
            lambda: (leaf(False), leaf(False)), lambda: [(leaf(False), leaf(False)), leaf(False)]])()
        self._state_count = len(nests.flatten(states))
        constants = [leaf(False) for _ in range(draw.choice([0, 0, 0, 1, 2]))]
        self._values = list(shapes)
        self._inputs_count = len(nests.flatten(self.inputs))
        self.states, self.constants = states, constants

    def _add(self, op: str, operands: list, features: tuple[int, ...], /, **options: Any) -> int:
        self._program.append(Instruction(op, operands, options))
        self._values.append(features)
        return len(self._values) - 1

    def _weight(self, shape: tuple[int, ...], terms: int = 1) -> tuple[str, int]:
        """A weight for sums of so many terms; small enough for them to stay near 1, as rounding follows their size."""
        self.weights.append((self._draw.array(shape, np.float64) / math.sqrt(terms)).astype(self.dtype))
        return "weight", len(self.weights) - 1

    def _any(self) -> int:
        """A value, rather one of the last."""
        count = len(self._values)
        return count - 1 if self._draw.chance(0.4) else self._draw.integer(0, count - 1)

    def _draw_instruction(self) -> None:
        kinds = [self._unary, self._unary, self._binary, self._binary, self._product, self._product, self._reduction,
                 self._with_weight, self._choice, self._concatenation, self._slice, self._new_axis, self._transposition,
                 self._reshape, self._softmax, self._pieces]
        self._draw.choice(kinds)(self._any())

    def _unary(self, x: int) -> int:
        op = self._draw.choice(["tanh", "sigmoid", "abs", "square", "negative", "sin", "cos", "exp", "relu", "root", "log",
                                "affine"])
        return self._add(op, [("value", x)], self._values[x])

    def _binary(self, x: int) -> int:
        y = self._fitted(self._any(), self._values[x])
        op = self._draw.choice(["add", "subtract", "multiply", "maximum", "minimum", "quotient"])
        return self._add(op, [("value", x), ("value", y)], self._values[x])

    def _with_weight(self, x: int) -> int:
        shape = self._values[x]
        taken = tuple(1 if self._draw.chance(0.2) else extent for extent in shape[self._draw.integer(0, len(shape) - 1):])
        op = self._draw.choice(["add", "multiply", "subtract", "maximum"])
        operands = [("value", x), self._weight(taken)]
        return self._add(op, operands if self._draw.chance(0.7) else operands[::-1], shape)

    def _choice(self, x: int) -> int:
        y = self._fitted(self._any(), self._values[x])
        return self._add("choose", [("value", x), ("value", y)], self._values[x])

    def _product(self, x: int) -> int:
        shape, width = self._values[x], self._draw.integer(1, 5)
        return self._add("matmul", [("value", x), self._weight((shape[-1], width), shape[-1])], (*shape[:-1], width))

    def _reduction(self, x: int) -> int:
        shape = self._values[x]
        axis, keep = self._draw.integer(1, len(shape)), len(shape) == 1 or self._draw.chance(0.5)
        kept = shape[:axis - 1] + ((1,) if keep else ()) + shape[axis:]
        return self._add(self._draw.choice(["sum", "mean", "max", "min"]), [("value", x)], kept, axis=axis, keepdims=keep)

    def _concatenation(self, x: int) -> int:
        shape = self._values[x]
        if shape[-1] > 8:
            return self._unary(x)
        y = self._fitted(self._any(), shape)
        return self._add("concatenate", [("value", x), ("value", y)], (*shape[:-1], 2 * shape[-1]))

    def _slice(self, x: int) -> int:
        shape = self._values[x]
        start = self._draw.integer(0, shape[-1] - 1)
        stop = self._draw.integer(start + 1, shape[-1])
        return self._add("slice", [("value", x)], (*shape[:-1], stop - start), start=start, stop=stop)

    def _new_axis(self, x: int) -> int:
        shape = self._values[x]
        if len(shape) >= 3:
            return self._unary(x)
        axis = self._draw.integer(1, len(shape) + 1)
        return self._add("expand_dims", [("value", x)], shape[:axis - 1] + (1,) + shape[axis - 1:], axis=axis)

    def _transposition(self, x: int) -> int:
        shape = self._values[x]
        return self._add("transpose", [("value", x)], shape[::-1], axes=[0, *range(len(shape), 0, -1)])

    def _reshape(self, x: int) -> int:
        return self._add("reshape", [("value", x)], (math.prod(self._values[x]),), shape=[-1, math.prod(self._values[x])])

    def _softmax(self, x: int) -> int:
        return self._add("softmax", [("value", x)], self._values[x])

    def _pieces(self, x: int) -> int:
        shape = self._values[x]
        parts = self._draw.choice([count for count in (1, 2, 3, 4) if shape[-1] % count == 0])
        return self._add("piece", [("value", x)], (*shape[:-1], shape[-1] // parts), parts=parts,
                         index=self._draw.integer(0, parts - 1))

    def _fitted(self, x: int, shape: tuple[int, ...]) -> int:
        """A value of this shape, made of x."""
        if self._values[x] == shape:
            return x
        flat = self._reshape(x) if len(self._values[x]) > 1 else x
        count = math.prod(shape)
        terms = self._values[flat][0]
        wide = self._add("matmul", [("value", flat), self._weight((terms, count), terms)], (count,))
        return wide if len(shape) == 1 else self._add("reshape", [("value", wide)], shape, shape=[-1, *shape])

    def _draw_results(self) -> None:
        draw = self._draw
        state_shapes = self._values[self._inputs_count:self._inputs_count + self._state_count]
        self._next = []
        for shape in state_shapes:  # within -1 and 1, so that rounding does not grow from step to step
            self._next.append(self._add("tanh", [("value", self._fitted(self._any(), shape))], shape))
        outputs = [self._any() for _ in range(3)]
        self._output = draw.choice([lambda: outputs[0], lambda: outputs[0], lambda: outputs[0], lambda: tuple(outputs[:2]),
                                    lambda: Pair(*outputs[:2]), lambda: {"z": outputs[0], "a": [outputs[1], outputs[2]]}])()
        # States that count steps, behind the others; no instruction reads them.
        self._counters = draw.choice([0, 0, 1]) if type(self.states) is list else 0
        if self._counters:
            self.states = [*self.states, draw.array((self.batch, 2), np.int32)]

    def _draw_options(self) -> None:
        draw = self._draw
        self.options: dict[str, Any] = {"go_backwards": draw.chance(0.4), "zero_output_for_mask": draw.chance(0.4),
                                        "time_major": draw.chance(0.3), "unroll": draw.chance(0.4)}
        masking = draw.choice(["none", "mask", "mask", "wide mask", "float mask", "lengths", "integer"])
        if "mask" in masking and len(nests.flatten(self.states)) > 0:
            mask = np.array([[draw.chance(0.6) for _ in range(self.time)] for _ in range(self.batch)], bool)
            mask = mask.astype(np.float32) if masking == "float mask" else mask
            self.options["mask"] = mask[..., None] if masking == "wide mask" else mask
        if masking == "lengths":
            lengths = [draw.integer(0, self.time + 1) for _ in range(self.batch)]
            if self.options["go_backwards"]:  # tf_keras counts from the longest, and skips lengths that are all equal
                lengths = [min(length, self.time) for length in lengths]
                lengths[0] = self.time
                lengths = lengths if min(lengths) < self.time else None
            self.options["input_length"] = None if lengths is None else np.array(lengths, np.int32)
        if masking == "integer":
            self.options["input_length"] = self.time + draw.integer(0, 2)
        if self.options["time_major"]:
            turn = lambda array: np.ascontiguousarray(np.swapaxes(array, 0, 1))  # noqa: E731
            self.inputs = nests.pack(self.inputs, [turn(leaf) for leaf in nests.flatten(self.inputs)])
            if "mask" in self.options:
                self.options["mask"] = turn(self.options["mask"])
        if self.constants:
            self.options["constants"] = self.constants


def _quotient(a: Any, b: Any) -> Any:
    return a / (1.5 + b * b)


NUMPY: dict[str, Callable] = {
    "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "abs": abs, "square": lambda x: np.tanh(x) ** 2,
    "negative": lambda x: -x, "sin": np.sin, "cos": np.cos, "exp": lambda x: np.exp(np.minimum(x, 1)),
    "relu": lambda x: np.maximum(x, 0), "root": lambda x: np.sqrt(1 + np.square(x)),
    "log": lambda x: np.log(1.5 + abs(x)), "affine": lambda x: 0.5 * x - 1, "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b, "maximum": np.maximum, "minimum": np.minimum,
    "quotient": _quotient, "matmul": lambda a, b: a @ b, "choose": lambda a, b: np.where(a > b, a, 0.5 * (a + b)),
    "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min,
    "concatenate": lambda a, b: np.concatenate([a, b], axis=-1), "slice": lambda x, start, stop: x[..., start:stop],
    "expand_dims": np.expand_dims, "transpose": lambda x, axes: np.transpose(x, axes),
    "reshape": lambda x, shape: np.reshape(x, [len(x), *shape[1:]]),
    "softmax": lambda x: _softmax(x), "piece": lambda x, parts, index: np.split(x, parts, axis=-1)[index],
}


def _softmax(x: Any) -> Any:
    powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)
