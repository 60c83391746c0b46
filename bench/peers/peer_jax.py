"""JAX: `lax.scan` under `jit`, the products of all inputs ahead of it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

import cells
from jobs import Job, arrays_of
from peer import Peer, Unsupported, Variant, repeated

jax.config.update("jax_enable_x64", True)


class JaxOps(cells.NumpyOps):
    """The operations of steps, for JAX's arrays."""

    def tanh(self, x):
        return jnp.tanh(x)

    def sigmoid(self, x):
        return jax.nn.sigmoid(x)

    def sqrt(self, x):
        return jnp.sqrt(x)

    def clip(self, x, low: float, high: float):
        return jnp.clip(x, low, high)

    def split(self, x, parts: int):
        return jnp.split(x, parts, axis=-1)

    def softmax(self, x):
        return jax.nn.softmax(x, axis=-1)

    def layer_norm(self, x, gamma, beta):
        mean = x.mean(axis=-1, keepdims=True)
        variance = jnp.square(x - mean).mean(axis=-1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(variance + 0.001) * gamma + beta


class Jax(Peer):
    def version(self) -> str:
        return jax.__version__

    def prepare(self, job: Job) -> list[Variant]:
        if job.mode != "sequence":
            raise Unsupported("called from Python, a single step would time Python")
        if job.mask or job.go_backwards:
            raise Unsupported("only forwards and without masks is set up")
        return [self._variant(job, copies) for copies in (1, 4)]

    @staticmethod
    def _variant(job: Job, copies: int) -> Variant:
        cell, arrays, ops = cells.CELLS[job.cell], arrays_of(job), JaxOps()
        weights = {name: jnp.asarray(array) for name, array in arrays.weights.items()}
        constants = {name: jnp.asarray(array) for name, array in arrays.constants.items()}
        states = {name: jnp.asarray(array) for name, array in arrays.states.items()}

        def body(carry, projected):
            y, new = cell.step(ops, weights, constants, projected, carry)
            return new, y

        @jax.jit
        def run(x):
            return jax.lax.scan(body, states, cell.project(ops, weights, x), unroll=copies)[1]

        x = jnp.asarray(np.ascontiguousarray(arrays.x.swapaxes(0, 1)))
        return Variant("scan" if copies == 1 else f"scan, {copies} steps a turn",
                       repeated(lambda: run(x).block_until_ready()),
                       lambda: np.asarray(run(x)).swapaxes(0, 1))


def make() -> Peer:
    return Jax()
