"""The scores of samples: pass@k, eff@k, failures; and what is told while they are found."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Self

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from provolve.engine.samples.scoring import Judged, News, Opened, Timed
from provolve.engine.samples.summary import Summary
from provolve.judge.metrics import Estimate
from provolve.report.numbers import count, fixed
from provolve.report.text import one_line, plain

EVERY = 2.0
"""Least seconds between two lines about progress."""


def scores_report(summaries: Sequence[Summary]) -> RenderableType:
    """Return the table of scores, a row a model, and below it how they are to be read."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    named = any(summary.model for summary in summaries)
    timed = any(summary.eff_at for summary in summaries)
    if named:
        table.add_column("model", overflow="fold")
    table.add_column("passed", justify="right")
    ks = list(summaries[0].pass_at)
    for k in ks:
        table.add_column(f"pass@{k}")
    for k in ks if timed else []:
        table.add_column(f"eff@{k}")
    for summary in summaries:
        cells = [plain(one_line(summary.model, 40), "bold")] if named else []
        passed = f"{count(summary.passed)} of {count(summary.samples)}"
        cells.append(plain(passed + (" self-judged" if summary.self_judged else "")))
        cells += [_cell(summary.pass_at[k]) for k in ks]
        cells += [_cell(summary.eff_at[k]) if summary.eff_at else Text("") for k in ks if timed]
        table.add_row(*cells)
    return Group(table, Text(), *_failures(summaries, named), *_notes(summaries, timed))


def _cell(estimate: Estimate) -> Text:
    value = Text(fixed(estimate.value, 3), "bold")
    if estimate.low == estimate.high or not math.isfinite(estimate.low):
        return value
    return value.append(f" {fixed(estimate.low, 3)} to {fixed(estimate.high, 3)}", "not bold dim")


def _failures(summaries: Sequence[Summary], named: bool) -> list[RenderableType]:
    found = [summary for summary in summaries if summary.failures]
    if not found:
        return []
    grid = Table.grid(padding=(0, 2, 0, 0))
    for summary in found:
        reasons = ", ".join(
            f"{reason.replace('_', ' ')} {count(times)}" for reason, times in summary.failures.items()
        )
        name = f"{one_line(summary.model, 40)} failed" if named else "failed"
        grid.add_row(plain(name), plain(reasons))
    return [grid, Text()]


def _notes(summaries: Sequence[Summary], timed: bool) -> list[RenderableType]:
    tasks = max(summary.tasks for summary in summaries)
    what = "tasks, as drawn from many like them" if tasks > 1 else "samples of one task"
    notes = [f"Means over {count(tasks)} {what}, with 95 % intervals." if tasks > 1 else f"Of {what}."]
    if timed:
        most = max(summary.timed_tasks for summary in summaries)
        notes.append(
            f"eff@k over the {count(most)} tasks with references and levels: 1 is as fast as the reference, "
            "0 is wrong, or beyond twice the reference's slowest level."
        )
    judged = sum(summary.self_judged for summary in summaries)
    if judged:
        notes.append(
            f"self-judged: the tests of {count(judged)} samples are code that ran beside them, so that "
            "passing is the sample's own word. Give inputs and expected outputs to have them judged from "
            "outside."
        )
    return [plain(" ".join(notes), "dim")]


class ScoreLines:
    """Tells what happens in plain lines, at most one every two seconds and one at the end of each phase."""

    def __init__(self, clock: Callable[[], float], emit: Callable[[str], None]) -> None:
        self._clock = clock
        self._emit = emit
        self._at = -math.inf
        self._failed = 0

    def see(self, news: News) -> None:
        """Take in one piece of news."""
        match news:
            case Opened():
                self._emit(opening(news))
                self._at = self._clock()
            case Judged():
                self._failed += not news.verdict.passed
                self._maybe(
                    f"judged {count(news.done)} of {count(news.of)}, {count(self._failed)} failed", news
                )
            case Timed():
                self._maybe(f"timed {count(news.done)} of {count(news.of)}", news)

    def _maybe(self, line: str, news: Judged | Timed) -> None:
        if news.done == news.of or self._clock() - self._at >= EVERY:
            self._at = self._clock()
            self._emit(line)


def opening(news: Opened) -> str:
    """Return what there is to do, on one line."""
    workers = "1 worker" if news.workers == 1 else f"{news.workers} workers"
    there = f", {count(news.judged)} of them judged before" if news.judged else ""
    return f"{count(news.samples)} samples{there}; {workers}, sandbox {news.level}"


class ScoreBar:
    """A bar in a terminal, drawn over itself while samples are judged and timed. A context manager."""

    def __init__(self, terminal: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._terminal = terminal
        self._progress = Progress(*columns, console=terminal, transient=True)
        self._bars: dict[str, TaskID] = {}
        self._failed = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def see(self, news: News) -> None:
        """Take in one piece of news."""
        match news:
            case Opened():
                self._terminal.print(opening(news))
            case Judged():
                self._failed += not news.verdict.passed
                self._show("judging", f"judging ({count(self._failed)} failed)", news)
            case Timed():
                self._show("timing", "timing", news)

    def _show(self, phase: str, text: str, news: Judged | Timed) -> None:
        if phase not in self._bars:
            self._bars[phase] = self._progress.add_task(text, total=news.of)
        self._progress.update(self._bars[phase], completed=news.done, description=text)


def news_to_json(news: News) -> str:
    """Return a piece of news as one line of JSON."""
    match news:
        case Judged():
            fields = {"event": "judged", **msgspec.to_builtins(news)}
        case Timed():
            fields = {"event": "timed", **msgspec.to_builtins(news)}
        case Opened():
            fields = {"event": "opened", **msgspec.to_builtins(news)}
    return msgspec.json.encode(fields).decode()


def summary_to_json(summary: Summary) -> str:
    """Return a summary as one line of JSON; an endless end of an interval is null."""
    return msgspec.json.encode({"event": "scores", **msgspec.to_builtins(summary, str_keys=True)}).decode()
