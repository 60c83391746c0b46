"""What the tests of TensorFlow and Keras assert of `rnn`, written anew; the numbers are those of the reference library."""

import numpy as np
import pytest

import rondo
from loop import assert_close

X = np.arange(1, 9, dtype=np.float32).reshape(2, 4, 1)
MASK = np.array([[1, 0, 1, 0], [0, 1, 1, 0]], bool)


def full(value, width=1):
    return np.full((2, width), value, np.float32)


def identity(x, states):
    return x, [states[0] + 1]


def accumulate(x, states):
    y = x + states[0]
    return y, [y]


BOTH = pytest.mark.parametrize("unroll", [False, True])


@BOTH
@pytest.mark.parametrize("step, start, options, outputs, last, state", [
    (accumulate, 0, {}, [[1, 3, 6, 10], [5, 11, 18, 26]], [10, 26], [10, 26]),
    (accumulate, 0, {"go_backwards": True}, [[4, 7, 9, 10], [8, 15, 21, 26]], [10, 26], [10, 26]),
    (identity, 100, {"go_backwards": True}, [[4, 3, 2, 1], [8, 7, 6, 5]], [1, 5], [104, 104]),
    (accumulate, 0, {"mask": MASK}, [[1, 1, 4, 4], [0, 6, 13, 13]], [4, 13], [4, 13]),
    (accumulate, 0, {"mask": MASK, "go_backwards": True}, [[0, 3, 3, 4], [0, 7, 13, 13]], [4, 13], [4, 13]),
    (identity, 100, {"mask": MASK}, [[1, 1, 3, 3], [0, 6, 7, 7]], [3, 7], [102, 102]),
    (identity, 100, {"mask": MASK, "go_backwards": True}, [[0, 3, 3, 1], [0, 7, 6, 6]], [1, 6], [102, 102]),
    (identity, 100, {"mask": MASK, "zero_output_for_mask": True}, [[1, 0, 3, 0], [0, 6, 7, 0]], [0, 0], [102, 102]),
    (identity, 100, {"mask": MASK, "zero_output_for_mask": True, "go_backwards": True},
     [[0, 3, 0, 1], [0, 7, 6, 0]], [1, 0], [102, 102]),
    (accumulate, 100, {"mask": MASK & False}, [[0] * 4] * 2, [0, 0], [100, 100]),
    (identity, 100, {"mask": np.array([[.5, 0, 2, -1], [0, 1, 1, 0]])}, [[1, 1, 3, 4], [0, 6, 7, 7]], [4, 7], [103, 102]),
    (identity, 100, {"mask": np.array([[2, 0, 1, 0], [0, -3, 1, 0]], np.int32)},
     [[1, 1, 3, 3], [0, 6, 7, 7]], [3, 7], [102, 102]),
    (identity, 100, {"mask": MASK[..., None]}, [[1, 1, 3, 3], [0, 6, 7, 7]], [3, 7], [102, 102]),
    (identity, 100, {"input_length": np.array([2, 3])}, [[1, 2, 2, 2], [5, 6, 7, 7]], [2, 7], [102, 103]),
    (identity, 100, {"input_length": np.array([2, 3]), "zero_output_for_mask": True},
     [[1, 2, 0, 0], [5, 6, 7, 0]], [0, 0], [102, 103]),
    (identity, 100, {"input_length": np.array([2, 4]), "go_backwards": True},
     [[0, 0, 2, 1], [8, 7, 6, 5]], [1, 5], [102, 104]),
    (identity, 100, {"input_length": np.array([2, 6])}, [[1, 2, 2, 2], [5, 6, 7, 8]], [2, 8], [102, 104]),
    (identity, 100, {"input_length": 7}, [[1, 2, 3, 4], [5, 6, 7, 8]], [4, 8], [104, 104]),
    (identity, 100, {"input_length": np.array([1, 1]), "mask": MASK | True},
     [[1, 2, 3, 4], [5, 6, 7, 8]], [4, 8], [104, 104]),
])
def test_tables(step, start, options, outputs, last, state, unroll):
    found = rondo.rnn(step, X, [full(start)], unroll=unroll, **options)
    assert [part[..., 0].tolist() for part in (found[1], found[0], found[2][0])] == [outputs, last, state]


@BOTH
def test_nan_in_masked_steps_leaves_no_trace(unroll):
    poisoned = np.where(MASK[..., None], X, np.nan).astype(np.float32)
    poisoned[0, 1] = np.inf
    found = rondo.rnn(accumulate, poisoned, [full(0)], mask=MASK, unroll=unroll)
    assert_close(found, rondo.rnn(accumulate, X, [full(0)], mask=MASK), 0)


@BOTH
def test_additional_states_of_another_width(unroll):
    def step(x, states):
        y = x + states[0]
        return y, [y, np.concatenate([y, y], axis=-1)]
    last, _, (first, second) = rondo.rnn(step, X, [full(0), full(0, 2)], mask=MASK, unroll=unroll)
    assert_close(np.concatenate([first, first], axis=-1), second, 0)
    assert_close(first, last, 0)


@BOTH
@pytest.mark.parametrize("width", [2, 3])
def test_output_of_rank_3_with_a_mask(unroll, width):
    inputs = np.random.default_rng(1).standard_normal((2, 4, width)).astype(np.float32)
    mask = np.ones((2, 4), bool)
    mask[1, 3] = False
    outputs = rondo.rnn(lambda x, s: (np.repeat(x[..., None], 2, axis=-1), s), inputs, [full(0)], mask=mask,
                        unroll=unroll)[1]
    assert_close(outputs[1, 3], outputs[1, 2], 0)
    assert_close(outputs[0], np.repeat(inputs[0][..., None], 2, axis=-1), 0)


@BOTH
@pytest.mark.parametrize("shape", [(2, 6, 7), (2, 2, 7), (2,)])
def test_states_of_other_ranks_with_a_mask(unroll, shape):
    mask = np.ones((2, 4), bool)
    mask[0, 2:] = False
    state = rondo.rnn(lambda x, s: (x, [s[0] + 1]), X, [np.zeros(shape, np.float32)], mask=mask, unroll=unroll)[2][0]
    assert state.shape == shape and (state[0] == 2).all() and (state[1] == 4).all()


@BOTH
def test_five_axes(unroll):
    inputs = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2, 1)
    mask = np.array([[1, 1, 0], [0, 1, 1]], bool)
    outputs = rondo.rnn(accumulate, inputs, [np.zeros((2, 2, 2, 1), np.float32)], mask=mask, unroll=unroll)[1]
    a, b = inputs
    assert_close(outputs, np.array([[a[0], a[0] + a[1], a[0] + a[1]], [a[0] * 0, b[1], b[1] + b[2]]]), 0)


@BOTH
def test_constants(unroll):
    step = lambda x, s: (x + s[0] + s[1], [x + s[0] + s[1]])  # noqa: E731
    outputs = rondo.rnn(step, X, [full(100)], constants=[full(1000)], unroll=unroll)[1]
    assert outputs[..., 0].tolist() == [[1101, 2103, 3106, 4110], [1105, 2111, 3118, 4126]]
    outputs = rondo.rnn(step, X, [full(100)], constants=[full(1000)], mask=MASK, unroll=unroll)[1]
    assert outputs[..., 0].tolist() == [[1101, 1101, 2104, 2104], [0, 1106, 2113, 2113]]


@BOTH
def test_time_major_is_batch_major_turned(unroll):
    for mask in (None, MASK):
        turned = rondo.rnn(accumulate, X.swapaxes(0, 1), [full(0)], time_major=True, unroll=unroll,
                           mask=None if mask is None else mask.T)
        straight = rondo.rnn(accumulate, X, [full(0)], mask=mask)
        assert_close(turned, (straight[0], straight[1].swapaxes(0, 1), straight[2]), 0)


def test_two_calls_are_one():
    first = rondo.rnn(accumulate, X[:, :2], [full(0)])
    second = rondo.rnn(accumulate, X[:, 2:], first[2])
    whole = rondo.rnn(accumulate, X, [full(0)])
    assert_close(np.concatenate([first[1], second[1]], axis=1), whole[1], 0)
    assert_close(second[2], whole[2], 0)


@pytest.mark.parametrize("backwards", [False, True])
def test_padded_samples_get_what_they_get_alone(backwards):
    lengths = np.array([2, 4])
    _, _, states = rondo.rnn(accumulate, X, [full(0)], input_length=lengths, go_backwards=backwards)
    for sample, length in enumerate(lengths):
        alone = rondo.rnn(accumulate, X[sample:sample + 1, :length], [full(0)[:1]], go_backwards=backwards)[2]
        assert_close(states[0][sample:sample + 1], alone[0], 0)
