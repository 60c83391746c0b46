"""The parent's end of the workers: one process for each peer, of which one at a time has something to do."""

from __future__ import annotations

import json
import pathlib
import subprocess
from typing import Any

import environment
from probe import Probe
from roster import Entry

# How long the cores are watched ahead of all else.
WATCH_SECONDS = 2


class Worker:
    """A peer in a process of its own. If it dies, the next question starts another."""

    def __init__(self, entry: Entry, cores: list[int], probe: pathlib.Path):
        self._entry, self._cores, self._probe = entry, cores, probe
        self._process: subprocess.Popen[str] | None = None
        self.version = ""
        self.missing = self._start()

    def _start(self) -> str | None:
        """Nothing, or why the peer cannot be had."""
        command = [self._entry.python, str(environment.HERE / "worker.py"), self._entry.module,
                   json.dumps(self._entry.arguments), "--cores", ",".join(map(str, self._cores)),
                   "--probe", str(self._probe)]
        # A session of its own: Ctrl-C is for the parent, which ends its workers in order.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         env=environment.one_thread(), start_new_session=True)
        hello = self._read()
        self.version = hello.get("version", "")
        return hello.get("missing") or hello.get("failed")

    def _read(self) -> dict[str, Any]:
        assert self._process and self._process.stdout
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"failed": f"its process ended with {self._process.wait()}"}

    def ask(self, **command: Any) -> dict[str, Any]:
        if self._process is None or self._process.poll() is not None:
            trouble = self._start()
            if trouble:
                return {"failed": trouble}
        assert self._process and self._process.stdin
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # reading tells how it ended
        return self._read()

    def close(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None


class Pool:
    """Workers by the names of their peers, started when first asked for."""

    def __init__(self, entries: dict[str, Entry], missing: dict[str, str], cores: list[int], probe: pathlib.Path,
                 folder: pathlib.Path):
        self._entries, self.missing, self._cores, self._probe = entries, dict(missing), cores, probe
        self._workers: dict[str, Worker] = {}
        self.folder = folder
        self._calm = Probe(str(probe), set(cores))
        self._calm.watch(WATCH_SECONDS)

    def worker(self, name: str) -> Worker | None:
        """Nothing where the peer is missing; `missing` says why."""
        if name in self.missing:
            return None
        if name not in self._workers:
            entry = self._entries[name]
            worker = Worker(entry, self._cores[-entry.cores:], self._probe)
            if worker.missing:
                self.missing[name] = worker.missing
                worker.close()
                return None
            self._workers[name] = worker
        return self._workers[name]

    def measure(self, name: str, number: int, seconds: float) -> dict[str, Any]:
        """What the peer measured of a job that it prepared. What all know of calm cores is shared."""
        worker = self.worker(name)
        if worker is None:
            return {"failed": "it is gone"}
        self._calm.look()
        reply = worker.ask(do="measure", id=number, seconds=seconds, least=self._calm.least)
        self._calm.learn({int(core): least for core, least in reply.get("least", {}).items()})
        return reply

    def versions(self) -> dict[str, str]:
        return {name: worker.version for name, worker in self._workers.items()}

    def close(self) -> None:
        for worker in self._workers.values():
            worker.close()
