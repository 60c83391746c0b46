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
from probe import CALM, Probe

# A stretch of calls between two looks at the clock is at least so long.
BATCH_SECONDS = 2e-3
# Below this share of processor time something else had the core meanwhile.
UNDISTURBED = 0.97
# So many times as long as asked for, calm stretches are waited for; or so many stretches, where each takes long.
PATIENCE, FEWEST = 8, 2
# Stretches that are disturbed so many times as much as the least disturbed are as good as that.
NEARLY = 1.03


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

    def measure(self, seconds: float, probe: Probe) -> dict[str, Any]:
        """Microseconds a call, by stretch of calls, for so many seconds in which the cores were calm and the process
        had not to wait; or, where no stretch was calm, of those that were nearest to it."""
        stretches: list[tuple[float, tuple[dict, dict]]] = []
        calm_seconds, begin = 0.0, time.perf_counter()
        before = probe.look()
        while True:
            processor, wall = time.process_time(), time.perf_counter()
            each = 1e6 * self.variant.repeat(self.calls) / self.calls
            processor, wall = time.process_time() - processor, time.perf_counter() - wall
            after = probe.look()
            passed = time.perf_counter() - begin
            is_over = passed >= max(PATIENCE * seconds, FEWEST * wall)
            if processor >= UNDISTURBED * wall or (is_over and not stretches):
                stretches.append((each, (before, after)))
                calm_seconds += wall * (probe.disturbance(before, after) <= CALM)
            before = after
            if is_over or calm_seconds >= seconds:
                break
        least = min(probe.disturbance(*looks) for _, looks in stretches)
        chosen = [each for each, looks in stretches if probe.disturbance(*looks) <= max(CALM, NEARLY * least)]
        return {"microseconds": chosen, "calm": least <= CALM}


def answer(peer: Peer, tasks: dict[int, Task], probe: Probe, command: dict[str, Any]) -> dict[str, Any]:
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
            probe.learn({int(core): seconds for core, seconds in command["least"].items()})
            return tasks[command["id"]].measure(command["seconds"], probe) | {"least": probe.least}
        case "release":
            tasks.pop(command["id"], None)
            return {}
    raise ValueError(command["do"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("arguments", type=json.loads)
    parser.add_argument("--cores", type=lambda text: {int(core) for core in text.split(",")}, required=True)
    parser.add_argument("--probe", required=True, help="machine.cpp, built")
    options = parser.parse_args()
    os.sched_setaffinity(0, options.cores)
    # Libraries print to standard output; the answers go elsewhere.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(fields: dict[str, Any]) -> None:
        print(json.dumps(fields), file=answers, flush=True)

    try:
        probe = Probe(options.probe, options.cores)
        peer: Peer = importlib.import_module(options.module).make(**options.arguments)
        say({"version": peer.version()})
    except (ImportError, OSError, AttributeError) as error:
        say({"missing": str(error)})
        return
    tasks: dict[int, Task] = {}
    for line in sys.stdin:
        try:
            say(answer(peer, tasks, probe, json.loads(line)))
        except Unsupported as reason:
            say({"unsupported": str(reason)})
        except Exception as error:  # a peer that fails is a line in the report, not the end of it
            say({"failed": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
