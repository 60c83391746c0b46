"""The compiled object: called, looked at, pickled, copied, shared by threads."""

import concurrent.futures
import copy
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import namedtuple

import numpy as np
import pytest

import rondo
from loop import assert_close

B, T, F, U = 3, 5, 4, 6
rng = np.random.default_rng(3)
x = rng.standard_normal((B, T, F)).astype(np.float32)
h0, c0 = rng.standard_normal((2, B, U)).astype(np.float32)
kernel, recurrent = (rng.standard_normal(shape).astype(np.float32) / 2 for shape in ((F, U), (U, U)))
mask = rng.random((B, T)) > 0.4
Pair = namedtuple("Pair", "left right")


def step(x, states):
    h = np.tanh(x @ kernel + states[0] @ recurrent)
    return h, [h, states[1] * 0.5 + h]


SPECS = rondo.ArraySpec((None, None, F)), [rondo.ArraySpec((None, U))] * 2


def test_any_batch_and_any_number_of_steps():
    compiled = rondo.compile(step, *SPECS)
    assert_close(compiled(x, [h0, c0]), rondo.rnn(step, x, [h0, c0]), 0)
    assert_close(compiled(x[:1, :2], [h0[:1], c0[:1]]), rondo.rnn(step, x[:1, :2], [h0[:1], c0[:1]]), 0)
    assert_close(compiled(x), rondo.rnn(step, x, [h0 * 0, c0 * 0]), 0)
    assert_close(compiled(x, threads=2), compiled(x), 0)


def test_arrays_stand_for_their_shapes():
    compiled = rondo.compile(step, x, (h0, c0), mask=mask, go_backwards=True, zero_output_for_mask=True)
    options = {"go_backwards": True, "zero_output_for_mask": True}
    assert_close(compiled(x, (h0, c0), mask=mask), rondo.rnn(step, x, (h0, c0), mask=mask, **options), 0)


def test_mask_and_lengths():
    lengths = np.array([5, 0, 2])
    assert_close(rondo.compile(step, *SPECS, mask=True)(x, mask=mask), rondo.rnn(step, x, [h0 * 0, c0 * 0], mask=mask), 0)
    assert_close(rondo.compile(step, *SPECS, input_length=rondo.ArraySpec((None,), np.int32))(x, input_length=lengths),
                 rondo.rnn(step, x, [h0 * 0, c0 * 0], input_length=lengths), 0)
    assert_close(rondo.compile(step, *SPECS, input_length=2)(x), rondo.rnn(step, x, [h0 * 0, c0 * 0], input_length=2), 0)


def test_constants():
    gain = rng.standard_normal((1, U)).astype(np.float32)
    def step(x, states):
        h, of_samples, of_all = states
        return h * of_samples, [h + x @ kernel * of_all]
    compiled = rondo.compile(step, SPECS[0], SPECS[1][:1], constants=[SPECS[1][0], gain])
    assert_close(compiled(x, [h0], constants=[c0]), rondo.rnn(step, x, [h0], constants=[c0, gain]), 0)


def test_nests():
    def step(x, states):
        a, (b,) = states
        h = a + x["left"] @ kernel - x["right"] @ kernel
        return Pair(h, {"b": b}), (h, [b + 1])
    compiled = rondo.compile(step, {"left": x, "right": x}, (h0, [c0]))
    inputs = {"right": x * 2, "left": x}
    assert_close(compiled(inputs, (h0, [c0])), rondo.rnn(step, inputs, (h0, [c0])), 0)
    assert type(compiled(inputs)[0]) is Pair
    with pytest.raises(ValueError, match="inputs are"):
        compiled(x)


def test_weights_are_copied_and_have_the_names_of_variables():
    compiled = rondo.compile(step, *SPECS)
    assert sorted(compiled.weights) == ["kernel", "recurrent"]
    before = compiled(x)
    kernel[:] += 1
    try:
        assert_close(compiled(x), before, 0)
    finally:
        kernel[:] -= 1


def test_variables_without_a_value_yet():
    def step(x, states):
        return (x if x.ndim == 2 else later) @ kernel, []
    compiled = rondo.compile(step, x, [])
    later = None
    assert list(compiled.weights) == ["kernel"] and later is None


def test_an_array_of_each_sample_fixes_the_batch():
    compiled = rondo.compile(lambda x, s: (x + c0[:, :F], []), x, [])
    assert_close(compiled(x)[1], x + c0[:, None, :F])
    with pytest.raises(ValueError, match="rows"):
        compiled(x[:2])


def test_results_are_written_where_the_caller_wants_them():
    compiled = rondo.compile(step, *SPECS)
    wanted = compiled(x, [h0, c0])
    wide = np.full((B, T, 2, U), 7, np.float32)
    h, last = np.empty((B, U), np.float32), np.empty((B, U), np.float32)
    found = compiled(x, [h0, c0], out=(last, wide[:, :, 1], [h, None]))
    assert found[0] is last and found[2][0] is h and np.shares_memory(found[1], wide)
    assert_close(found, wanted, 0)
    assert (wide[:, :, 0] == 7).all()
    assert_close(compiled(x, [h0, c0], out=(None, None, [h, None])), wanted, 0)


def test_results_may_lie_between_one_another():
    compiled = rondo.compile(step, *SPECS)
    wanted = compiled(x, [h0, c0])
    pairs = np.empty((B, 2, U), np.float32)
    both = np.empty((B, 2 * T, U), np.float32)
    both[:, 1::2] = 7
    assert_close(compiled(x, [h0, c0], out=(pairs[:, 0], both[:, ::2], [pairs[:, 1], None])), wanted, 0)
    assert (both[:, 1::2] == 7).all()
    with pytest.raises(ValueError, match="shares memory"):
        compiled(x, [h0, c0], out=(both[:, 2], both[:, ::2], None))


@pytest.mark.parametrize("out, word", [
    ((None, None), "new_states"),
    ((np.empty((B, U)), None, None), "should be f32"),
    ((np.empty((B, U + 1), np.float32), None, None), "of shape"),
    ((np.empty((U, B), np.float32).T, None, None), "dense"),
    ((None, np.broadcast_to(np.float32(0), (B, T, U)), None), "written to"),
    ((h0, None, None), "shares memory"),
    ((None, None, [None]), "arrays of out"),
    ((np.zeros((B, 1, U), [("numbers", np.float32), ("flag", bool)])["numbers"][:, 0], None, None), "whole elements"),
    ((None, np.lib.stride_tricks.as_strided(np.zeros(U, np.float32), (B, T, U), (0, 0, 4)), None), "share memory"),
    ((None, np.lib.stride_tricks.as_strided(np.zeros(99, np.float32), (B, T, U), (8, 4 * U, 4)), None), "share memory"),
])
def test_where_results_cannot_be_written(out, word):
    with pytest.raises(ValueError, match=word):
        rondo.compile(step, *SPECS)(x, [h0, c0], out=out)


def test_results_may_lie_in_any_order_of_batch_and_time():
    compiled = rondo.compile(step, *SPECS)
    by_time, backwards = np.empty((T, B, U), np.float32), np.empty((B, T, U), np.float32)
    for outputs in (by_time.swapaxes(0, 1), backwards[::-1, ::-1]):
        assert_close(compiled(x, [h0, c0], out=(None, outputs, None)), compiled(x, [h0, c0]), 0)


def test_results_are_not_written_over_constants_and_masks():
    gated = rondo.compile(lambda x, s: (x[:, :2] > 0, [s[0] * s[1]]), x, [h0], mask=True, constants=[h0])
    kept = np.ones((B, T), bool)
    gain = h0.copy()
    with pytest.raises(ValueError, match="shares memory"):
        gated(x, [h0], mask=kept, constants=[gain], out=(None, None, [gain]))
    with pytest.raises(ValueError, match="shares memory"):
        gated(x, [h0], mask=kept, constants=[gain], out=(kept[:, :2], None, None))


def test_arrays_beside_specs():
    mixed = rondo.compile(lambda x, s: (s[0] * s[1], [s[0]]), x, [h0], constants=[rondo.ArraySpec((None, U))])
    assert_close(mixed(x, [h0], constants=[c0])[0], h0 * c0)


def test_a_row_for_all_samples_does_not_fix_the_batch():
    bias = rng.standard_normal((1, F)).astype(np.float32)
    compiled = rondo.compile(lambda x, s: (x + bias, []), x[:1], [])
    assert_close(compiled(x)[1], x + bias)


def test_a_batch_that_is_named_makes_other_code_and_the_same_bits():
    def smooth(x, states):
        level = np.float32(0.9) * states[0] + np.float32(0.1) * x
        return level, [level]

    x = rng.standard_normal((3, 50, 1)).astype(np.float32)
    specs = [(rondo.ArraySpec((batch, None, 1)), [rondo.ArraySpec((batch, 1))]) for batch in (None, 1, 40)]
    any_, one, many = (rondo.compile(smooth, *spec) for spec in specs)
    assert "columns across lanes" in one.explain() and "samples across lanes" in many.explain()
    assert one.explain() == pickle.loads(pickle.dumps(one)).explain()
    for compiled in (one, many):
        assert_close(compiled(x), any_(x), 0)


def test_pickles_and_copies_give_the_same_bits():
    compiled = rondo.compile(step, *SPECS, mask=True, go_backwards=True, threads=2)
    data = pickle.dumps(compiled)
    assert b"next s0" in data and len(data) < 4000
    for other in (pickle.loads(data), copy.copy(compiled), copy.deepcopy(compiled)):
        assert other.threads == 2 and other.text() == compiled.text()
        assert_close(other(x, [h0, c0], mask=mask), compiled(x, [h0, c0], mask=mask), 0)


def test_weights_are_read_only_however_the_object_came_to_be():
    compiled = rondo.compile(step, *SPECS)
    for each in (compiled, pickle.loads(pickle.dumps(compiled)), copy.copy(compiled), copy.deepcopy(compiled)):
        with pytest.raises(ValueError, match="read-only"):
            each.weights["kernel"][0] = 0
        with pytest.raises(TypeError, match="item assignment"):
            each.weights["kernel"] = kernel


def test_constants_may_be_none_or_come_from_a_generator():
    plain = rondo.compile(step, *SPECS)
    assert_close(plain(x, [h0, c0], constants=None, out=(None, None, None)), plain(x, [h0, c0]), 0)
    gated = rondo.compile(lambda x, s: (s[0] * s[1], [s[0]]), x, [h0], constants=[rondo.ArraySpec((None, U))])
    for out in (None, (None, None, None)):
        assert_close(gated(x, [h0], constants=(each for each in [c0]), out=out)[0], h0 * c0)
    assert plain.stream(B, constants=None).batch == B


def test_numbers_too_small_for_all_their_digits_are_zeros_where_that_is_wanted():
    def fade(x, states):
        h = states[0] * np.float32(0.5) + x
        return h, [h]
    silence, state = np.zeros((1, 4, 1), np.float32), np.full((1, 1), 2.0 ** -124, np.float32)
    kept = rondo.compile(fade, silence, [state])
    flushed = rondo.compile(fade, silence, [state], flush_denormals=True)
    assert "flush_denormals" not in kept.text() and "option flush_denormals = true" in flushed.text()
    for compiled, small in (kept, 2.0 ** -128), (flushed, 0.0):
        wanted = np.array([2.0 ** -125, 2.0 ** -126, 2.0 ** -127 if small else 0.0, small], np.float32)
        for one in (compiled, pickle.loads(pickle.dumps(compiled))):
            np.testing.assert_array_equal(one(silence, [state])[1].ravel(), wanted)
            np.testing.assert_array_equal(one.stream(1, [state]).block(silence).ravel(), wanted)
    assert np.float32(2.0 ** -126) * np.float32(0.5) == np.float32(2.0 ** -127)  # elsewhere all is as it was


def test_fast_functions_where_they_are_wanted():
    def squash(x, states):
        h = np.tanh(states[0] + x)
        return h, [h]
    x, state = np.linspace(-3, 3, 40, dtype=np.float32).reshape(1, 40, 1), np.zeros((1, 1), np.float32)
    strict, fast = (rondo.compile(squash, x, [state], math=math) for math in ("strict", "fast"))
    assert "tanh_fast" in fast.text() and "tanh_fast" not in strict.text()
    exact, quick = strict(x, [state])[1], fast(x, [state])[1]
    assert 0 < np.abs(exact - quick).max() < 5e-6
    with pytest.raises(ValueError, match="math is 'strict' or 'fast', found 'loose'"):
        rondo.compile(squash, x, [state], math="loose")


def test_many_threads_call_one_object():
    compiled = rondo.compile(step, *SPECS)
    inputs = [rng.standard_normal((B, T, F)).astype(np.float32) for _ in range(40)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for found, wanted in zip(pool.map(compiled, inputs), map(compiled, inputs)):
            assert_close(found, wanted, 0)


def test_threads_are_kept_from_call_to_call():
    """In a process of its own, where no other threads come and go."""
    program = """
import os, numpy as np, rondo
count = lambda: len(os.listdir("/proc/self/task"))
x = np.zeros((3, 5, 4), np.float32)
compiled = rondo.compile(lambda x, s: (np.tanh(x), []), x, [])
compiled(x)
before = count()
for _ in range(5):
    compiled(x, threads=3)
    assert count() == before + 2
compiled(x, threads=1)
del compiled
assert count() == before
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_calls_at_the_same_time_have_threads_of_their_own():
    compiled = rondo.compile(step, *SPECS)
    wanted = compiled(x, [h0, c0])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: compiled(x, [h0, c0], threads=2), range(40)):
            assert_close(found, wanted, 0)


def test_a_forked_process_has_threads_of_its_own():
    compiled = rondo.compile(step, *SPECS)
    wanted = compiled(x, [h0, c0], threads=2)
    child = os.fork()
    if child == 0:
        try:
            assert_close(compiled(x, [h0, c0], threads=2), wanted, 0)
            del compiled
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


def test_python_runs_on_while_a_call_runs():
    """Nobody is made to give up Python's lock here, so that the other thread counts on only if the call gives it up."""
    compiled, long = rondo.compile(step, *SPECS), np.zeros((16, 500, F), np.float32)
    counted, done = [0], threading.Event()

    def count():
        while not done.is_set():
            counted[0] += 1
            time.sleep(0)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    other = threading.Thread(target=count)
    try:
        other.start()
        for _ in range(200):  # the system may let it wait for some calls
            before = counted[0]
            compiled(long)
            if counted[0] > before:
                break
        assert counted[0] > before
    finally:
        done.set()
        sys.setswitchinterval(usual)
        other.join()


def test_many_threads_compile():
    def run(width):
        w = np.eye(F, width, dtype=np.float32)
        return rondo.rnn(lambda x, s: (x @ w, []), x, [])[1]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for width, outputs in enumerate(pool.map(run, range(1, 9)), start=1):
            assert outputs.shape == (B, T, width)


def test_what_it_shows():
    compiled = rondo.compile(step, *SPECS)
    assert "input  x : f32[4]" in repr(compiled) and "weight kernel : f32[4, 6]" in repr(compiled)
    assert "tanh" in compiled.text() and "next s0" in compiled.text()
    assert "hoist" in compiled.explain() and "step" in compiled.loops()
    assert "define" in compiled.llvm() and compiled.asm().count("\n") > 50
    assert "<details" in compiled._repr_html_()


@pytest.mark.parametrize("arguments, options, word", [
    ((x[..., :3],), {}, "x"),
    ((x, [h0]), {}, "states"),
    ((x, [h0, c0[:, :2]]), {}, "s1"),
    ((x,), {"mask": mask}, "mask"),
    ((x,), {"constants": [h0]}, "constants"),
    ((x.astype(np.float64),), {}, "f64"),
    ((x,), {"threads": 0}, "threads"),
])
def test_errors(arguments, options, word):
    with pytest.raises(ValueError, match=word):
        rondo.compile(step, *SPECS)(*arguments, **options)


@pytest.mark.parametrize("call, word", [
    (lambda c: c(x, threads="a"), "'threads' should be an integer, found str"),
    (lambda c: c(x, threads=1.5), "'threads' should be an integer, found float"),
    (lambda c: c.stream("a"), "'batch' should be an integer, found str"),
    (lambda c: c.stream(2).restore("abc"), "'snapshot' should be bytes, found str"),
    (lambda c: pickle.dumps(c.stream(2)), r"snapshot\(\)"),
    (lambda c: c.save_object("s", target=5), "'target' should be the name of a machine, found int"),
])
def test_arguments_of_another_type(call, word):
    with pytest.raises(TypeError, match=word):
        call(rondo.compile(step, *SPECS))


def test_shapes_are_written_as_python_writes_them():
    counter = rondo.compile(lambda x, s: (s[0], [s[0] + 1]), x, [np.zeros(B, np.float32)])
    with pytest.raises(ValueError, match=r"of shape \(3,\), .* found f32 of shape \(4,\)"):
        counter(x, out=(np.empty(4, np.float32), None, None))
    with pytest.raises(ValueError, match=r"should be f32 of shape \(2,\), found f32 of shape \(3,\)"):
        counter.stream(2, [np.zeros(3, np.float32)])
    with pytest.raises(ValueError, match=r"found the shape \(3,\)"):
        rondo.rnn(step, np.zeros(3, np.float32), [h0, c0])


@pytest.mark.parametrize("shape, error", [("4", TypeError), (4, TypeError), ((None, 4.0), TypeError), ((), ValueError)])
def test_specs_have_a_batch_and_whole_extents(shape, error):
    with pytest.raises(error):
        rondo.ArraySpec(shape)
    assert rondo.ArraySpec([None, np.int64(4)]).dtype is np.float32


def test_variables_are_not_looked_into():
    class Sly:
        @property
        def shape(self):
            raise RuntimeError("looked at")
    sly = Sly()

    def step(x, states):
        return (x if sly is not None else x) @ kernel, []
    assert list(rondo.compile(step, x, []).weights) == ["kernel"]


@pytest.mark.parametrize("inputs, states", [((None, None, None), (None, U)), ((None, None, F), (None, None))])
def test_none_is_no_number_of_features(inputs, states):
    with pytest.raises(ValueError, match="None stands for"):
        rondo.compile(step, rondo.ArraySpec(inputs), [rondo.ArraySpec(states)] * 2)


def test_a_fixed_number_of_steps_is_what_unroll_demands():
    with pytest.raises(ValueError, match="unroll"):
        rondo.compile(step, *SPECS, unroll=True)
    fixed = rondo.compile(step, rondo.ArraySpec((None, T, F)), SPECS[1], unroll=True)
    assert_close(fixed(x), rondo.compile(step, *SPECS)(x), 0)
    with pytest.raises(ValueError, match="made for 5 time steps"):
        fixed(x[:, 1:])
