"""Trains the overdrive of this folder: a low-pass filter behind an asymmetric soft clipper, learned from sound alone.

    pip install jax
    python train.py

Takes about two minutes on a CPU; writes weights.npz and prints the error on sound that was not trained on.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

HERE = Path(__file__).resolve().parent
UNITS = 12
RATE = 44100
STEPS, BATCH, ROUNDS = 1024, 24, 500
WARM_UP = 128  # samples that are not scored: the state is still filling


def circuit(x):
    """What is to be learned: drive, asymmetric clipping, a low pass of first order at 3 kHz. x: (batch, time)."""
    clipped = 0.6 * np.tanh(5 * x + 0.5) - 0.6 * np.tanh(0.5)
    a = np.exp(-2 * np.pi * 3000 / RATE)
    y = np.zeros_like(clipped)
    last = np.zeros(len(x), x.dtype)
    for t in range(x.shape[1]):
        last = (1 - a) * clipped[:, t] + a * last
        y[:, t] = last
    return y


def sound(random, batch):
    """Decaying sums of harmonics, as plucked strings make them, with some noise. (batch, time)."""
    t = np.arange(STEPS) / RATE
    pitch = 80 * 2 ** random.uniform(0, 3.5, (batch, 1, 1))
    order = np.arange(1, 7)[None, :, None]
    level = random.uniform(0, 1, (batch, 6, 1)) / order
    phase = random.uniform(0, 2 * np.pi, (batch, 6, 1))
    x = (level * np.sin(2 * np.pi * pitch * order * t + phase)).sum(1)
    x *= np.exp(-t * random.uniform(0, 40, (batch, 1))) * random.uniform(0.05, 1, (batch, 1))
    return (x + 0.01 * random.standard_normal(x.shape)).astype("float32")


def run(weights, x):
    def step(state, x):
        h, c = state
        i, f, g, o = jnp.split(x[:, None] @ weights["W"] + h @ weights["U"] + weights["b"], 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), x + (h @ weights["V"])[:, 0]

    zeros = jnp.zeros((x.shape[0], UNITS))
    return jax.lax.scan(step, (zeros, zeros), x.T)[1].T


def loss(weights, x, y):
    error = (run(weights, x) - y)[:, WARM_UP:]
    return (error**2).mean() / (y[:, WARM_UP:] ** 2).mean()


@jax.jit
def update(weights, moments, x, y, rate, count):
    """One step of Adam (Kingma and Ba, 2015)."""
    value, gradient = jax.value_and_grad(loss)(weights, x, y)
    first, second = moments
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    weights = jax.tree.map(
        lambda w, m, v: w - rate * (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8),
        weights, first, second)
    return weights, (first, second), value


def main():
    random = np.random.default_rng(1)
    shapes = {"W": (1, 4 * UNITS), "U": (UNITS, 4 * UNITS), "b": (4 * UNITS,), "V": (UNITS, 1)}
    weights = {name: random.normal(0, 0.3, shape).astype("float32") for name, shape in shapes.items()}
    weights["b"][UNITS : 2 * UNITS] += 1  # remember at first
    moments = tuple({name: np.zeros_like(w) for name, w in weights.items()} for _ in range(2))
    for count in range(1, ROUNDS + 1):
        x = sound(random, BATCH)
        rate = 1e-2 * 0.5 * (1 + np.cos(np.pi * count / ROUNDS))
        weights, moments, value = update(weights, moments, x, circuit(x), rate, count)
        if count % 50 == 0:
            print(f"round {count}: error to signal {float(value):.4f}", flush=True)
    x = sound(np.random.default_rng(2), 100)
    print(f"sound that was not trained on: error to signal {float(loss(weights, x, circuit(x))):.4f}")
    np.savez(HERE / "weights.npz", **{name: np.asarray(w) for name, w in weights.items()})


if __name__ == "__main__":
    main()
