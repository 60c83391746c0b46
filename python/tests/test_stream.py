"""Streams give the bits of one call, however the sequence is cut."""

import copy

import numpy as np
import pytest

import rondo
from loop import assert_close

B, T, F, U = 3, 9, 4, 5
rng = np.random.default_rng(6)
x = rng.standard_normal((B, T, F)).astype(np.float32)
h0 = rng.standard_normal((B, U)).astype(np.float32)
W, R = (rng.standard_normal(shape).astype(np.float32) for shape in ((F, U), (U, U)))
mask = rng.random((B, T)) > 0.4
SPECS = rondo.ArraySpec((None, None, F)), [rondo.ArraySpec((None, U))]


def step(x, states):
    h = np.tanh(x @ W + states[0] @ R)
    return h * 2, [h]


def test_steps_and_blocks_give_the_bits_of_one_call():
    compiled = rondo.compile(step, *SPECS)
    _, outputs, states = compiled(x, [h0])
    stream = compiled.stream(B, [h0])
    cut = [stream(x[:, 0])[:, None], stream.block(x[:, 1:5]), stream.block(x[:, 5:5]), stream(x[:, 5])[:, None],
           stream.block(x[:, 6:])]
    assert_close(np.concatenate(cut, axis=1), outputs, 0)
    assert_close(stream.states, states, 0)
    assert repr(stream) == "rondo.Stream(batch=3, states=1)"


def test_compiled_for_one_step():
    one = rondo.compile(step, rondo.ArraySpec((None, 1, F)), SPECS[1], unroll=True).stream(B, [h0])
    found = np.concatenate([one(x[:, 0])[:, None], one.block(x[:, 1:])], axis=1)
    assert_close(found, rondo.compile(step, *SPECS)(x, [h0])[1], 0)


def test_masked_steps():
    compiled = rondo.compile(step, *SPECS, mask=True)
    stream = compiled.stream(B)
    found = [stream(x[:, t], mask[:, t])[:, None] for t in range(4)] + [stream.block(x[:, 4:], mask[:, 4:, None])]
    assert_close(np.concatenate(found, axis=1), compiled(x, mask=mask)[1], 0)
    stream.reset()
    assert_close(stream.block(x), compiled(x, mask=np.ones((B, T)))[1], 0)


def test_reset_of_some_samples():
    stream = rondo.compile(step, *SPECS).stream(B, [h0])
    first = stream.block(x)
    stream.reset([1])
    second = stream.block(x)
    assert_close(second[1], first[1], 0)
    assert not np.array_equal(second[0], first[0])
    stream.reset()
    assert_close(stream.states, [h0], 0)
    stream.reset(2)


def test_snapshots_and_copies_go_on_from_where_they_were_made():
    stream = rondo.compile(step, *SPECS).stream(B)
    stream.block(x[:, :3])
    snapshot, other = stream.snapshot(), copy.copy(stream)
    rest = stream.block(x[:, 3:])
    assert_close(other.block(x[:, 3:]), rest, 0)
    stream.restore(snapshot)
    assert_close(stream.block(x[:, 3:]), rest, 0)
    with pytest.raises(ValueError, match="snapshot"):
        stream.restore(snapshot[:-1])


def test_nests_constants_and_time_major():
    def step(x, states):
        (a, b), gain = states
        a = a * 0.5 + (x["l"] + x["r"]) @ W * gain
        return {"sum": a, "count": b}, [(a, b + 1)]
    spec = rondo.ArraySpec((None, None, F))
    states = [(rondo.ArraySpec((None, U)), rondo.ArraySpec((None, 1), np.int32))]
    compiled = rondo.compile(step, {"l": spec, "r": spec}, states, constants=[rondo.ArraySpec((None, U))],
                             time_major=True)
    turned = np.ascontiguousarray(x.swapaxes(0, 1))
    inputs = {"l": turned, "r": turned * 2}
    stream = compiled.stream(B, constants=[h0])
    first = stream({"l": turned[0], "r": turned[0] * 2})
    assert first["sum"].shape == (B, U) and first["count"].dtype == np.int32
    rest = stream.block({"l": turned[1:], "r": turned[1:] * 2})
    wanted = compiled(inputs, constants=[h0])[1]
    assert_close(np.concatenate([first["sum"][None], rest["sum"]]), wanted["sum"], 0)
    assert_close(np.concatenate([first["count"][None], rest["count"]]), wanted["count"], 0)


@pytest.mark.parametrize("use, word", [
    (lambda c: c.stream(0), "at least 1 sample"),
    (lambda c: c.stream(B, [h0[:2]]), "number 0 of the states"),
    (lambda c: c.stream(B, [h0, h0]), "initial_states are"),
    (lambda c: c.stream(B)(x), r"input 'x' should be f32 of shape \(3, 4\)"),
    (lambda c: c.stream(B).block(x[:, 0]), r"input 'x' should be f32 of shape \(3, T, 4\)"),
    (lambda c: c.stream(B)(x[:, 0].astype(np.float64)), "found f64"),
    (lambda c: c.stream(B)(x[:, 0], mask[:, 0]), "without one"),
    (lambda c: c.stream(B).reset([3]), "no sample 3"),
    (lambda c: c.stream(B).reset([True, False, True]), "flatnonzero"),
    (lambda c: rondo.compile(step, *SPECS, mask=True).stream(B)(x[:, 0], mask), "mask should have the shape"),
    (lambda c: rondo.compile(step, *SPECS, go_backwards=True).stream(B), "go_backwards"),
])
def test_errors(use, word):
    with pytest.raises(ValueError, match=word):
        use(rondo.compile(step, *SPECS))
