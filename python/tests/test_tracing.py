"""Whatever numpy does to arrays of shape (B, ...), it does to traced arrays: one step, compared with numpy itself."""

import copy
import enum
import operator

import numpy as np
import pytest

import rondo
from loop import assert_close

B, S, F = 4, 5, 6
rng = np.random.default_rng(1)
x2 = rng.standard_normal((B, F)).astype(np.float32)
x3 = rng.standard_normal((B, S, F)).astype(np.float32)
W = rng.standard_normal((F, 3)).astype(np.float32)
row = rng.standard_normal(F).astype(np.float32)
each = rng.standard_normal((B, F)).astype(np.float32)


def traced(function, *arrays):
    """function(*arrays), with each array as the one step of an input."""
    last, outputs, _ = rondo.rnn(lambda x, states: (function(*x), []), tuple(a[:, None] for a in arrays), [])
    assert_close(last, np.asarray(outputs)[:, 0], 0)
    return last


ON_ROWS = {
    "operators": lambda x: (1 + x * 2 - x / 3) * -x + abs(x),
    "numbers on the left": lambda x: (2.0 - x) * (3 / (x * x + 1)),
    "power": lambda x: x ** 2 + abs(x) ** 0.5 + abs(x) ** 1.5 + 2.0 ** x + (x * x + 1) ** -1,
    "comparisons": lambda x: np.where((x > 0) & (x < 1) | (x >= 2), x, -x),
    "negation": lambda x: np.where(~(x > 0) ^ (x <= -1), x, 0),
    "equal": lambda x: np.where(x == x, 1.0, 2.0).astype(np.float32) * x,
    "shared row": lambda x: x * row + row,
    "shared row of rank 2": lambda x: x * row[None],
    "array of each sample": lambda x: x * each + each,
    "array on the left": lambda x: row * x + each / (x * x + 1),
    "product": lambda x: x @ W,
    "dot": lambda x: np.dot(x, W) + x.dot(W),
    "product with a vector": lambda x: (x @ row)[:, None] + x,
    "exp and friends": lambda x: np.exp(x) + np.log(x * x + 1) + np.sqrt(abs(x)) + np.square(x) + np.reciprocal(x + 9),
    "trigonometry": lambda x: np.sin(x) + np.cos(x) + np.tan(x),
    "hyperbolic": lambda x: np.tanh(x) + np.sinh(x) + np.cosh(x),
    "small": lambda x: np.expm1(x * 1e-3) + np.log1p(abs(x) * 1e-3),
    "logarithms": lambda x: np.log2(x * x + 1) + np.log10(x * x + 1),
    "rounding": lambda x: np.floor(x) + np.ceil(x),
    "sign": lambda x: np.sign(x) * 2,
    "extremes": lambda x: np.minimum(x, 0.5) + np.maximum(x, -0.5) + np.clip(x, -1, 1) + x.clip(0, None),
    "logic": lambda x: np.where(np.logical_and(x, x > 0), x, np.logical_not(x > 1)),
    "not numbers": lambda x: np.where(np.isnan(x), 0, x) + np.where(np.isfinite(x), x, 1),
    "sum": lambda x: x.sum(axis=1, keepdims=True) + x.sum(-1)[:, None] + np.sum(x, axis=-1, keepdims=True),
    "mean": lambda x: x - x.mean(axis=-1, keepdims=True),
    "variance": lambda x: x / (np.var(x, axis=1, keepdims=True) + x.std(axis=1, keepdims=True, ddof=1)),
    "extreme elements": lambda x: x.max(axis=1, keepdims=True) - np.min(x, axis=1, keepdims=True),
    "product of elements": lambda x: x.prod(axis=1),
    "norm": lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True),
    "ufunc.reduce": lambda x: np.add.reduce(x, axis=1, dtype=np.float64) + np.maximum.reduce(x, axis=1),
    "slices": lambda x: x[:, 1:4] + x[:, ::2] + x[:, ::-1][:, :3] + x[..., -3:],
    "an index": lambda x: x[:, 2] + x[..., -1],
    "new axes": lambda x: x[:, None, :] + x[:, :, None] * x[:, np.newaxis],
    "array of indices": lambda x: x[:, [0, 2, -1]] + np.take(x, [1, 1, 0], axis=1),
    "split": lambda x: sum(np.split(x, 3, axis=1)),
    "split at": lambda x: np.concatenate(np.split(x, [1, 3], axis=-1)[::-1], axis=-1),
    "unequal split": lambda x: np.array_split(x, 4, axis=1)[0],
    "concatenate": lambda x: np.concatenate([x, x * 2, each], axis=-1),
    "stack": lambda x: np.stack([x, -x, each], axis=1),
    "hstack": lambda x: np.hstack([x, x]),
    "reshape": lambda x: x.reshape(B, 2, 3) + np.reshape(x, (-1, 2, 3)) + x.reshape((x.shape[0], -1, 3)),
    "expand and squeeze": lambda x: np.squeeze(np.expand_dims(x, 1), axis=1) + np.expand_dims(x, -1).squeeze(),
    "broadcast": lambda x: np.broadcast_to(x[:, None], (B, 3, F)),
    "repeat": lambda x: np.repeat(x, 2, axis=1),
    "tile": lambda x: np.tile(x, (1, 3)) + np.tile(x[:, :6], 3),
    "flip and roll": lambda x: np.flip(x, axis=1) + np.roll(x, 2, axis=-1),
    "pad": lambda x: np.pad(x, ((0, 0), (1, 2))),
    "like": lambda x: np.zeros_like(x) + np.ones_like(x) * np.full_like(x, 3),
    "zeros of the shape": lambda x: x + np.zeros((x.shape[0], 1), np.float32) + np.zeros(x.shape, x.dtype),
    "shape": lambda x: x * (np.shape(x)[1] + np.ndim(x) + len(x)),
    "types": lambda x: x.astype(np.float64) * row + x,
    "truncation": lambda x: (x * 10).astype(np.int32) + 1,
    "integers and floats": lambda x: (x * 10).astype(np.int32) * 0.5,
    "integers divided": lambda x: (x * 10).astype(np.int64) / 4,
    "booleans counted": lambda x: (x > 0).sum(axis=1),
    "numpy scalars": lambda x: x * np.float32(0.1) + np.float64(0.5),
}

ON_MATRICES = {
    "shared matrix": lambda x: x @ W,
    "transposed": lambda x: np.transpose(x, (0, 2, 1)) + x.transpose(0, 2, 1) + x.swapaxes(1, 2) + np.moveaxis(x, 1, 2),
    "matrix on the left": lambda x: W.T @ x.transpose(0, 2, 1),
    "matrices of each sample": lambda x: x @ x.transpose(0, 2, 1),
    "vector on the left": lambda x: np.ones(S, np.float32) @ x,
    "row beside matrix": lambda x: x * each[:, None] + row,
    "two axes reduced": lambda x: x.sum(axis=(1, 2)) + np.mean(x, axis=(-1, -2)),
    "matrix of each sample": lambda x: x @ rng_matrices,
    "einsum": lambda x: np.einsum("bsf,fn->bns", x, W),
    "einsum of samples": lambda x: np.einsum("bsf,bf->bs", x, each),
    "einsum of one": lambda x: np.einsum("bsf->bf", x) + np.einsum("bsf->bfs", x)[..., 0],
    "einsum within": lambda x: np.einsum("bsf,brf->bsr", x, x),
    "attention": lambda x: np.einsum("bs,bsf->bf", np.exp(x[..., 0]), x),
    "index between": lambda x: x[:, 1:3, 2] + x[:, -1, :2],
}
rng_matrices = rng.standard_normal((B, F, 2)).astype(np.float32)


@pytest.mark.parametrize("name", ON_ROWS)
def test_rows(name):
    assert_close(traced(lambda x: ON_ROWS[name](x), x2), ON_ROWS[name](x2), 2e-5)


@pytest.mark.parametrize("name", ON_MATRICES)
def test_matrices(name):
    assert_close(traced(lambda x: ON_MATRICES[name](x), x3), ON_MATRICES[name](x3), 2e-5)


def test_two_inputs():
    assert_close(traced(lambda a, b: a[:, None] * b, x2, x3), x2[:, None] * x3)
    assert_close(traced(lambda a, b: np.where(b > 0, a[:, None], b), x2, x3), np.where(x3 > 0, x2[:, None], x3))


def test_activations_are_those_of_keras():
    def hard(x):
        return np.clip(x / 6 + 0.5, 0, 1)
    assert_close(traced(rondo.ops.hard_sigmoid, x2), hard(x2))
    assert_close(traced(rondo.ops.sigmoid, x2), 1 / (1 + np.exp(-x2)))
    assert_close(traced(lambda x: rondo.ops.leaky_relu(x, 0.1), x2), np.where(x2 >= 0, x2, np.float32(0.1) * x2))
    exps = np.exp(x3 - x3.max(axis=1, keepdims=True))
    assert_close(traced(lambda x: rondo.ops.softmax(x, axis=1), x3), exps / exps.sum(axis=1, keepdims=True))


def test_what_a_traced_array_tells():
    def step(x, states):
        assert x.shape == (B, F) and x.ndim == 2 and x.size == B * F and x.dtype == np.float32 and len(x) == B
        assert repr(x) == "TracedArray(shape=(4, 6), dtype=float32)"
        assert repr(rondo.ops.tanh(x).sum(axis=1)) == "TracedArray(shape=(4,), dtype=float32)"
        return x, []
    rondo.rnn(step, x2[:, None], [])


@pytest.mark.parametrize("mixing, word", [
    (lambda x: x.sum(), "over all axes"),
    (lambda x: x.sum(axis=0), "axis 0"),
    (lambda x: np.mean(x, axis=-2), "batch axis"),
    (lambda x: x[0], "batch axis"),
    (lambda x: x[::2], "batch axis"),
    (lambda x: x[None], "batch axis"),
    (lambda x: x.T, "moves the batch axis"),
    (lambda x: np.concatenate([x, x]), "axis 0"),
    (lambda x: np.split(x, 2)[0], "batch axis"),
    (lambda x: x.reshape(-1), "batch axis"),
    (lambda x: x @ x, "samples are independent"),
    (lambda x: np.ones((2, B), np.float32) @ x, "samples are independent"),
    (lambda x: x * x[:, None], "same number of axes"),
    (lambda x: x * np.ones((B + 1, 1), np.float32), "samples are independent"),
    (lambda x: np.ones(F, np.float32), "does not begin with the batch axis"),
    (lambda x: 1.0, "does not begin with the batch axis"),
])
def test_mixing_samples_is_refused(mixing, word):
    with pytest.raises(rondo.CompileError, match=word):
        traced(mixing, x2)


@pytest.mark.parametrize("wrong, word", [
    (lambda x: x if x.sum(axis=1) > 0 else -x, "is true is not known"),
    (lambda x: float(x), "no numbers yet"),
    (lambda x: np.linalg.inv(x), "no counterpart"),
    (lambda x: np.arctan(x), "no counterpart"),
    (lambda x: np.sort(x), "no counterpart"),
    (lambda x: x[:, 9], "outside axis"),
    (lambda x: np.tile(x, (1, 2 ** 40)), "elements"),
    (lambda x: x.astype(np.float16), "float16"),
    (lambda x: x + np.zeros(7, np.float32), "do not broadcast"),
    (lambda x: x + np.zeros(F, np.complex64), "complex64"),
    (lambda x: x.astype(np.int32) & 1, "compare first"),
])
def test_what_cannot_be_traced(wrong, word):
    with pytest.raises((ValueError, TypeError), match=word):
        traced(wrong, x2)


@pytest.mark.parametrize("call, option", [
    (lambda x, to: np.sum(x, axis=1, out=to), "out="),
    (lambda x, to: x.max(axis=1, out=to), "out="),
    (lambda x, to: x.std(axis=1, out=to), "out="),
    (lambda x, to: np.concatenate([x, x], axis=1, out=to), "out="),
    (lambda x, to: operator.iadd(np.zeros((B, F), np.float32), x), r"as in a = a \+ x"),
    # As numpy's `add.reduce` calls it; numpy loses a reference to operands where that raises.
    (lambda x, to: rondo.ops.reduce_with(np.add, x, axis=1, initial=10), "initial="),
    (lambda x, to: rondo.ops.reduce_with(np.add, x, axis=1, where=row > 0), "where="),
    (lambda x, to: np.take(x, [-1], axis=1, mode="clip"), "mode="),
    (lambda x, to: np.zeros_like(x, shape=(B, 1)), "shape="),
    (lambda x, to: x[:, True], "True and False"),
])
def test_options_that_would_change_the_result_are_not_overlooked(call, option):
    with pytest.raises(rondo.CompileError, match=option):
        traced(lambda x: call(x, np.zeros(B, np.float32)), x2)


def test_arrays_are_read_as_they_are_when_an_operation_meets_them():
    def scratch(x):
        shared, rows = np.ones(F, np.float32), np.zeros(x.shape, np.float32)
        a = x * shared + rows
        shared[:] = 2
        rows[::2] += 3
        return a - x * shared * shared + rows
    assert_close(traced(scratch, x2), scratch(x2))
    weights = []
    def step(x, states):
        weights.append(np.ones((F, 2), np.float32).T.copy().T)  # not dense
        y = x @ weights[-1] + x @ weights[-1]
        weights[-1][:] = 7
        return y, []
    compiled = rondo.compile(step, x2[:, None], [])
    assert len(compiled.weights) == 1
    assert_close(compiled(x2[:, None])[0], x2 @ np.ones((F, 2), np.float32) * 2)


@pytest.mark.parametrize("wrong, error, word", [
    (lambda x: rondo.ops.elu(x, "soft"), TypeError, "'elu' should be given a number, found str"),
    (lambda x: rondo.ops.layer_norm(x, epsilon="small"), TypeError, "'epsilon' should be a number, found str"),
    (lambda x: x[:, 0.5:], TypeError, "'start' should be an integer or None, found float"),
    (lambda x: x * 2 ** 70, rondo.CompileError, "more than 64 bits; write it as a float"),
])
def test_parameters_of_another_type(wrong, error, word):
    with pytest.raises(error, match=word):
        traced(wrong, x2)


def test_none_is_no_array():
    with pytest.raises(TypeError, match="unsupported operand"):
        traced(lambda x: x + None, x2)
    assert_close(traced(lambda x: -x if x == None else x, x2), x2, 0)  # noqa: E711


class Size(enum.IntEnum):
    TWO = 2


class Celsius(float):
    pass


@pytest.mark.parametrize("number", [Size.TWO, Celsius(0.5)])
def test_numbers_of_derived_classes_take_the_type_that_they_meet(number):
    first = x2[:, 0].copy()  # (B,): a number that became an array with an axis would add one here
    y = rondo.rnn(lambda x, states: (x[:, 0] * number, []), first[:, None, None], [])[0]
    assert y.dtype == np.float32 and y.shape == (B,)
    assert_close(y, first * np.float32(number), 0)


def test_arrays_without_axes_stay_so_when_numpy_converts_them():
    class Scale:
        def __array__(self, dtype=None, copy=None):
            return np.array(2, dtype or np.float32)
    first = x2[:, 0].copy()
    y = rondo.rnn(lambda x, states: (x[:, 0] * Scale(), []), first[:, None, None], [])[0]
    assert_close(y, first * 2, 0)


def test_copies_of_traced_arrays_are_the_arrays():
    def step(x, states):
        (h,) = copy.deepcopy(states)
        return copy.copy(x) + h, [h + 1]
    assert_close(rondo.rnn(step, x2[:, None], [x2])[0], x2 * 2, 0)


def test_values_do_not_outlive_their_trace():
    kept = []
    traced(lambda x: kept.append(x) or x, x2)
    with pytest.raises(RuntimeError, match="traced to its end"):
        kept[0] + 1
    with pytest.raises(RuntimeError, match="another"):
        traced(lambda x: x + kept[0], x2)
