"""A process with one peer in it, on given cores. It reads commands as lines of JSON and answers in
kind; `pool.py` has the other end."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from typing import Any

import numpy as np

from jobs import Job
from peer import Peer, Unsupported, Variant

# A stretch of calls between two looks at the clock is at least so long.
BATCH_SECONDS = 2e-3
# Below this share of processor time something else had the core meanwhile.
UNDISTURBED = 0.97


class Task:
    """A prepared job: the quickest of the peer's variants."""

    def __init__(self, variants: list[Variant]):
        best: tuple[float, Variant] | None = None
        for variant in variants:
            variant.repeat(1)  # the first call may still compile something
            if len(variants) == 1:
                best = (0, variant)
                break
            calls = self._calls_of_batch(variant)
            seconds = min(variant.repeat(calls) / calls for _ in range(3))
            if best is None or seconds < best[0]:
                best = (seconds, variant)
        assert best is not None
        self.variant = best[1]
        self.calls = self._calls_of_batch(self.variant)

    @staticmethod
    def _calls_of_batch(variant: Variant) -> int:
        calls = 1
        while True:
            seconds = variant.repeat(calls)
            if seconds >= BATCH_SECONDS:
                return calls
            calls = max(calls * 2, min(calls * 100, int(calls * BATCH_SECONDS / max(seconds, 1e-9))))

    def measure(self, seconds: float) -> list[float]:
        """Microseconds a call, by stretch of calls; those in which the process had to wait are left out where there
        are others."""
        calm: list[float] = []
        disturbed: list[float] = []
        end = time.perf_counter() + seconds
        while True:
            processor, wall = time.process_time(), time.perf_counter()
            each = 1e6 * self.variant.repeat(self.calls) / self.calls
            processor, wall = time.process_time() - processor, time.perf_counter() - wall
            (calm if processor >= UNDISTURBED * wall else disturbed).append(each)
            if time.perf_counter() >= end:
                return calm or disturbed


def answer(peer: Peer, tasks: dict[int, Task], command: dict[str, Any]) -> dict[str, Any]:
    """Obeys one command."""
    match command["do"]:
        case "version":
            return {"version": peer.version()}
        case "prepare":
            variants = peer.prepare(Job.from_json(command["job"]))
            if not variants:
                raise Unsupported("these sizes are not among those it was built for")
            task = tasks[command["id"]] = Task(variants)
            if task.variant.outputs:
                task.variant.repeat(1)
                np.save(command["outputs"], task.variant.outputs())
            return {"variant": task.variant.label, "facts": task.variant.facts,
                    "compared": task.variant.outputs is not None}
        case "measure":
            return {"microseconds": tasks[command["id"]].measure(command["seconds"])}
        case "release":
            tasks.pop(command["id"], None)
            return {}
    raise ValueError(command["do"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("arguments", type=json.loads)
    parser.add_argument("--cores", type=lambda text: {int(core) for core in text.split(",")}, required=True)
    options = parser.parse_args()
    os.sched_setaffinity(0, options.cores)
    # Libraries print to standard output; the answers go elsewhere.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(fields: dict[str, Any]) -> None:
        print(json.dumps(fields), file=answers, flush=True)

    try:
        peer: Peer = importlib.import_module(options.module).make(**options.arguments)
        say({"version": peer.version()})
    except (ImportError, OSError, AttributeError) as error:
        say({"missing": str(error)})
        return
    tasks: dict[int, Task] = {}
    for line in sys.stdin:
        try:
            say(answer(peer, tasks, json.loads(line)))
        except Unsupported as reason:
            say({"unsupported": str(reason)})
        except Exception as error:  # a peer that fails is a line in the report, not the end of it
            say({"failed": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
