"""All about one run: its champion, where that came from, and what became of all it tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.program import render_source
from provolve.record import Finished, Spent
from provolve.report.calls import calls_table
from provolve.report.claim import claim_report, published_beside
from provolve.report.curve import curve, steps
from provolve.report.ending import facts, losses_text, spent_text
from provolve.report.numbers import count, number, percent
from provolve.report.progress import ACCEPTED
from provolve.report.scale import Scale
from provolve.report.source import difference, python
from provolve.report.text import plain
from provolve.report.word import marked
from provolve.store import CallSum, Entry, OperatorCount, RunReader, RunSpec
from provolve.task import Task
from provolve.task.loading import shown_reference

_CURVE_WIDTH = 60
_CURVE_ROWS = 6
_MOST_ANCESTORS = 12
_SHORT = 10


class RunFacts(msgspec.Struct, frozen=True):
    """What a run's record says, read at one moment."""

    name: str
    spec: RunSpec
    spent: Spent
    finished: Finished | None
    best: Entry | None
    """Best on train."""
    seed_loss: float | None
    lineage: tuple[Entry, ...]
    """From the champion, or the best so far, back to a program of the run's start."""
    improvements: tuple[tuple[int, float], ...]
    counts: Mapping[str, int]
    operators: Mapping[str, OperatorCount]
    calls: tuple[CallSum, ...] = ()
    """By operator and model; empty where no model or program was asked."""


def read_facts(path: Path) -> RunFacts:
    """Read a run's record.

    Raises:
        StoreError: if it cannot be read.
    """
    with RunReader(path) as reader:
        stage = reader.stage("finished")
        finished = None if stage is None else msgspec.msgpack.decode(stage, type=Finished)
        best = reader.best()
        found = "" if best is None or best.verdict.candidate is None else best.verdict.candidate.digest
        champion = found if finished is None else finished.claim.champion
        start = next(reader.verdicts(), None)
        return RunFacts(
            name=reader.name,
            spec=reader.spec,
            spent=reader.spent(),
            finished=finished,
            best=best,
            seed_loss=start[1][0].loss if start is not None and start[1] else None,
            lineage=tuple(reader.lineage(champion)) if champion else (),
            improvements=tuple((one.candidates, one.loss) for one in reader.progress()),
            counts=reader.counts(),
            operators=reader.operators(),
            calls=tuple(reader.call_sums()),
        )


def champion_source(run: RunFacts, task: Task | None) -> str | None:
    """Return the champion, or the best so far; None before there is one or where its task cannot be read."""
    if run.finished is not None:
        return run.finished.champion
    if run.best is None or run.best.verdict.candidate is None or task is None:
        return None
    return render_source(task.program, run.best.verdict.candidate)


def run_page(run: RunFacts, task: Task | None) -> RenderableType:
    """Return the page. ``task`` is the run's task as it was, None where that cannot be loaded."""
    scale = Scale(run.spec.direction) if task is None else Scale.of(task.settings)
    parts: list[RenderableType] = [_title(run), _setting(run, scale)]
    if run.finished is not None:
        claim = claim_report(run.finished.claim, scale, published_beside(task))
        parts += [*_heading("Claim"), claim]
    parts += _champion(run, task)
    if run.lineage:
        title = marked("Lineage, the youngest first", run.spec.self_judged)
        parts += [*_heading(title), _lineage(run.lineage, scale)]
    if run.improvements and run.improvements[-1][0] > 0:
        title = marked("Best on train over candidates", run.spec.self_judged)
        parts += [*_heading(title), _curve(run, scale)]
    parts += [*_heading(marked("Verdicts", run.spec.self_judged)), _counts(run.counts)]
    parts += [*_heading("Operators"), _operators(run.operators)]
    if run.calls:
        parts += [*_heading("Calls"), calls_table(run.calls)]
    return Group(*parts)


def _heading(text: str) -> tuple[RenderableType, RenderableType]:
    return Text(), Text(text, "bold cyan")


def _title(run: RunFacts) -> Text:
    state = ("finished", "green") if run.finished is not None else ("not finished", "yellow")
    return Text.assemble(plain(run.name, "bold"), " · ", plain(run.spec.task_name), " · ", state)


def _setting(run: RunFacts, scale: Scale) -> RenderableType:
    spec = run.spec
    options = [f"{name}={value}" for name, value in (spec.proposer_options | spec.strategy_options).items()]
    rows: dict[str, RenderableType | str] = {
        "task": f"{shown_reference(spec.task)} ({marked(spec.kind, spec.self_judged)}, {spec.direction}), "
        f"digest {spec.task_digest[:_SHORT]}",
        "search": f"{spec.proposer} with {spec.strategy}{', ' if options else ''}{', '.join(options)}, "
        f"seed {spec.seed}, budget {spec.budget}",
        "spent": spent_text(run.spent),
        "made by": ", ".join(f"{name} {version}" for name, version in spec.versions.items()),
    }
    if spec.parameters:
        rows["parameters"] = ", ".join(f"{name}={value}" for name, value in spec.parameters.items())
    if spec.data:
        rows["data"] = spec.data
    if run.finished is not None:
        rows[marked("scores", spec.self_judged)] = losses_text(run.finished.claim, scale, run.seed_loss)
    elif run.best is not None and run.best.verdict.loss is not None:
        best = scale.shown(run.best.verdict.loss)
        rows[marked("best", spec.self_judged)] = f"{best} on train; {scale.meaning}"
    return facts(rows)


def _champion(run: RunFacts, task: Task | None) -> list[RenderableType]:
    source = champion_source(run, task)
    finished = run.finished is not None
    title = "Champion" if finished else "Best so far on train (no champion is chosen yet)"
    after = "champion" if finished else "best so far"
    if source is None:
        return [*_heading(title), Text("none yet, or its task cannot be read", "dim")]
    parts: list[RenderableType] = [*_heading(title), python(source)]
    if task is not None:
        parts += [
            *_heading("Difference to the seed program"),
            difference(task.program.source, source, "seed program", after),
        ]
    return parts


def _lineage(chain: Sequence[Entry], scale: Scale) -> RenderableType:
    table = _table("candidate", "operator")
    for title in ("ask", "train", "validation"):
        table.add_column(title, justify="right")
    shown = chain if len(chain) <= _MOST_ANCESTORS else [*chain[: _MOST_ANCESTORS - 1], chain[-1]]
    for entry in shown:
        if entry is chain[-1] and len(shown) < len(chain):
            table.add_row(Text(f"… {len(chain) - len(shown)} more", "dim"))
        verdict = entry.verdict
        table.add_row(
            "" if verdict.candidate is None else verdict.candidate.digest[:_SHORT],
            plain(entry.proposal.operator),
            str(entry.ask),
            "" if verdict.loss is None else scale.shown(verdict.loss),
            "" if verdict.validation is None else scale.shown(verdict.validation),
        )
    return table


def _curve(run: RunFacts, scale: Scale) -> RenderableType:
    points = steps([(float(place), scale.value(loss)) for place, loss in run.improvements])
    lines = curve(points, max(run.spent.candidates, 1), _CURVE_WIDTH, _CURVE_ROWS)
    first, last = number(points[0][1]), number(points[-1][1])
    return Group(
        *[Text(line, "cyan", no_wrap=True, overflow="crop") for line in lines],
        Text(f"from {first} to {last} in {count(run.spent.candidates)} candidates", "dim"),
    )


def _counts(counts: Mapping[str, int]) -> RenderableType:
    total = sum(counts.values())
    table = _table("verdict")
    table.add_column("number", justify="right")
    table.add_column("share", justify="right")
    for name, value in counts.items():
        style = "green" if name == ACCEPTED else ""
        table.add_row(plain(name.replace("_", " "), style), count(value), percent(value / total))
    return table


def _operators(operators: Mapping[str, OperatorCount]) -> RenderableType:
    table = _table("operator")
    for title in ("proposals", "accepted", "new bests"):
        table.add_column(title, justify="right")
    for name, counts in sorted(operators.items(), key=lambda item: -item[1].proposals):
        table.add_row(
            plain(name), count(counts.proposals), count(counts.accepted), count(counts.improvements)
        )
    return table


def _table(*titles: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table
