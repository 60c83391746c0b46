"""Recurrences drawn at random get the answers of tf_keras.backend.rnn: stored ones, and live where it is installed.

RONDO_LIVE_SEEDS=FIRST:LAST chooses the seeds of the live comparison.
"""

import os
import pathlib

import numpy as np
import pytest

import loop
import rondo
from random_recurrences import NUMPY, Case
from rondo import nests

STORED = np.load(pathlib.Path(__file__).with_name("answers.npz"))
SEEDS = sorted({int(key.split("/")[0]) for key in STORED})


def check(case, answers):
    """Within 1e-5 of max(1, |x|), or 1e-12 for float64."""
    print(f"seed {case.seed}")
    found = rondo.rnn(case.step(NUMPY), case.inputs, case.states, **case.options)
    tolerance = 1e-5 if case.dtype == np.float32 else 1e-12
    loop.assert_close(nests.flatten(found), answers, tolerance)


@pytest.mark.parametrize("start", range(0, len(SEEDS), 50))
def test_stored_answers(start):
    for seed in SEEDS[start:start + 50]:
        leaves = [key for key in STORED if key.startswith(f"{seed}/")]
        check(Case(seed), [STORED[f"{seed}/{index}"] for index in range(len(leaves))])


def test_the_stored_answers_are_a_few_hundred_and_have_all_arguments():
    options = [Case(seed).options for seed in SEEDS]
    assert len(SEEDS) >= 300
    for name in ("go_backwards", "mask", "constants", "unroll", "input_length", "time_major", "zero_output_for_mask"):
        assert sum(isinstance(o.get(name), (np.ndarray, list)) or bool(o.get(name)) for o in options) >= 20, name


def test_unrolled_is_the_same_to_the_bit():
    for seed in SEEDS[:40]:
        case = Case(seed)
        answers = [rondo.rnn(case.step(NUMPY), case.inputs, case.states, **(case.options | {"unroll": unroll}))
                   for unroll in (False, True)]
        loop.assert_close(*answers, 0)


def test_live_answers():
    pytest.importorskip("tf_keras", reason="needs TensorFlow: ./x test --with-tensorflow")
    from tensorflow_answers import answer
    first, last = map(int, os.environ.get("RONDO_LIVE_SEEDS", "1000:3000").split(":"))
    print(f"seeds {first} to {last}")
    for seed in range(first, last):
        case = Case(seed)
        check(case, nests.flatten(answer(case)))
