"""What is measured: the rows of each group, in the quick form and in full."""

from __future__ import annotations

from typing import Callable, Iterable

from jobs import Job
from measure import Contestant, Row

Shape = tuple[int, int, int, int]  # batch, time, features, units

LIBRARIES = ["onednn", "onnxruntime", "jax", "torch", "tensorflow", "openblas"]
FIXED = ["fixed g++", "fixed clang++"]

GRID: list[Shape] = [
    (1, 1000, 1, 8), (1, 1000, 1, 16), (1, 1000, 1, 20), (1, 1000, 1, 32), (1, 1000, 1, 40), (1, 1000, 1, 64),
    (1, 100, 64, 64), (1, 100, 128, 128), (1, 100, 256, 256), (1, 50, 512, 512), (8, 50, 128, 128),
    (16, 100, 64, 64), (32, 100, 128, 128), (32, 50, 256, 256), (64, 50, 512, 512), (128, 25, 1024, 1024),
    (256, 20, 32, 32)]
ODD: list[Shape] = [
    (1, 1000, 1, 24), (1, 100, 100, 100), (1, 100, 200, 200), (1, 50, 384, 384), (1, 50, 650, 650),
    (5, 50, 128, 128), (12, 50, 100, 100), (48, 50, 200, 200), (12, 25, 384, 384), (48, 20, 650, 650)]
QUICK_GRID: list[Shape] = [
    (1, 1000, 1, 16), (1, 1000, 1, 32), (1, 100, 64, 64), (1, 100, 128, 128), (1, 100, 256, 256), (12, 50, 100, 100),
    (16, 100, 64, 64), (32, 50, 128, 128)]


def shape_name(shape: Shape) -> str:
    return ", ".join(map(str, shape))


def _gated(cell: str, shape: Shape, **more) -> Job:
    batch, time, features, units = shape
    return Job(cell, batch, time, {"features": features, "units": units}, **more)


def _against(group: str, name: str, job: Job, peers: Iterable[str]) -> Row:
    return Row(group, name, [Contestant(peer, peer, job) for peer in ("rondo", *peers)])


def _only(group: str, name: str, jobs: dict[str, Job], peer: str = "rondo") -> Row:
    return Row(group, name, [Contestant(label, peer, job) for label, job in jobs.items()])


def grid(cell: str) -> Callable[[bool], list[Row]]:
    def rows(full: bool) -> list[Row]:
        made = []
        for shape in GRID + ODD if full else QUICK_GRID:
            small = shape[0] == 1 and shape[2] == 1
            made.append(_against(cell, shape_name(shape), _gated(cell, shape), LIBRARIES + FIXED * small))
        return made
    return rows


def custom(full: bool) -> list[Row]:
    shapes: list[Shape] = [(1, 1000, 1, 32), (1, 100, 64, 64), (1, 100, 128, 128), (8, 50, 128, 128),
                           (32, 100, 128, 128)] if full else [(1, 100, 64, 64), (32, 20, 128, 128)]
    rows = []
    for cell in ("minimal_gated_unit", "layer_norm_lstm", "clipped_peephole_lstm", "attention_integrator"):
        for shape in shapes:
            job = _gated(cell, shape)
            if cell == "attention_integrator":
                job.sizes.update(width=shape[3], length=32)
            row = _against("custom", f"{cell.replace('_', ' ')}: {shape_name(shape)}", job,
                           ["onnxruntime", "jax", "torch", "tensorflow"])
            row.contestants.insert(1, Contestant("rondo's LSTM", "rondo", _gated("lstm", shape)))
            rows.append(row)
    return rows


def small(full: bool) -> list[Row]:
    rows = []
    for cell in ("lstm", "gru"):
        for units in (4, 8, 16, 20, 32, 40, 64) if full else (8, 16, 32):
            for mode, time in (("sequence", 1000), ("step", 1)):
                name = f"{cell}, {units} units, {'a block of 1000' if mode == 'sequence' else 'one step a call'}"
                job = _gated(cell, (1, time, 1, units), mode=mode)
                row = _against("small", name, job, ["onednn", "openblas", *FIXED])
                fast = _gated(cell, (1, time, 1, units), mode=mode, options={"math": "fast"})
                row.contestants.insert(1, Contestant("rondo, math=fast", "rondo", fast))
                rows.append(row)
    return rows


def masks(full: bool) -> list[Row]:
    rows = []
    for shape in [(32, 100, 128, 128), (64, 100, 128, 128), (32, 50, 256, 256)] if full else [(32, 50, 128, 128)]:
        for cell in ("lstm", "gru") if full else ("lstm",):
            jobs = {label: _gated(cell, shape, mask=mask) for label, mask in (
                ("no mask", None), ("nothing masked", "full"), ("half, right-padded", "right"),
                ("half, at random", "random"))}
            rows.append(_only("masks", f"{cell}: {shape_name(shape)}", jobs))
    return rows


def layouts(full: bool) -> list[Row]:
    shapes = [(1, 100, 128, 128), (16, 100, 64, 64), (32, 100, 128, 128)] if full else [(1, 100, 64, 64),
                                                                                     (32, 20, 128, 128)]
    rows = []
    for cell in ("lstm", "gru") if full else ("lstm",):
        for shape in shapes:
            jobs = {f"{layout}, {direction}": _gated(cell, shape, time_major=layout == "time-major",
                                                     go_backwards=direction == "backwards")
                    for layout in ("batch-major", "time-major") for direction in ("forwards", "backwards")}
            rows.append(_only("layouts", f"{cell}: {shape_name(shape)}", jobs))
    return rows


def _scalar_sizes(cell: str) -> dict[str, int]:
    return {"features" if cell == "exponential_moving_average" else "channels": 1}


def scalar(full: bool) -> list[Row]:
    rows = []
    for cell in ("exponential_moving_average", "biquad", "garch", "kalman3"):
        for dtype in ("f32", "f64"):
            for time in (100, 1000) if full else (100,):
                for time_major in (False, True):
                    job = Job(cell, 10_000, time, _scalar_sizes(cell), dtype, time_major=time_major)
                    layout = "time-major" if time_major else "batch-major"
                    rows.append(_against("scalar", f"{cell.replace('_', ' ')}, {dtype}, {time} steps, {layout}", job,
                                         ["numba", "scipy"]))
    return rows


def unroll(full: bool) -> list[Row]:
    cells = [("biquad", {"channels": 1}, 1), ("biquad", {"channels": 1}, 64), ("lstm", {"features": 1, "units": 8}, 1),
             ("lstm", {"features": 64, "units": 64}, 1), ("gru", {"features": 1, "units": 16}, 1),
             ("lstm", {"features": 64, "units": 64}, 16)]
    rows = []
    for cell, sizes, batch in cells if full else cells[:3]:
        for time in (4, 20, 100, 1000) if full else (4, 100):
            known = {"time": str(time)}
            jobs = {"auto": Job(cell, batch, time, sizes, options=known),
                    "1": Job(cell, batch, time, sizes, options={**known, "unroll": "false"})}
            for copies in (2, 4, 8):
                if copies <= time:
                    jobs[str(copies)] = Job(cell, batch, time, sizes, options={**known, "copies": str(copies)})
            jobs["all"] = Job(cell, batch, time, sizes, options={**known, "unroll": "true"})
            words = " ".join(f"{name} {value}" for name, value in sizes.items())
            rows.append(_only("unroll", f"{cell}, {words}, batch {batch}, {time} steps", jobs))
    return rows


def threads(full: bool) -> list[Row]:
    rows = []
    shapes = [(1, 100, 256, 256), (8, 50, 128, 128), (32, 50, 128, 128), (64, 50, 512, 512)] if full else [
        (32, 50, 128, 128)]
    for cell in ("lstm", "gru"):
        for shape in shapes:
            rows.append(_only("threads", f"{cell}: {shape_name(shape)}",
                              {"one thread": _gated(cell, shape, options={"threads": "1"}),
                               "two threads": _gated(cell, shape, options={"threads": "2"})}, "rondo on two cores"))
    return rows


def compilation(full: bool) -> list[Row]:
    def row(name: str, cell: str, units: int, features: int = 0, mode: str = "compile", **options: str) -> Row:
        job = Job(cell, 1, 1, {"features": features or units, "units": units}, mode=mode, options=options)
        return _only("compile", name, {"compile": job}, "rondo on two cores")

    rows = [row(f"lstm, {units} units", "lstm", units)
            for units in ((8, 20, 64, 100, 128, 256, 512, 650, 1024) if full else (20, 64, 256))]
    rows.append(row("lstm, 16 units, one input, for one step", "lstm", 16, 1, time="1"))
    rows += [row(f"{cell.replace('_', ' ')}, 64 units", cell, 64)
             for cell in (("gru", "layer_norm_lstm") if full else ("gru",))]
    return rows + [
        row("a cell of 200 operations, 64 units", "many_operations", 64),
        row("lstm, 64 units, 1000 steps, unroll=true", "lstm", 64, time="1000", unroll="true"),
        row("lstm, 128 units, from the cache", "lstm", 128, mode="cached"),
        row("rondo run of an LSTM with 64 units, start to exit", "lstm", 64, mode="program")]


GROUPS: dict[str, Callable[[bool], list[Row]]] = {
    "lstm": grid("lstm"), "gru": grid("gru"), "custom": custom, "small": small, "masks": masks, "layouts": layouts,
    "scalar": scalar, "unroll": unroll, "threads": threads, "compile": compilation}
