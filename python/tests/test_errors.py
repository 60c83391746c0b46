"""The corpus of mistakes in Python (tests/errors/README.md): each wrong call with the whole message that it must give,
less the place and the line of source."""

import re

import numpy as np
import pytest

import rondo

B, T, F, U = 3, 5, 4, 6
x = np.ones((B, T, F), np.float32)
h0 = np.zeros((B, U), np.float32)
mask = np.ones((B, T), bool)
W = np.ones((F, U), np.float32)
V = np.ones((7, 2), np.float32)
endless: list = []
endless.append(endless)


def good(x, states):
    h = np.tanh(x @ W + states[0])
    return h, [h]


def run(step=good, inputs=x, states=(h0,), **options):
    return rondo.rnn(step, inputs, list(states), **options)


CALLS = {
    "an input without features": (lambda: run(inputs=x[..., 0]),
        "inputs have at least 3 axes, (batch, time, ...); found the shape (3, 5): one number a step is (batch, time, 1)"),
    "a list of inputs within itself": (lambda: run(inputs=endless),
        "inputs: lists, tuples and dicts within one another are more than 100 deep; does one of them contain itself?"),
    "more threads than a number has": (lambda: rondo.compile(good, x, [h0])(x, threads=2**70),
        "threads is an integer of more than 64 bits"),
    "no input": (lambda: run(inputs=[]),
        "inputs is empty; the batch and the number of steps are read from an input"),
    "a text for an input": (lambda: run(inputs="no array"),
        "inputs are arrays of numbers, found str"),
    "half precision": (lambda: run(inputs=x.astype(np.float16)),
        "x has the element type float16; Rondo has float32, float64, int32, int64 and bool: convert it first"),
    "states in a dictionary": (lambda: rondo.rnn(good, x, {"h": h0}),
        "initial_states is a list or a tuple of states, each of which may be a dict; found a dict"),
    "a state for another batch": (lambda: run(states=[h0[:2]]),
        "state 's0' should be f32 (B=3, 6), but the array given is f32 (2, 6)"),
    "a mask of another length": (lambda: run(mask=mask[:, 1:]),
        "the mask should have the shape (B=3, T=5) or (B=3, T=5, 1), but the array given is (3, 4)"),
    "a mask of texts": (lambda: run(mask=np.full((B, T), "yes")),
        "the mask should be booleans or numbers, found <U3"),
    "a mask without states": (lambda: run(lambda x, s: (x, []), states=[], mask=mask),
        "a mask needs states to hold, and initial_states is empty"),
    "a length below zero": (lambda: run(input_length=-1),
        "input_length is -1; it cannot be negative"),
    "a length that is no integer": (lambda: run(input_length=2.5),
        "input_length is an integer or integers of the shape (batch,), found float64 of the shape ()"),
    "lengths that are no integers": (lambda: run(input_length=np.ones(B)),
        "input_length should be integers, found float64"),
    "no steps, and all unrolled": (lambda: run(inputs=x[:, :0], unroll=True),
        "rondo: error: the recurrence would run over 0 time steps; at least 1 is needed"),
}

STEPS = {
    "no pair": (lambda x, s: x,
        "the step function gives a pair, (output, new_states); found TracedArray"),
    "no list of states": (lambda x, s: (x, s[0]),
        "the new states of the step function are a list or a tuple, found TracedArray"),
    "a list within itself for the new states": (lambda x, s: (x, endless),
        "the step function gives the new states [[[[[[[[[[...]]]]]]]]]], but there are the initial states [.]: one new "
        "value for each"),
    "too few states": (lambda x, s: (x, []),
        "the step function gives the new states [], but there are the initial states [.]: one new value for each"),
    "a state of another shape": (lambda x, s: (x, [x]),
        "state 's0' is f32[6], but its next value is f32[4]: a state keeps its shape and its type"),
    "a state of another type": (lambda x, s: (x, [s[0].astype(np.float64)]),
        "state 's0' is f32[6], but its next value is f64[6]: a state keeps its shape and its type"),
    "a product that does not fit": (lambda x, s: (x @ V, s),
        "cannot multiply f32[4] @ f32[7, 2]: axis 0 of the left side has 4 elements, axis 0 of the right side 7"),
    "a sum that does not fit": (lambda x, s: (x + s[0], s),
        "shapes [4] and [6] do not broadcast together in '+': extents must be equal, or 1"),
    "an if over all samples": (lambda x, s: (x if x.sum() > 0 else -x, s),
        "'sum' over all axes of shape (3, 4), the batch axis among them: samples are independent; name the axes, "
        "as in axis=-1"),
    "an element of one sample": (lambda x, s: (x * x[0, 0], s),
        "the batch axis of shape (3, 4) must be kept whole, found an index of it: samples are independent; write "
        "x[:, ...]"),
    "an element that is set": (lambda x, s: (x.__setitem__(0, 1), s),
        "traced arrays do not change; make a new one with numpy.concatenate or numpy.where"),
    "a sort": (lambda x, s: (np.sort(x), s),
        "numpy's 'sort' has no counterpart in Rondo: Rondo does not sort; max, min, argmax, argmin and comparisons are "
        "there"),
    "inverse trigonometry": (lambda x, s: (np.arctan(x), s),
        "numpy's 'arctan' has no counterpart in Rondo: Rondo has no inverse trigonometric functions"),
    "a running sum over everything": (lambda x, s: (x.cumsum(), s),
        "'cumsum' needs the axis"),
    "a mean over the samples": (lambda x, s: (x - x.mean(axis=0), s),
        "'mean' along axis 0 of shape (3, 4), the batch axis: samples are independent"),
    "an index outside": (lambda x, s: (x[:, 9], s),
        "index 9 is outside axis 0 of f32[4]"),
    "complex numbers": (lambda x, s: (x + 1j, s),
        "an operand of the step function has the element type complex128; Rondo has float32, float64, int32, int64 and "
        "bool: convert it first"),
    "a text that is added": (lambda x, s: (x + "text", s),
        "an operand of the step function has the element type <U4; Rondo has float32, float64, int32, int64 and bool: "
        "convert it first"),
}


@pytest.mark.parametrize("call, message", CALLS.values(), ids=CALLS.keys())
def test_every_wrong_call_is_told_what_it_must_be_told(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize("step, message", STEPS.values(), ids=STEPS.keys())
def test_every_wrong_step_is_told_what_it_must_be_told(step, message):
    with pytest.raises(rondo.CompileError) as caught:
        run(step)
    assert caught.value.filename == __file__ and caught.value.lineno == step.__code__.co_firstlineno
    place, found = str(caught.value).split("\n")[0].split(" error: ", 1)
    assert re.fullmatch(re.escape(__file__) + r":\d+(:\d+)?:", place)
    assert found == message
