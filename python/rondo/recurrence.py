"""`rondo.rnn`, the reference function."""

from __future__ import annotations

from typing import Any, Callable

from . import _rondo, nests
from .steps import Call, compile_fitting


def rnn(step_function: Callable, inputs: Any, initial_states: Any, go_backwards: bool = False, mask: Any = None,
        constants: Any = None, unroll: bool = False, input_length: Any = None, time_major: bool = False,
        zero_output_for_mask: bool = False) -> tuple[Any, Any, Any]:
    """Runs a step function over the time axis of its inputs, compiled.

    The arguments are those of `tf.keras.backend.rnn`. B samples, T time steps.

    step_function: called as step_function(x, states), once, with traced arrays: x of shape (B, ...) is the input of one
        step, states a tuple of the states and, behind them, the constants. Gives (output, new_states), new_states a
        list or tuple with a new value for each state, of its shape and type. Called again where it turns out that a
        constant whose first extent is B is one that all samples share.
    inputs: array (B, T, ...) with at least 3 axes, or a nest of such.
    initial_states: list or tuple of arrays (B, ...), or nests of such; may be empty.
    go_backwards: last step first; outputs are in the order of processing.
    mask: array (B, T) or (B, T, 1); where it is 0, states hold and the output repeats the last one.
    constants: list of what the step function sees at each step. An array whose first extent is B belongs to the
        samples, any other is shared by them.
    unroll: True demands at least one step; no value changes.
    input_length: an integer, how many steps run at most; or integers (B,), the length of each sample.
    time_major: inputs, mask and outputs are (T, B, ...).
    zero_output_for_mask: masked outputs are zeros.

    Returns (last_output, outputs, new_states): (B, ...), (B, T, ...) and (B, ...), the outputs nested as the step
    function gives them, the states as they came in. New numpy arrays.

    Raises ValueError for arguments that do not fit, CompileError (a ValueError) for what the step function does.
    """
    call = Call.of(inputs, initial_states, constants, mask, input_length, time_major)
    step, kernel = compile_fitting(step_function, call, go_backwards=go_backwards, unroll=unroll, time_major=time_major,
                                   zero_output_for_mask=zero_output_for_mask, transient=True)
    weights, rows = step.captured()
    model = _rondo.Model(kernel, step.shared | weights, rows) if step.shared else \
        _rondo.recent_model(kernel, weights, rows)  # constants are the caller's own, and may change
    last, outputs, states = model.run(call.inputs, call.states, step.rows, call.mask, call.lengths, 1, None)
    return (nests.pack(step.output, last), nests.pack(step.output, outputs), nests.pack(call.state_nest, states))
