"""A call of the reference function taken apart, and its step function traced."""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from typing import Any, Callable, Sequence

import numpy as np

from . import _rondo, nests
from .errors import CompileError


@dataclass
class Call:
    """The arrays of one call, flat, with what their shapes say. `batch` and `time` are None where specs leave them
    open."""

    input_nest: Any
    state_nest: Any
    constant_nest: Sequence
    inputs: list
    states: list
    constants: list
    mask: Any
    lengths: Any
    steps: int | None
    batch: int | None
    time: int | None

    @property
    def masking(self) -> str:
        return "mask" if self.mask is not None else "lengths" if self.lengths is not None else "none"

    @classmethod
    def of(cls, inputs: Any, states: Any, constants: Any, mask: Any, input_length: Any, time_major: bool) -> Call:
        flat = [_array(leaf, "inputs") for leaf in nests.flatten(inputs, "inputs")]
        if not flat:
            raise ValueError("inputs is empty; the batch and the number of steps are read from an input")
        for leaf in flat:
            if len(leaf.shape) < 3:
                raise ValueError("inputs have at least 3 axes, (batch, time, ...); found the shape "
                                 f"{_text(leaf.shape)}: one number a step is (batch, time, 1)")
            _check_features(leaf, 2, "inputs")
        batch, time = flat[0].shape[1::-1] if time_major else flat[0].shape[:2]
        state_nest = _states(states)
        flat_states = [_array(leaf, "initial_states") for leaf in nests.flatten(state_nest, "initial_states")]
        for leaf in flat_states:
            _check_features(leaf, 1, "initial_states")
        if mask is not None and not flat_states:
            raise ValueError("a mask needs states to hold, and initial_states is empty")
        if mask is not None:
            mask = _array(mask, "mask")
        steps, lengths = _lengths(input_length)
        constants = list(constants) if constants is not None else []
        return cls(inputs, state_nest, constants, flat, flat_states, nests.flatten(constants, "constants"), mask, lengths, steps,
                   batch, time)


def _array(leaf: Any, what: str) -> Any:
    """The leaf, if it has a shape and an element type; else what numpy makes of it."""
    if hasattr(leaf, "shape") and hasattr(leaf, "dtype"):
        return leaf
    array = np.asarray(leaf)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{what} are arrays of numbers, found {type(leaf).__name__}")
    return array


def _check_features(leaf: Any, first: int, what: str) -> None:
    if None in leaf.shape[first:]:
        raise ValueError(f"{what}: None stands for the batch and the number of steps only, found {_text(leaf.shape)}")


def _states(states: Any) -> Any:
    if isinstance(states, dict):
        raise ValueError("initial_states is a list or a tuple of states, each of which may be a dict; found a dict")
    return states if isinstance(states, (list, tuple)) else [states]


def _lengths(input_length: Any) -> tuple[int | None, Any]:
    """The number of steps, or the lengths of the samples."""
    if input_length is None or isinstance(input_length, (int, np.integer)):
        if input_length is not None and input_length < 0:
            raise ValueError(f"input_length is {input_length}; it cannot be negative")
        return (None if input_length is None else min(int(input_length), sys.maxsize)), None
    lengths = _array(input_length, "input_length")
    if len(lengths.shape) == 0 and np.asarray(lengths).dtype.kind in "iub":
        return _lengths(int(lengths))
    if len(lengths.shape) != 1:
        raise ValueError("input_length is an integer or integers of the shape (batch,), found "
                         f"{lengths.dtype} of the shape {_text(lengths.shape)}")
    return None, lengths


def _text(shape: Sequence) -> str:
    return "(" + ", ".join("?" if extent is None else str(extent) for extent in shape) + (",)" if len(shape) == 1 else ")")


@dataclass
class TracedStep:
    """A step function that was traced."""

    trace: Any
    output: Any  # the nest of the outputs
    shared: dict[str, Any]  # constants of the caller's that all samples share, by name
    rows: list  # those that belong to the samples

    def captured(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The arrays that the step function read, by name: those that all samples share, and those of each sample."""
        captures = self.trace.captures()
        return ({weight: array for array, weight, _ in captures if weight},
                {rows: array for array, _, rows in captures if rows})


def compile_fitting(step_function: Callable, call: Call, names: Sequence[tuple[Any, str]] = (), *, go_backwards: bool,
                    unroll: bool, time_major: bool, zero_output_for_mask: bool,
                    flush_denormals: bool = False, math: str = "strict",
                    transient: bool = False) -> tuple[TracedStep, Any]:
    """The step function traced and compiled: the step, and the kernel of the extension module. transient: nobody will
    write to the copies of the arrays that it read."""
    step = trace_fitting(step_function, call, names, transient)
    kernel = _rondo.compile(
        step.trace, go_backwards=bool(go_backwards), time_major=bool(time_major),
        zero_output_for_mask=bool(zero_output_for_mask), masking=call.masking, unroll="true" if unroll else "auto",
        input_length=call.steps, time=call.time if unroll else None, batch=call.batch, flush_denormals=bool(flush_denormals),
        math=math)
    return step, kernel


def trace_fitting(step_function: Callable, call: Call, names: Sequence[tuple[Any, str]], transient: bool) -> TracedStep:
    """Traces the step function, calling captured arrays by the given names.

    A constant whose first extent is that of the batch belongs to the samples; where the step function then mixes
    samples, it may have been a matrix after all.
    """
    if not call.constants:
        return _trace(step_function, call, set(), names, transient)
    open_roles = [index for index, leaf in enumerate(call.constants)
                  if getattr(leaf, "shape", ()) and leaf.shape[0] in (call.batch, None)]
    errors = []
    for roles in itertools.islice(itertools.product((True, False), repeat=len(open_roles)), 16):
        try:
            rows = {index for index, row in zip(open_roles, roles) if row}
            return _trace(step_function, call, rows, names, transient)
        except CompileError as error:
            errors.append(error)
    raise errors[0]


def _trace(step_function: Callable, call: Call, rows: set[int], names: Sequence[tuple[Any, str]],
           transient: bool) -> TracedStep:
    trace = _rondo.Trace(str(getattr(step_function, "__name__", "step")), call.batch, transient)
    for array, name in names:
        trace.name(array, name)
    x = nests.pack(call.input_nest, [
        trace.input(name, leaf.dtype, list(leaf.shape[2:]))
        for name, leaf in zip(leaf_names(call.input_nest, "x"), call.inputs)])
    state_names = leaf_names(call.state_nest, "s")
    states = nests.pack(call.state_nest, [
        trace.state(name, leaf.dtype, list(leaf.shape[1:])) for name, leaf in zip(state_names, call.states)])
    step = TracedStep(trace, None, {}, [])
    constants = []
    for index, (name, leaf) in enumerate(zip(leaf_names(call.constant_nest, "c"), call.constants)):
        constants.append(_constant(step, name, leaf, index in rows))
    result = step_function(x, (*states, *nests.pack(call.constant_nest, constants)))
    problem = _wrong_result(result, call.state_nest)
    if problem:
        raise CompileError.of(step_function, problem)
    step.output, new_states = result
    try:
        for name, value in zip(leaf_names(step.output, "y"), nests.flatten(step.output)):
            trace.set_output(name if nests.is_nest(step.output) else "", value)
        for name, value in zip(state_names, nests.flatten(new_states)):
            trace.set_next(name, value)
    except CompileError as error:
        raise error if error.filename else CompileError.of(step_function, error.args[0].removeprefix("rondo: error: ")) from None
    return step


def leaf_names(nest: Any, stem: str) -> list[str]:
    """A name for each leaf: x, x.left; s0, s1, s2.left; of outputs in a dict or a named tuple, their keys."""
    if not nests.is_nest(nest):
        return [stem]
    paths = [path for path, _ in nests.paths(nest)]
    if stem == "y" and (isinstance(nest, dict) or hasattr(nest, "_fields")):
        return paths
    return [f"{stem}{path}" if stem in "sc" and path[0].isdigit() else f"{stem}.{path}" for path in paths]


def _constant(step: TracedStep, name: str, leaf: Any, rows: bool) -> Any:
    """What the step function sees of a constant: a traced array for an array; any other object as it is."""
    if not hasattr(leaf, "shape") or not hasattr(leaf, "dtype"):
        return leaf
    if rows:
        step.rows.append(leaf)
        return step.trace.constant(name, leaf.dtype, list(leaf.shape[1:]))
    step.shared[name] = leaf
    return step.trace.weight(name, leaf.dtype, list(leaf.shape))


def _wrong_result(result: Any, state_nest: Any) -> str | None:
    """What is wrong with what the step function gave."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return f"the step function gives a pair, (output, new_states); found {type(result).__name__}"
    output, new_states = result
    if nests.is_nest(output) and not nests.flatten(output, "the output of the step function"):
        return f"the step function gives no output, {output!r} in its place"
    if not isinstance(new_states, (list, tuple)):
        return f"the new states of the step function are a list or a tuple, found {type(new_states).__name__}"
    if not nests.same_structure(new_states, state_nest):
        return (f"the step function gives the new states {nests.describe(new_states)}, but there are the initial states "
                f"{nests.describe(state_nest)}: one new value for each")
    return None
