"""What tf_keras.backend.rnn itself answers to recurrences drawn at random.

    python tensorflow_answers.py      writes answers.npz, with the environment of ./x test --with-tensorflow

The answers of seed s are the arrays s/0, s/1, ...: last_output, outputs and new states, leaf by leaf.
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras.backend

from random_recurrences import NUMPY, Case
from rondo import nests

SEEDS = range(320)

TENSORFLOW = NUMPY | {
    "tanh": tf.tanh, "sigmoid": tf.sigmoid, "square": lambda x: tf.square(tf.tanh(x)), "sin": tf.sin, "cos": tf.cos,
    "exp": lambda x: tf.exp(tf.minimum(x, 1)), "relu": tf.nn.relu, "root": lambda x: tf.sqrt(1 + tf.square(x)),
    "log": lambda x: tf.math.log(1.5 + tf.abs(x)), "maximum": tf.maximum, "minimum": tf.minimum,
    "choose": lambda a, b: tf.where(a > b, a, 0.5 * (a + b)), "sum": tf.reduce_sum, "mean": tf.reduce_mean,
    "max": tf.reduce_max, "min": tf.reduce_min, "concatenate": lambda a, b: tf.concat([a, b], axis=-1),
    "matmul": lambda a, b: tf.linalg.matmul(a, b) if len(a.shape) == 2 else tf.tensordot(a, b, [[-1], [0]]),
    "expand_dims": tf.expand_dims, "transpose": lambda x, axes: tf.transpose(x, axes), "reshape": tf.reshape,
    "softmax": tf.nn.softmax, "piece": lambda x, parts, index: tf.split(x, parts, axis=-1)[index],
}


def answer(case: Case) -> tuple[Any, Any, Any]:
    """(last_output, outputs, new_states) of the loop form: unrolled, the reference departs from it in places."""
    def tensors(nest: Any) -> Any:
        return nests.pack(nest, [tf.constant(leaf) for leaf in nests.flatten(nest)])
    options = {name: tf.constant(value) if isinstance(value, np.ndarray) else value
               for name, value in case.options.items()}
    if case.constants:
        options["constants"] = tensors(case.constants)
    last, outputs, states = tf_keras.backend.rnn(case.step(TENSORFLOW, tf.constant), tensors(case.inputs),
                                                 tensors(case.states), **(options | {"unroll": False}))
    def arrays(nest: Any) -> Any:
        return nests.pack(nest, [leaf.numpy() for leaf in nests.flatten(nest)])
    return arrays(last), arrays(outputs), nests.pack(case.states, nests.flatten(arrays(list(states))))


def main() -> None:
    arrays = {}
    for seed in SEEDS:
        leaves = nests.flatten(answer(Case(seed)))
        arrays |= {f"{seed}/{index}": leaf for index, leaf in enumerate(leaves)}
    path = pathlib.Path(__file__).with_name("answers.npz")
    np.savez_compressed(path, **arrays)
    print(f"{path}: {len(SEEDS)} recurrences, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
