"""From a numpy step function to an object file: README.md tells the story.

    ./x python examples/numpy_to_c/follower.py FOLDER

writes follower.o, follower.h, readings.txt and expected.txt there.
"""

from __future__ import annotations

import pathlib
import sys

import numpy as np

import rondo

SENSORS = 3

# How fast each sensor is followed while nothing happens, and how much more where the reading is far from what it was.
calm = np.array([0.02, 0.05, 0.1], np.float32)
alert = np.array([0.9, 0.8, 0.7], np.float32)


def follow(x, states):
    """One reading of all sensors, (B, 3): what they show, smoothed, and how far off the reading was."""
    level, spread = states
    change = x - level
    surprise = np.abs(change) / (spread + 1e-3)
    rate = np.where(surprise > 3, alert, calm)
    level = level + rate * change
    spread = spread + 0.05 * (np.abs(change) - spread)
    return {"level": level, "surprise": surprise}, [level, spread]


def readings(batch: int, time: int) -> np.ndarray:
    """Noisy steps, (batch, time, 3)."""
    rng = np.random.default_rng(7)
    steps = np.repeat(rng.standard_normal((batch, time // 50 + 1, SENSORS)), 50, axis=1)[:, :time]
    return (steps + 0.1 * rng.standard_normal((batch, time, SENSORS))).astype(np.float32)


def main(folder: pathlib.Path) -> None:
    x = readings(2, 200)
    states = [x[:, 0], np.full((2, SENSORS), 0.1, np.float32)]

    # 1. Plain numpy, a step at a time: what is meant.
    now, levels = states, []
    for t in range(x.shape[1]):
        output, now = follow(x[:, t], now)
        levels.append(output["level"])

    # 2. The same function, all steps at once, compiled. A sensor that was off is masked out for all.
    last, outputs, new_states = rondo.rnn(follow, x, states)
    print("numpy and rondo differ by at most", np.abs(np.stack(levels, axis=1) - outputs["level"]).max())
    mask = np.ones(x.shape[:2], bool)
    mask[:, 100:120] = False
    held = rondo.rnn(follow, x, states, mask=mask)[1]
    print("while masked, the level holds:", (held["level"][:, 99] == held["level"][:, 119]).all())

    # 3. Compiled once, for any number of samples and steps.
    follower = rondo.compile(follow, rondo.ArraySpec((None, None, SENSORS)), [rondo.ArraySpec((None, SENSORS))] * 2)
    print(follower)
    print(follower.text())

    # 4. Readings as they come: the bits of the call over all of them.
    stream = follower.stream(2, states)
    live = np.stack([stream(x[:, t])["level"] for t in range(200)], axis=1)
    print("the stream has the same bits:", np.array_equal(live, outputs["level"]))

    # 5. An object and a header for a program in C, and what that program should answer.
    folder.mkdir(parents=True, exist_ok=True)
    print("written", *follower.save_object(folder / "follower"))
    alone = follower(x[:1])[1]["level"][0]
    np.savetxt(folder / "readings.txt", x[0], "%.9g")
    np.savetxt(folder / "expected.txt", alone, "%.9g")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
