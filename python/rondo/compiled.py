"""`rondo.compile`: a recurrence that is compiled once and called often."""

from __future__ import annotations

import html
import inspect
import operator
import os
import re
import types
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Mapping, Sequence

import numpy as np

from . import _rondo, nests
from .steps import Call, compile_fitting
from .stream import Stream


@dataclass(frozen=True)
class ArraySpec:
    """Shape and element type of an array that is yet to come. None stands for the batch and the number of steps.

    Raises TypeError for a shape that is not of integers and None, ValueError for one without a batch axis.
    """

    shape: tuple[int | None, ...]
    dtype: Any = np.float32

    def __post_init__(self) -> None:
        if isinstance(self.shape, (int, str)):
            raise TypeError(f"a shape is a tuple, such as (None, 3); found {self.shape!r}")
        if len(self.shape) == 0:
            raise ValueError("a shape begins with the batch, as in (None,) for one number a sample; found ()")
        for extent in self.shape:
            if extent is not None:
                operator.index(extent)


def compile(step_function: Callable, inputs: Any, initial_states: Any, go_backwards: bool = False, mask: Any = None,
            constants: Any = None, unroll: bool = False, input_length: Any = None, time_major: bool = False,
            zero_output_for_mask: bool = False, *, threads: int = 1, flush_denormals: bool = False,
            math: str = "strict") -> Compiled:
    """Compiles what `rondo.rnn` would run, to be called with any number of samples and steps.

    The arguments are those of `rondo.rnn`, but that arrays stand for their shapes and types: an `ArraySpec`, or
    anything else with a shape and a dtype, will do in place of inputs, states and the constants of samples. A batch that
    they name is the one to make the code quick for; a number of steps counts where all are unrolled. mask: True,
    or an array or spec, where calls hand in a mask. input_length: an integer counts for all calls; anything else stands
    for lengths that calls hand in.

    Arrays that the step function reads, and constants that all samples share, are copied: they are the weights.
    threads: how many a call uses, unless it says otherwise: they share the samples, or the columns of few.
    flush_denormals: floats too small for all their digits count as zeros while a call runs, and come out as zeros: a
    state that fades away takes no longer than any other. The last bits may then differ from processor to processor.
    math: "fast" computes tanh and sigmoid of float32 by fewer operations, within 5e-7.

    Raises ValueError and CompileError as `rondo.rnn` does.
    """
    if math not in ("strict", "fast"):
        raise ValueError(f"math is 'strict' or 'fast', found {math!r}")
    if mask is False:
        mask = None
    call = Call.of(inputs, initial_states, constants, ArraySpec((None, None), bool) if mask is True else mask,
                   input_length, time_major)
    step, kernel = compile_fitting(
        step_function, call, list(_variable_names(step_function)), go_backwards=go_backwards, unroll=unroll,
        time_major=time_major, zero_output_for_mask=zero_output_for_mask, flush_denormals=flush_denormals, math=math)
    weights, rows = step.captured()  # copies; what the caller holds is copied here
    if any(isinstance(array, ArraySpec) for array in step.shared.values()):
        raise ValueError("constants that all samples share are given when compiling, as arrays; an ArraySpec for a "
                         "constant begins with the batch, None")
    weights |= {name: _rondo.copy_of(array, "a constant") for name, array in step.shared.items()}
    return Compiled(kernel, weights, rows, _bare(call.input_nest), _bare(step.output),
                    _bare(call.state_nest), threads)


class Compiled:
    """A compiled recurrence with its weights: call it. It never changes, and any number of threads may call it.

    threads: how many a call uses.

    It can be pickled and copied: what is kept is the text of the cell, the weights and the structure of the nests;
    machine code is made, or found, where it is unpickled.
    """

    def __init__(self, kernel: Any, weights: dict[str, np.ndarray], rows: dict[str, np.ndarray], inputs: Any,
                 output: Any, states: Any, threads: int):
        self._model = _rondo.Model(kernel, weights, rows)
        self._kernel = kernel
        for array in weights.values():  # the model has them packed: what is written here would not count
            array.flags.writeable = False
        self._weights = weights
        self._rows = rows
        self._inputs, self._output, self._states = inputs, output, states
        self._one_input = not nests.is_nest(inputs)
        self._one_output = not nests.is_nest(output)
        self._flat_states = not any(nests.is_nest(state) for state in states)
        self.threads = operator.index(threads)

    @property
    def weights(self) -> Mapping[str, np.ndarray]:
        """The arrays that the step function read, by the names of its variables where they have one; read-only."""
        return types.MappingProxyType(self._weights)

    def __call__(self, inputs: Any, initial_states: Any = None, *, mask: Any = None, constants: Any = None,
                 input_length: Any = None, threads: int | None = None, out: Any = None) -> tuple[Any, Any, Any]:
        """Runs the recurrence over arrays (B, T, ...): (last_output, outputs, new_states), as `rondo.rnn`.

        initial_states: zeros where there are none. constants: those that belong to the samples, (B, ...). mask: (B, T)
        or (B, T, 1); input_length: integers (B,); each where it was compiled for it.
        out: arrays to write the results to, (last_output, outputs, new_states) nested as they are, each of them or any
        array in them None where a new one is to be made. The features of a step lie densely, and nothing shares memory
        with another array of the call.

        Raises ValueError where an array is missing or does not fit.
        """
        flat = [inputs] if self._one_input else self._flattened(inputs, self._inputs, "inputs")
        if initial_states is not None and not self._flat_states:
            initial_states = self._flattened(initial_states, self._states, "initial_states")
        elif initial_states is not None and not isinstance(initial_states, (list, tuple)):
            initial_states = [initial_states]
        constants = [] if constants is None else list(constants)
        if out is not None:
            out = self._out(out, flat, initial_states, constants, mask, input_length)
        last, outputs, states = self._model.run(flat, initial_states, constants, mask, input_length,
                                                self.threads if threads is None else threads, out)
        if self._one_output:
            last, outputs = last[0], outputs[0]
        else:
            last, outputs = nests.pack(self._output, last), nests.pack(self._output, outputs)
        return last, outputs, states if type(self._states) is list and self._flat_states else \
            nests.pack(self._states, states)

    def stream(self, batch: int, initial_states: Any = None, constants: Any = None) -> Stream:
        """The recurrence with the states of so many samples, to be fed a step or a block of steps at a time.

        initial_states: (B, ...), zeros where there are none; what `reset` goes back to. constants: those that belong
        to the samples. Raises ValueError where the recurrence has to know its end: with go_backwards, input_length or
        unroll.
        """
        if initial_states is not None:
            initial_states = self._flattened(initial_states, self._states, "initial_states")
        constants = [] if constants is None else list(constants)
        stream = _rondo.Stream(self._model, batch, initial_states, constants)
        return Stream(stream, self._inputs, self._output, self._states)

    def save_object(self, prefix: str | os.PathLike, target: str = "", cpu: str | Sequence[str] = "",
                    emit: str | Sequence[str] = ("obj", "header"), weights: bool = True) -> list[str]:
        """Writes the recurrence as an object file and a C header: PREFIX.o and PREFIX.h. Gives the names of the files.

        The last part of the prefix begins all names in C. target: a machine, such as "aarch64-linux-gnu"; this one's
        kind if not given. cpu: a processor by LLVM's name, "native" for this one, or several levels of x86-64 in rising
        order. emit: one or several of "obj", "header", "asm", "llvm", "bc". weights: whether they become part of the
        object; else the program that links it gives them.

        Raises ValueError for names that are none, and files that cannot be written.
        """
        if not isinstance(target, str):
            raise TypeError(f"'target' should be the name of a machine, found {type(target).__name__}")
        cpus = [cpu] if isinstance(cpu, str) else list(cpu)
        kinds = [emit] if isinstance(emit, str) else list(emit)
        return self._kernel.save(os.fsdecode(prefix), self._weights if weights else None, target, cpus, kinds)

    def text(self) -> str:
        """The recurrence as a cell of Rondo's own language, sizes filled in; `rondo run` reads it."""
        return self._kernel.text()

    def explain(self) -> str:
        """What each pass of the compiler decided and on what figures, and when in time each operation runs."""
        return self._kernel.explain()

    def loops(self) -> str:
        """The loop program: buffers, phases, and loop nests as they are scheduled."""
        return self._kernel.loops()

    def llvm(self) -> str:
        """The code as LLVM IR."""
        return self._kernel.llvm()

    def asm(self) -> str:
        """The code as assembly of this machine."""
        return self._kernel.asm()

    def __reduce__(self) -> tuple:
        nests_of = self._inputs, self._output, self._states
        kept = self._weights, self._rows, *nests_of, self.threads, self._kernel.expected_batch
        return _restored, (self.text(), *kept)

    def __repr__(self) -> str:
        lines = [line.strip() for line in self.text().splitlines()]
        kinds = ("input ", "state ", "constant ", "weight ", "option ")
        declared = [line for line in lines if line.startswith(kinds)]
        title = f"rondo.Compiled, {self._kernel.code_bytes} bytes of code for {_rondo.target()}"
        return "\n  ".join([title, *declared])

    def _repr_html_(self) -> str:
        parts = {"cell": self.text(), "what the compiler decided": self.explain(), "loop program": self.loops()}
        blocks = (f"<details{' open' if title == 'cell' else ''}><summary>{title}</summary>"
                  f"<pre>{html.escape(text)}</pre></details>" for title, text in parts.items())
        return "".join(blocks)

    def _out(self, out: Any, *given: Any) -> list:
        """The arrays of `out`, flat."""
        if not isinstance(out, (tuple, list)) or len(out) != 3:
            raise ValueError("out is (last_output, outputs, new_states), each of them or None")
        parts = [None if part is None else self._flattened(part, like, "the arrays of out")
                 for part, like in zip(out, (self._output, self._output, self._states))]
        arrays = [array for part in parts if part for array in part if array is not None]
        others = arrays + nests.flatten([part for part in given if part is not None])
        for index, array in enumerate(arrays):
            if any(_share_memory(array, other) for other in others[index + 1:]):
                raise ValueError("an array of out shares memory with another array of the call")
        return parts

    @staticmethod
    def _flattened(nest: Any, like: Any, what: str) -> list:
        if not nests.same_structure(nest, like):
            raise ValueError(f"{what} are {nests.describe(nest)}, but the recurrence was compiled for "
                             f"{nests.describe(like)}")
        return nests.flatten(nest)


def _restored(text: str, weights: dict, rows: dict, inputs: Any, output: Any, states: Any, threads: int,
              batch: int | None = None) -> Compiled:
    return Compiled(_rondo.compile_text(text, "<pickled>", batch), weights, rows, inputs, output, states, threads)


_TooHardError = getattr(np, "exceptions", np).TooHardError  # where numpy 1.24 has it, and where later ones do
_MOST_WORK: Any = 10_000  # candidates that numpy may look at; its stubs know of two values only


def _share_memory(a: Any, b: Any) -> bool:
    """Whether two arrays have an element in common; interleaved ones have none. Where that takes long to find out, yes."""
    if not np.may_share_memory(a, b):
        return False
    try:
        return np.shares_memory(a, b, max_work=_MOST_WORK)
    except _TooHardError:
        return True


def _bare(nest: Any) -> Any:
    """The structure alone."""
    return nests.pack(nest, [None] * len(nests.flatten(nest)))


def _variable_names(step_function: Callable) -> Iterator[tuple[Any, str]]:
    """Arrays that the step function can reach under a name of its own: globals, closures, attributes of its object."""
    owner = getattr(step_function, "__self__", None if inspect.isfunction(step_function) else step_function)
    reached = dict(getattr(owner, "__dict__", {}))
    function = inspect.unwrap(getattr(step_function, "__func__", step_function))
    if inspect.isfunction(function):
        code = function.__code__
        reached |= {name: function.__globals__[name] for name in code.co_names if name in function.__globals__}
        reached |= {name: cell.cell_contents for name, cell in zip(code.co_freevars, function.__closure__ or ())
                    if cell != types.CellType()}  # those that have a value yet
    used, own = set(), re.compile(r"[wsc]\d|[xy]\b|_|.*\W")
    for name, value in reached.items():
        is_array = isinstance(value, np.ndarray) or hasattr(type(value), "__dlpack__")  # asks nothing of the value
        if is_array and not own.match(name) and id(value) not in used:
            used.add(id(value))
            yield value, name
