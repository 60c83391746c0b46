"""Runs rows of the benchmark: every contestant of a row is prepared and compared with the reference, then all of them
are timed in turn, in shuffled order, over several rounds."""

from __future__ import annotations

import dataclasses
import random
import statistics
from typing import Any

import numpy as np

import environment
from jobs import TOLERANCE, Job, difference, reference
from pool import Pool


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A peer with what it is to do; `label` tells it from others of the row."""

    label: str
    peer: str
    job: Job


@dataclasses.dataclass(frozen=True)
class Row:
    """What is compared with each other."""

    group: str
    name: str
    contestants: list[Contestant]


@dataclasses.dataclass
class Result:
    """What became of a contestant: "ok", "missing", "unsupported", "failed" or "wrong"."""

    status: str
    reason: str = ""
    variant: str = ""
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    difference: float | None = None
    rounds: list[float] = dataclasses.field(default_factory=list)
    """Microseconds a call: the median of each round in which the cores were calm; of all, where they never were."""
    calm: bool = False

    def add_round(self, microseconds: float, calm: bool) -> None:
        if calm and not self.calm:
            self.rounds, self.calm = [], True
        if calm or not self.calm:
            self.rounds.append(microseconds)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        """Slowest over quickest round."""
        return max(self.rounds) / min(self.rounds)


@dataclasses.dataclass
class Outcome:
    row: Row
    results: dict[str, Result]

    def timed(self) -> dict[str, Result]:
        return {label: result for label, result in self.results.items() if result.rounds}

    def is_calm(self) -> bool:
        """Whether the core was calm for all figures."""
        return all(result.calm for result in self.timed().values())

    def take(self, later: Outcome) -> None:
        """Takes over what was measured again: figures for which the core was calm at last."""
        for label, result in later.timed().items():
            if result.calm and not self.results[label].calm:
                self.results[label] = result

    @staticmethod
    def from_json(fields: dict[str, Any]) -> Outcome:
        results = {label: dict(found) for label, found in fields["results"].items()}
        # A contestant that stands beside its own kind has another label than its peer's name.
        contestants = [Contestant(label, found.pop("peer"), Job.from_json(found.pop("job")))
                       for label, found in results.items()]
        return Outcome(Row(fields["group"], fields["name"], contestants),
                       {label: Result(**found) for label, found in results.items()})

    def to_json(self) -> dict[str, Any]:
        of_label = {contestant.label: contestant for contestant in self.row.contestants}
        return {"group": self.row.group, "name": self.row.name,
                "results": {label: {"peer": of_label[label].peer, "job": of_label[label].job.to_json(),
                                    **dataclasses.asdict(result)} for label, result in self.results.items()}}


class Bench:
    """Measures rows with the workers of a pool."""

    def __init__(self, pool: Pool, rounds: int, seconds: float):
        self._pool, self._rounds, self._seconds = pool, rounds, seconds
        self._references: dict[tuple, np.ndarray] = {}

    def run(self, row: Row) -> Outcome:
        results: dict[str, Result] = {}
        # The arrays of one row at a time are kept.
        self._references.clear()
        try:
            for number, contestant in enumerate(row.contestants):
                results[contestant.label] = self._prepare(number, contestant)
            for _ in range(self._rounds):
                order = [(number, contestant) for number, contestant in enumerate(row.contestants)
                         if results[contestant.label].status == "ok"]
                random.shuffle(order)
                for number, contestant in order:
                    self._measure(number, contestant, results[contestant.label])
        finally:
            for number, contestant in enumerate(row.contestants):
                worker = self._pool.worker(contestant.peer)
                if worker and results.get(contestant.label, Result("failed")).status == "ok":
                    worker.ask(do="release", id=number)
        return Outcome(row, results)

    def _prepare(self, number: int, contestant: Contestant) -> Result:
        worker = self._pool.worker(contestant.peer)
        if worker is None:
            return Result("missing", self._pool.missing[contestant.peer])
        file = self._pool.folder / "outputs.npy"
        reply = worker.ask(do="prepare", id=number, job=contestant.job.to_json(), outputs=str(file))
        for status in ("unsupported", "failed"):
            if status in reply:
                if status == "failed":
                    environment.say(f"  {contestant.label} failed: {reply[status]}")
                return Result(status, reply[status])
        result = Result("ok", variant=reply["variant"], facts=reply["facts"])
        if reply["compared"]:
            result.difference = difference(np.load(file), self._reference(contestant.job))
            if result.difference > TOLERANCE[contestant.job.dtype]:
                result.status = "wrong"
                result.reason = f"it is {result.difference:.2g} off"
                environment.say(f"  {contestant.label} is wrong: {result.reason}")
                worker.ask(do="release", id=number)
        return result

    def _reference(self, job: Job) -> np.ndarray:
        if job.meaning not in self._references:
            self._references[job.meaning] = reference(job)
        return self._references[job.meaning]

    def _measure(self, number: int, contestant: Contestant, result: Result) -> None:
        reply = self._pool.measure(contestant.peer, number, self._seconds)
        if "failed" in reply:
            result.status, result.reason = "failed", reply["failed"]
        else:
            result.add_round(statistics.median(reply["microseconds"]), reply["calm"])
