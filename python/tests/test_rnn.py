"""`rondo.rnn` does what the reference function says, argument by argument; the loop over numpy arrays is the oracle."""

import functools
import inspect
import itertools
import subprocess
import sys
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

import loop
import rondo
from loop import assert_close

B, T, F, U = 3, 5, 4, 6
rng = np.random.default_rng(2)
x = rng.standard_normal((B, T, F)).astype(np.float32)
h0, c0 = rng.standard_normal((2, B, U)).astype(np.float32)
W, R, V = (rng.standard_normal(shape).astype(np.float32) / 2 for shape in ((F, U), (U, U), (F, 4 * U)))
mask = np.array([[1, 0, 1, 0, 1], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]], bool)
lengths = np.array([5, 3, 0], np.int32)


def simple(x, states):
    h = np.tanh(x @ W + states[0] @ R)
    return h, [h]


def lstm(x, states):
    h, c = states
    i, f, g, o = np.split(x @ V + h @ np.tile(R, 4), 4, axis=-1)
    c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
    h = np.tanh(c) / (1 + np.exp(-o))
    return h, [h, c]


def check(step, inputs, states, **options):
    assert_close(rondo.rnn(step, inputs, states, **options), loop.rnn(step, inputs, states, **options))


def time_major(array):
    return np.ascontiguousarray(np.swapaxes(array, 0, 1))


def test_the_signature_is_the_reference_function_s():
    parameters = inspect.signature(rondo.rnn).parameters
    assert {name: p.default for name, p in itertools.islice(parameters.items(), 3, None)} == {
        "go_backwards": False, "mask": None, "constants": None, "unroll": False, "input_length": None,
        "time_major": False, "zero_output_for_mask": False}
    assert list(parameters)[:3] == ["step_function", "inputs", "initial_states"]


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("unroll", [False, True])
@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("masking", [{}, {"mask": mask}, {"mask": mask[..., None].astype(np.float32)},
                                     {"input_length": lengths}, {"input_length": 3}, {"input_length": 2 ** 70},
                                     {"mask": mask, "input_length": 2}])
def test_every_combination(go_backwards, unroll, zero, masking):
    options = dict(masking, go_backwards=go_backwards, unroll=unroll, zero_output_for_mask=zero)
    check(simple, x, [h0], **options)
    check(lstm, x, (h0, c0), **options)
    if "mask" in options:
        options["mask"] = time_major(options["mask"])
    check(simple, time_major(x), [h0], time_major=True, **options)


def test_constants_stand_behind_the_states():
    memory, scale = rng.standard_normal((B, 7, U)).astype(np.float32), np.full((1, U), 0.5, np.float32)
    def step(x, states):
        h, c, memory, scale, word = states
        assert word == "as it is"
        weights = np.exp(np.einsum("bsu,bu->bs", memory, h) * 0.1)
        read = np.einsum("bs,bsu->bu", weights / weights.sum(axis=-1, keepdims=True), memory)
        c = c + scale * np.tanh(read + x @ W)
        return c, [np.tanh(c), c]
    check(step, x, [h0, c0], constants=[memory, scale, "as it is"])
    check(step, x, [h0, c0], constants=(memory, scale, "as it is"), mask=mask)


def test_a_matrix_with_as_many_rows_as_samples_may_be_a_constant():
    square = rng.standard_normal((B, B)).astype(np.float32)
    xs = rng.standard_normal((B, T, B)).astype(np.float32)
    check(lambda x, s: (x @ s[1], [s[0] + x @ s[1]]), xs, [np.zeros((B, B), np.float32)], constants=[square])
    check(lambda x, s: (x * s[1], [s[0] + x * s[1]]), xs, [np.zeros((B, B), np.float32)], constants=[square])


def test_how_often_the_step_function_is_called():
    calls = []
    def run(step, *constants):
        calls.clear()
        rondo.rnn(lambda x, s: calls.append(1) or (step(x, *s), []), xs, [], constants=list(constants))
        return len(calls)
    xs = np.ones((B, T, B), np.float32)
    square, wide = np.ones((B, B), np.float32), np.ones((B + 1, B), np.float32)
    assert run(lambda x: x) == run(lambda x, a: x * a, square) == run(lambda x, w: x @ w.T, wide) == 1
    assert run(lambda x, a: x @ a, square) == run(lambda x, a, b: x * a @ b, square, square) == 2
    assert run(lambda x, a, b: x @ a * b, square, square) == 3
    calls.clear()
    with pytest.raises(rondo.CompileError):
        rondo.rnn(lambda x, s: calls.append(1) or (np.sort(x), []), xs, [], constants=[square] * 6)
    assert len(calls) == 16


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize("inputs", [
    (x, x * 2), [x, x * 2], Pair(x, x * 2), {"b": x, "a": x * 2}, OrderedDict(b=x, a=x * 2), defaultdict(list, b=x, a=x * 2),
    (x, {"deep": [x]})])
def test_nested_inputs(inputs):
    def step(x, states):
        leaves = rondo.nests.flatten(x)
        assert rondo.nests.describe(x) == rondo.nests.describe(inputs) and type(x) is type(inputs)
        h = states[0] + leaves[0] @ W - 0.5 * (leaves[1] @ W)
        return h, [h]
    check(step, inputs, [h0], mask=mask)


@pytest.mark.parametrize("nest", [lambda a, b: (a, b), lambda a, b: [a, [b]], Pair,
                                  lambda a, b: {"z": a, "a": (b,)}, lambda a, b: OrderedDict(z=a, a=b)])
def test_nested_outputs(nest):
    def step(x, states):
        h = states[0] + x @ W
        return nest(h, x[:, :2]), [h]
    last, outputs, _ = rondo.rnn(step, x, [h0], mask=mask)
    assert type(last) is type(outputs) is type(nest(1, 2))
    check(step, x, [h0], mask=mask)


def test_nested_states():
    def step(x, states):
        (a, b), rest = states
        a = a + x @ W
        return a, ((a, b + 1), {"n": rest["n"] * 0.5})
    states = ((h0, np.zeros(B, np.int32)), {"n": np.ones((B, 2, 2))})
    check(step, x, states, mask=mask)
    check(step, x, list(states))
    assert type(rondo.rnn(step, x, list(states))[2]) is list


def test_one_state_without_a_list():
    last, _, states = rondo.rnn(simple, x, h0)
    assert_close(states, [last])


def test_no_states():
    check(lambda x, states: (x @ W, []), x, [], go_backwards=True)
    assert rondo.rnn(lambda x, states: (x @ W, ()), x, ())[2] == ()


@pytest.mark.parametrize("dtype", [np.float64, np.int32, np.int64])
def test_types(dtype):
    xs = np.arange(24).reshape(2, 4, 3).astype(dtype)
    def step(x, states):
        total = states[0] + x
        return total > 20, [total]
    check(step, xs, [np.zeros((2, 3), dtype)], mask=mask[:2, :4])


def test_higher_ranks():
    xs = rng.standard_normal((B, T, 2, 3, 4)).astype(np.float32)
    def step(x, states):
        s = states[0] * 0.5 + x.sum(axis=(1, 2))
        return x * s[:, None, None, :], [s]
    check(step, xs, [np.zeros((B, 4), np.float32)], mask=mask)


def test_what_the_step_function_reads_is_read_at_each_call():
    weights = {"W": W.copy()}
    def step(x, states):
        return x @ weights["W"] * scale, []
    scale = 1.0
    first = rondo.rnn(step, x, [])[1]
    weights["W"] *= 2
    assert_close(rondo.rnn(step, x, [])[1], first * 2)
    weights["W"], scale = W, 3.0
    assert_close(rondo.rnn(step, x, [])[1], first * 3)


def test_what_has_not_changed_is_told_from_what_has():
    """Weights that are the same are not packed again; every other change is seen, in one element and in the layout."""
    square, other = (rng.standard_normal((F, F)).astype(np.float32) for _ in range(2))
    used = square
    def step(x, states):
        return x @ used + each[:, 0], []
    each = rng.standard_normal((B, T, F)).astype(np.float32)
    for _ in range(2):
        for used in square, square.T, other, square[::-1]:
            check(step, x, [])
        square[-1, -1] += 1
        used = square
        check(step, x, [])
        each[1, 0, 2] -= 3
        check(step, x, [])


def test_what_is_kept_of_weights_is_bounded():
    """600 weights of 1 MB: without bounds, their copies would be 600 MB, and what is packed of them as much."""
    program = """
import numpy as np, rondo
weights = [np.full((512, 512), i, np.float32) for i in range(600)]
x = np.ones((1, 1, 512), np.float32)
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 >> 20
def run(weight):
    return rondo.rnn(lambda x, s: (x @ weight, []), x, [])[0][0, 0]
assert run(weights[0]) == 0
before = resident()
assert [run(weight) for weight in weights] == [512 * i for i in range(600)]
print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 300


def test_arrays_of_any_layout():
    xs = np.asfortranarray(rng.standard_normal((B, 2 * T, F)).astype(np.float32))[:, ::2]
    reversed_state = h0[::-1, ::-1]
    check(simple, xs, [reversed_state], mask=np.asfortranarray(mask))
    read_only = x.copy()
    read_only.flags.writeable = False
    check(simple, read_only, [h0])


def test_lists_become_arrays():
    options = {"go_backwards": True}
    wanted = rondo.rnn(simple, x, [h0], mask=mask, **options), rondo.rnn(simple, x, [h0], input_length=lengths, **options)
    assert_close(rondo.rnn(simple, x, [h0], mask=mask.tolist(), **options), wanted[0], 0)
    assert_close(rondo.rnn(simple, x, [h0], input_length=lengths.tolist(), **options), wanted[1], 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float16, np.float64, np.int64, ">f4"])
def test_masks_and_lengths_of_any_element_type(dtype):
    wanted = rondo.rnn(simple, x, [h0], mask=mask)
    assert_close(rondo.rnn(simple, x, [h0], mask=mask.astype(dtype)), wanted, 0)
    if np.dtype(dtype).kind in "iu":
        wanted = rondo.rnn(simple, x, [h0], input_length=lengths)
        assert_close(rondo.rnn(simple, x, [h0], input_length=lengths.astype(dtype)), wanted, 0)


def test_no_steps():
    last, outputs, states = rondo.rnn(simple, x[:, :0], [h0])
    assert outputs.shape == (B, 0, U) and not last.any()
    assert_close(states, [h0])


@pytest.mark.parametrize("arguments, options, word", [
    ((simple, x[..., 0], [h0]), {}, "at least 3 axes"),
    ((simple, [], [h0]), {}, "empty"),
    ((simple, x, {"h": h0}), {}, "list or a tuple"),
    ((lambda x, s: (x, []), x, []), {"mask": mask}, "needs states"),
    ((simple, x[:, :0], [h0]), {"unroll": True}, "time steps"),
    ((simple, x, [h0]), {"mask": mask[:, 1:]}, "mask"),
    ((simple, x, [h0]), {"mask": np.ones((B, T, 2))}, "mask"),
    ((simple, x, [h0]), {"mask": np.full((B, T), "yes")}, "the mask should be booleans or numbers, found <U3"),
    ((simple, x, [h0]), {"mask": np.full((B, T), None)}, "found object"),
    ((simple, x, [h0]), {"input_length": -1}, "negative"),
    ((simple, x, [h0]), {"input_length": np.ones((B, 2), int)}, "batch"),
    ((simple, x, [h0]), {"input_length": np.ones(B)}, "float64"),
    ((simple, x, [h0[:2]]), {}, "s0"),
    ((lambda x, s: (x["a"] + x["b"], s), {"a": x, "b": x[:, 1:]}, [h0]), {}, "T=5"),
    ((simple, x.astype(np.float16), [h0]), {}, "float16"),
    ((simple, "no array", [h0]), {}, "arrays of numbers"),
    ((simple, x, [h0]), {"input_length": 2.5}, "input_length is an integer"),
    ((lambda x, s: x, x, [h0]), {}, "pair"),
    ((lambda x, s: (x, s[0]), x, [h0]), {}, "list or a tuple"),
    ((lambda x, s: (x, []), x, [h0]), {}, r"new states \[\], but there are the initial states \[.\]"),
    ((lambda x, s: (x, [s[0], s[0]]), x, [h0]), {}, "one new value for each"),
    ((lambda x, s: (x, [x]), x, [h0]), {}, "keeps its shape"),
    ((lambda x, s: (x, [s[0].astype(np.float64)]), x, [h0]), {}, "its type"),
])
def test_errors(arguments, options, word):
    with pytest.raises(ValueError, match=word):
        rondo.rnn(*arguments, **options)


def test_errors_name_the_line():
    def step(x, states):
        y = x @ W
        return y + states[0] @ W, states
    with pytest.raises(rondo.CompileError) as caught:
        rondo.rnn(step, x, [h0])
    assert caught.value.filename == __file__
    assert caught.value.lineno == step.__code__.co_firstlineno + 2
    assert "states[0] @ W" in str(caught.value) and "f32[3, 6] @ f32[4, 6]" not in str(caught.value)


@pytest.mark.parametrize("step", [
    lambda x, s: x, lambda x, s: (x, s[0]), lambda x, s: (x, []), lambda x, s: (1.0, [s[0]]), lambda x, s: (x, [x * 2]),
    lambda x, s: (x + np.zeros(F, np.complex64), s), lambda x, s: (x + "text", s), lambda x, s: (x, ["text"]),
    lambda x, s: (np.einsum("bf,bg->fg", x, x), s), lambda x, s: (np.linalg.norm(x), s),
    lambda x, s: (np.dot(x, np.ones((2, 2, F, 2))), s), lambda x, s: (np.tensordot(x, x, axes=([5], [0])), s),
    lambda x, s: (x * [x, x], s), lambda x, s: (None, s), lambda x, s: (x, [None]), lambda x, s: ([], s), lambda x, s: ({"a": ()}, s)])
def test_every_error_has_a_line(step):
    with pytest.raises(rondo.CompileError) as caught:
        rondo.rnn(step, x, [h0])
    assert caught.value.filename == __file__ and caught.value.lineno == step.__code__.co_firstlineno
    assert str(caught.value).startswith(__file__) and str(caught.value).count("error:") == 1


def test_errors_of_objects_that_are_called_have_a_line():
    class Cell:
        def __call__(self, x, states):
            return x, states[0]

        def step(self, x, states):
            return x, []
    def partial(scale, x, states):
        return x * scale, []
    named = Cell()
    named.__name__ = 5
    for step in Cell(), Cell().step, named, functools.partial(partial, 2), functools.partial(Cell()):
        with pytest.raises(rondo.CompileError) as caught:
            rondo.rnn(step, x, [h0])
        assert caught.value.filename == __file__ and caught.value.lineno


def test_mistakes_that_the_step_function_catches_are_raised_all_the_same():
    def step(x, states):
        try:
            return np.sort(x), states
        except ValueError:
            return x * 2, states
    with pytest.raises(rondo.CompileError, match="does not sort"):
        rondo.rnn(step, x, [h0])


def test_without_samples_no_step_is_taken():
    endless = np.broadcast_to(np.float32(1), (0, 2 ** 50, F))
    last, outputs, _ = rondo.rnn(lambda x, s: (x @ W, [s[0]]), endless, [h0[:0]])
    assert last.shape == (0, U) and outputs.shape == (0, 2 ** 50, U)


def test_errors_of_the_step_function_pass_through():
    def step(x, states):
        raise KeyError("mine")
    with pytest.raises(KeyError, match="mine"):
        rondo.rnn(step, x, [h0])
