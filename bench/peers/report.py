"""What a run found: tables as Markdown, raw figures, one line a row."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import re
from typing import Any, Iterable

import plot
import roster
from jobs import TOLERANCE
from machine import Limits
from measure import Outcome, Result
from probe import CALM

BEGIN = "<!-- measured: written by ./x bench --write -->"
END = "<!-- end of measured -->"


@dataclasses.dataclass
class Run:
    outcomes: list[Outcome]
    limits: Limits
    processor: str
    versions: dict[str, str]
    missing: dict[str, str]
    rounds: int
    full: bool
    seconds: float

    def extend(self, before: dict[str, Any]) -> None:
        """Takes the head of the run that this one goes on from."""
        limits = before["limits"]
        limits["load_gbytes"] = {int(size): found for size, found in limits["load_gbytes"].items()}
        self.limits = Limits(**limits)
        self.versions, self.missing = before["versions"], before["missing"]
        self.rounds, self.seconds = before["rounds"], before["seconds"] + self.seconds

    def of(self, group: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.row.group == group]

    def to_json(self) -> dict[str, Any]:
        return {"processor": self.processor, "limits": dataclasses.asdict(self.limits), "versions": self.versions,
                "missing": self.missing, "rounds": self.rounds, "full": self.full, "seconds": self.seconds,
                "rows": [outcome.to_json() for outcome in self.outcomes]}


def figure(value: float) -> str:
    """Three digits that count."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}" if value < 1000 else f"{value:.0f}"


def geometric_mean(values: Iterable[float]) -> float:
    logarithms = [math.log(value) for value in values]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else math.nan


# Other forms of Rondo, which stand in tables of their own and in no ratio.
ASIDE = ("rondo's LSTM", "rondo, math=fast")


def _is_rondo(label: str) -> bool:
    return label.startswith("rondo") and label not in ASIDE


def best(outcome: Outcome, rondo: bool) -> tuple[str, float] | None:
    """The quickest contestant on one side, with its time."""
    times = [(result.median, label) for label, result in outcome.timed().items()
             if _is_rondo(label) == rondo and label not in ASIDE]
    return (min(times)[1], min(times)[0]) if times else None


def ratio(outcome: Outcome) -> float | None:
    """Best peer over Rondo."""
    ours, theirs = best(outcome, True), best(outcome, False)
    return theirs[1] / ours[1] if ours and theirs else None


def line(outcome: Outcome) -> str:
    """One line for who watches."""
    words = [f"{label} {figure(result.median) if result.rounds else result.status}"
             for label, result in outcome.results.items() if result.status != "missing"]
    found = ratio(outcome)
    return f"{outcome.row.group} {outcome.row.name}: {' | '.join(words)}" + (
        f" | ratio {found:.2f}" if found else "")


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _cell(result: Result | None) -> str:
    if result is None or result.status in ("missing", "unsupported"):
        return "-"
    return figure(result.median) if result.rounds else f"**{result.status}**"


def _versus(outcomes: list[Outcome], limits: Limits | None) -> str:
    """Rondo beside its peers, with the ratio, and the share of the limit where there is one."""
    labels = list(dict.fromkeys(label for outcome in outcomes for label, result in outcome.results.items()
                                if result.status not in ("missing", "unsupported")))
    ours = [label for label in labels if _is_rondo(label)]
    peers = [label for label in labels if not _is_rondo(label) and label not in ASIDE]
    head = ["", *(roster.TITLES.get(label, label) for label in ours + peers), "best peer", "ratio"]
    if limits:
        head.append("of the limit")
    rows = []
    for outcome in outcomes:
        found, theirs, mine = ratio(outcome), best(outcome, False), best(outcome, True)
        cells = [outcome.row.name, *(_cell(outcome.results.get(label)) for label in ours + peers),
                 roster.TITLES.get(theirs[0], theirs[0]) if theirs else "-",
                 "-" if found is None else f"{found:.2f}" if found >= 1 else f"**{found:.2f}**"]
        if limits:
            job = outcome.row.contestants[0].job
            cells.append(f"{100 * limits.microseconds(job) / mine[1]:.0f} %" if mine else "-")
        rows.append(cells)
    return _table(head, rows) + "\n\n" + _summary(outcomes)


def _summary(outcomes: list[Outcome]) -> str:
    found = {outcome.row.name: ratio(outcome) for outcome in outcomes}
    known = {name: value for name, value in found.items() if value is not None}
    if not known:
        return "No peer was there to compare with."
    behind = [f"{name} ({value:.2f})" for name, value in known.items() if value < 1]
    return (f"Geometric mean of the ratios: {geometric_mean(known.values()):.2f}. " +
            (f"Behind in {len(behind)} of {len(known)} rows: {'; '.join(behind)}." if behind else
             f"Ahead in all {len(known)} rows."))


def _small(outcomes: list[Outcome]) -> str:
    rows, ratios = [], []
    for outcome in outcomes:
        strict, fast, theirs = outcome.results["rondo"], outcome.results["rondo, math=fast"], best(outcome, False)
        ratios.append(theirs[1] / fast.median if theirs and fast.rounds else math.nan)
        rows.append([outcome.row.name, _cell(strict), _cell(fast), f"{ratios[-1]:.2f}"])
    known = [value for value in ratios if not math.isnan(value)]
    return (_versus(outcomes, None) +
            "\n\nWith `math=fast`, whose functions are about as exact as those of the C++ of fixed sizes:\n\n" +
            _table(["", "Rondo", "Rondo, `math=fast`", "ratio of the best peer"], rows) +
            f"\n\nGeometric mean of the ratios: {geometric_mean(known):.2f}.")


def _custom(outcomes: list[Outcome]) -> str:
    rows = []
    for outcome in outcomes:
        own, lstm = outcome.results["rondo"], outcome.results["rondo's LSTM"]
        if not own.rounds or not lstm.rounds:
            continue
        jobs = {contestant.label: contestant.job for contestant in outcome.row.contestants}
        a = own.median / jobs["rondo"].flops()
        b = lstm.median / jobs["rondo's LSTM"].flops()
        rows.append([outcome.row.name, figure(1e6 * a), figure(1e6 * b), f"{a / b:.2f}"])
    return _versus(outcomes, None) + "\n\nTime for each operation of a product, beside the LSTM of the same shape:\n\n" \
        + _table(["", "ps a flop", "LSTM, ps a flop", "ratio"], rows)


def _relative(outcomes: list[Outcome], base: str) -> str:
    """Contestants of one row against one of them."""
    labels = list(dict.fromkeys(label for outcome in outcomes for label in outcome.results))
    rows = []
    for outcome in outcomes:
        reference = outcome.results.get(base)
        cells = [outcome.row.name]
        for label in labels:
            result = outcome.results.get(label)
            cell = _cell(result)
            if result and result.rounds and reference and reference.rounds and label != base:
                cell += f" ({result.median / reference.median:.2f})"
            cells.append(cell)
        rows.append(cells)
    return _table(["", *labels], rows)


def _unroll(outcomes: list[Outcome]) -> str:
    labels = max((list(outcome.results) for outcome in outcomes), key=len)
    rows = []
    for outcome in outcomes:
        timed = outcome.timed()
        if not timed:
            continue
        quickest = min(result.median for result in timed.values())
        cells = [outcome.row.name]
        for label in labels:
            result = timed.get(label)
            cells.append(f"{figure(result.median)}; {figure(result.facts['code_bytes'] / 1000)} kB; "
                         f"{figure(result.facts['compile_ms'])} ms" if result else "-")
        cells.append(f"{timed['auto'].median / quickest:.2f}" if "auto" in timed else "-")
        rows.append(cells)
    return ("Time of a call in us; size of the code; time to compile.\n\n"
            + _table(["", *labels, "auto over best"], rows))


def _compile(outcomes: list[Outcome]) -> str:
    rows = []
    for outcome in outcomes:
        for label, result in outcome.results.items():
            size = result.facts.get("code_bytes")
            rows.append([outcome.row.name, figure(result.median / 1000) if result.rounds else result.status,
                         figure(size / 1000) if size else "-"])
    return _table(["", "ms", "code, kB"], rows)


def _threads(outcomes: list[Outcome]) -> str:
    reasons = {result.reason for outcome in outcomes for result in outcome.results.values() if result.reason}
    if not any(outcome.timed() for outcome in outcomes):
        return f"Not measured: {'; '.join(sorted(reasons))}."
    return _relative(outcomes, "one thread")


def _limits(limits: Limits) -> str:
    loads = ", ".join(f"{size // 1024} KiB {figure(found)}" for size, found in sorted(limits.load_gbytes.items()))
    return (f"Measured in the same run: f32 multiply-add with {limits.vector_bits}-bit vectors "
            f"{figure(limits.fma_gflops)} GFLOP/s; loads, in GB/s by working set: {loads}; the activations of a unit: "
            f"LSTM {figure(limits.lstm_activation_ns)} ns, GRU {figure(limits.gru_activation_ns)} ns.")


SECTIONS = {
    "lstm": ("LSTM", "Rows are batch, time, features, units; microseconds a call, median of the rounds. The limit "
             "counts multiply-adds at their peak, recurrent weights at the speed of the cache they fit in, and "
             "activations; it leaves out the wait for the step before, which rules small cells."),
    "gru": ("GRU", "As above; the reset gate is applied behind the product."),
    "custom": ("Other cells", "Peers: ONNX Runtime's Scan, JAX's `lax.scan`, TorchScript, TensorFlow. Attention reads "
               "32 rows of memory."),
    "small": ("Small cells", "One sample, one input. A call is made from C++ in all columns."),
    "masks": ("Masks", "In brackets: over the time without a mask."),
    "layouts": ("Layouts and direction", "In brackets: over batch-major, forwards."),
    "scalar": ("Samples across lanes", "10,000 independent series; all in a row have the same layout. numba: loops "
               "with series outside where the data of a series are in one piece, else the better of two sizes of blocks "
               "of series."),
    "unroll": ("Unrolling", ""),
    "threads": ("Threads", "In brackets: over one thread."),
    "compile": ("Time to compile", "In a warm process on two cores, from a recurrence to a function; nothing cached unless said."),
}


def _body(group: str, outcomes: list[Outcome], limits: Limits) -> str:
    match group:
        case "lstm" | "gru":
            return _versus(outcomes, limits)
        case "custom":
            return _custom(outcomes)
        case "small":
            return _small(outcomes)
        case "scalar":
            return _versus(outcomes, None)
        case "masks":
            return _relative(outcomes, "no mask")
        case "layouts":
            return _relative(outcomes, "batch-major, forwards")
        case "unroll":
            return _unroll(outcomes)
        case "threads":
            return _threads(outcomes)
        case "compile":
            return _compile(outcomes)
    raise ValueError(group)


def _peers(run: Run) -> str:
    lines = [f"- {roster.TITLES[name]}: {version}" for name, version in run.versions.items()]
    lines += [f"- {roster.TITLES[name]}: missing, {reason}" for name, reason in run.missing.items()]
    return "\n".join(lines)


def _troubles(run: Run) -> str:
    lines = [f"- {outcome.row.group}, {outcome.row.name}, {roster.TITLES.get(label, label)}: {result.status}, "
             f"{result.reason}" for outcome in run.outcomes for label, result in outcome.results.items()
             if result.status in ("failed", "wrong") and outcome.row.group != "threads"]
    return "\nWhat went wrong:\n\n" + "\n".join(lines) + "\n" if lines else ""


def _spread(run: Run) -> str:
    spreads = sorted(result.spread for outcome in run.outcomes for result in outcome.timed().values())
    if not spreads:
        return ""
    return (f" Slowest over quickest round: {spreads[len(spreads) // 2]:.2f} for the median figure, "
            f"{spreads[len(spreads) * 9 // 10]:.2f} for one in ten.{_disturbed(run)}")


def _disturbed(run: Run) -> str:
    timed = [result for outcome in run.outcomes for result in outcome.timed().values()]
    never = sum(not result.calm for result in timed)
    return f" The core was never calm for {never} of {len(timed)} figures." if never else ""


def markdown(run: Run) -> str:
    """The whole report."""
    parts = [
        f"One core of: {run.processor}. {'Full' if run.full else 'Quick'} form, {run.rounds} rounds, "
        f"{run.seconds / 60:.0f} minutes. Every peer is told to use one thread and has its turn in each round, in "
        f"shuffled order; figures are medians over rounds. What was timed while a fixed piece of work, ahead of it and "
        f"behind, took more than {CALM:g} times its least time does not count where there is other: something else had "
        f"a part of the core."
        f"{_spread(run)} Before anything is timed, outputs are compared "
        f"with a step-by-step reference in double precision: the largest |a - b| / max(1, |b|) may be "
        f"{TOLERANCE['f32']:g} for f32 and {TOLERANCE['f64']:g} for f64. A ratio is the best peer's time over Rondo's: "
        f"above 1, Rondo is quicker.",
        _limits(run.limits), _peers(run) + "\n" + _troubles(run)]
    for group, (title, note) in SECTIONS.items():
        outcomes = run.of(group)
        if outcomes:
            parts += [f"## {title}", *([note] if note else []), _body(group, outcomes, run.limits)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def write(run: Run, text: str, target: pathlib.Path) -> None:
    """Puts the report between its marks in `target`, whose other text stays, and the picture beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    picture, rows = target.with_suffix(".svg"), run.of("lstm") + run.of("gru")
    shown = ""
    if rows:
        picture.write_text(plot.picture(rows))
        shown = f"![Times over Rondo's]({picture.name})\n\n"
    block = f"{BEGIN}\n\n{shown}{text}\n{END}"
    old = target.read_text() if target.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    target.write_text(re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: block, old, flags=re.DOTALL))
