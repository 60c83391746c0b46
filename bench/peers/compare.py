#!/usr/bin/env python3
"""Measures Rondo and its peers in turn and writes the report. `compare.py --help` lists the options."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

import environment
from environment import say

GROUP_NAMES = ("lstm", "gru", "custom", "small", "masks", "layouts", "scalar", "unroll", "threads", "compile")


def options_of_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./x bench", description="Measures Rondo beside its peers: all of them in turn, in shuffled order, over "
        "several rounds, on one core. Results are compared with a reference before anything is timed.")
    parser.add_argument("--full", action="store_true", help="every row (a quarter of an hour to an hour) instead of a few of each group")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and docs/performance.svg")
    parser.add_argument("--group", default=",".join(GROUP_NAMES), metavar="A,B", help=f"of {', '.join(GROUP_NAMES)}")
    parser.add_argument("--peers", metavar="A,B", help="only these beside Rondo (default: all, without tensorflow in "
                        "the quick form)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only rows with this text in their name")
    parser.add_argument("--rounds", type=int, help="how often each peer has its turn (default 5; --full 9)")
    parser.add_argument("--seconds", type=float, default=0.05, help="how long a turn is, at least (default 0.05)")
    parser.add_argument("--again", action="store_true", help="measure rows of the last run again for which the core was "
                        "not calm, and report both runs as one")
    parser.add_argument("--core", type=int, help="the core to run on (default: the last)")
    parser.add_argument("--build", type=pathlib.Path, default=environment.ROOT / "build", help="the build folder")
    parser.add_argument("--json", type=pathlib.Path, help="where the raw figures go (default: bench.json in the build "
                        "folder)")
    parser.add_argument("--report", type=pathlib.Path, help="write the report to this file instead of docs/")
    options = parser.parse_args()
    options.group = options.group.split(",")
    unknown = set(options.group) - set(GROUP_NAMES)
    if unknown:
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    options.rounds = options.rounds or (9 if options.full else 5)
    options.build = options.build.resolve()
    options.json = options.json or options.build / "bench.json"
    return options


def enter_environment(build: pathlib.Path) -> None:
    """Goes on in the Python of the benchmark's own environment."""
    try:
        folder = environment.python_environment(build, "bench-env", environment.HERE / "requirements.txt")
    except environment.Missing as missing:
        sys.exit(f"bench: {missing}")
    if pathlib.Path(sys.prefix) != folder:
        python = str(folder / "bin" / "python")
        os.execve(python, [python, *sys.argv], environment.one_thread())


def entries_of(options: argparse.Namespace) -> tuple[dict, dict]:
    """How to start the peers that are asked for, and which are missing."""
    import roster
    wanted = options.peers.split(",") if options.peers is not None else [
        name for name in roster.MAKERS if options.full or name != "tensorflow"]
    entries, missing = {}, {}
    for name, make in roster.MAKERS.items():
        if not name.startswith("rondo") and name not in wanted:
            missing[name] = "it was not asked for"
            continue
        try:
            entries[name] = make(options.build)
        except environment.Missing as reason:
            if name == "rondo":
                sys.exit(f"bench: {reason}")
            say(f"bench: {name} is missing: {reason}")
            missing[name] = str(reason)
    return entries, missing


def run_before(file: pathlib.Path) -> dict:
    """The raw figures of the run that --again goes on from."""
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"bench: --again goes on from a run, whose figures are not in {file}: {error}; run ./x bench without it")


def main() -> None:
    options = options_of_command_line()
    enter_environment(options.build)
    import groups
    import machine
    import report
    from measure import Bench, Outcome
    from pool import Pool

    before = run_before(options.json) if options.again else None
    options.full = before["full"] if before else options.full
    entries, missing = entries_of(options)
    cores = sorted(os.sched_getaffinity(0))
    core = cores[-1] if options.core is None else options.core
    cores = [c for c in cores if c != core] + [core]
    os.sched_setaffinity(0, {core})
    limits = machine.Machine(options.build)
    if before:
        outcomes = [Outcome.from_json(fields) for fields in before["rows"]]
        open_ = [outcome for outcome in outcomes if not outcome.is_calm()]
        rows = [outcome.row for outcome in open_ if outcome.row.group in options.group]
    else:
        outcomes, open_ = [], []
        rows = [row for name in options.group for row in groups.GROUPS[name](options.full)]
    rows = [row for row in rows if options.only in row.name]
    begin = time.time()
    with tempfile.TemporaryDirectory(dir=options.build) as folder:
        pool = Pool(entries, missing, cores, limits.file, pathlib.Path(folder))
        bench = Bench(pool, options.rounds, options.seconds)
        try:
            for number, row in enumerate(rows):
                limits.look()
                outcome = bench.run(row)
                if before:
                    next(old for old in open_ if old.row is row).take(outcome)
                else:
                    outcomes.append(outcome)
                say(f"[{number + 1}/{len(rows)}] {report.line(outcome)}")
        except KeyboardInterrupt:
            say(f"bench: stopped before the last of {len(rows)} rows")
        finally:
            pool.close()
    run = report.Run(outcomes, limits.limits(), machine.processor(), pool.versions(), pool.missing, options.rounds,
                     options.full, time.time() - begin)
    if before:
        run.extend(before)
    options.json.write_text(json.dumps(run.to_json(), indent=1) + "\n")
    text = report.markdown(run)
    print(text)
    target = options.report or (environment.ROOT / "docs" / "performance.md" if options.write else None)
    if target:
        report.write(run, text, target)
        say(f"bench: wrote {target}")
    say(f"bench: raw figures are in {options.json}")


if __name__ == "__main__":
    main()
