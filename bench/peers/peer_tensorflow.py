"""TensorFlow: the reference function, `keras.backend.rnn`, as a plain `tf.function` and compiled by XLA."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tf_keras

import cells
from jobs import Job, arrays_of
from peer import Peer, Unsupported, Variant, repeated

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class TensorFlowOps(cells.NumpyOps):
    """The operations of steps, for TensorFlow's tensors."""

    def tanh(self, x):
        return tf.tanh(x)

    def sigmoid(self, x):
        return tf.sigmoid(x)

    def sqrt(self, x):
        return tf.sqrt(x)

    def clip(self, x, low: float, high: float):
        return tf.clip_by_value(x, low, high)

    def split(self, x, parts: int):
        return tf.split(x, parts, axis=-1)

    def softmax(self, x):
        return tf.nn.softmax(x)

    def layer_norm(self, x, gamma, beta):
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + 0.001) * gamma + beta


class TensorFlow(Peer):
    def version(self) -> str:
        return tf.__version__

    def prepare(self, job: Job) -> list[Variant]:
        if job.mode != "sequence":
            raise Unsupported("called from Python, a single step would time Python")
        if job.mask or job.go_backwards:
            raise Unsupported("only forwards and without masks is set up")
        return [self._variant(job, compiled) for compiled in (False, True)]

    @staticmethod
    def _variant(job: Job, compiled: bool) -> Variant:
        cell, arrays, ops = cells.CELLS[job.cell], arrays_of(job), TensorFlowOps()
        weights = {name: tf.constant(array) for name, array in arrays.weights.items()}
        constants = {name: tf.constant(array) for name, array in arrays.constants.items()}
        names = list(arrays.states)

        def step(projected, states):
            y, new = cell.step(ops, weights, constants, (projected,), dict(zip(names, states)))
            return y, [new[name] for name in names]

        @tf.function(jit_compile=compiled)
        def run(x):
            (projected,) = cell.project(ops, weights, x)
            states = [tf.constant(arrays.states[name]) for name in names]
            return tf_keras.backend.rnn(step, projected, states, time_major=True, input_length=job.time)[1]

        x = tf.constant(np.ascontiguousarray(arrays.x.swapaxes(0, 1)))
        return Variant("jit_compile" if compiled else "tf.function", repeated(lambda: run(x).numpy()),
                       lambda: run(x).numpy().swapaxes(0, 1))


def make() -> Peer:
    return TensorFlow()
