"""The list of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.report.numbers import count, duration, number
from provolve.report.text import one_line, plain
from provolve.report.word import marked
from provolve.store import RunSummary

_STYLES = {"finished": "green", "running": "cyan", "stopped": "yellow", "damaged": "red"}
_DAY = 86_400


def runs_table(summaries: Sequence[RunSummary], now: float) -> RenderableType:
    """Return the runs as a table, and below it what is wrong with damaged ones.

    ``now`` is in seconds since 1970.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("run", overflow="fold")
    table.add_column("task", overflow="fold")
    table.add_column("status", overflow="fold")
    table.add_column("candidates", justify="right", overflow="fold")
    table.add_column("best loss", justify="right", overflow="fold")
    table.add_column("written")
    for summary in summaries:
        table.add_row(
            plain(summary.name, "bold"),
            plain(marked(summary.task or "?", summary.self_judged)),
            Text(summary.status, _STYLES.get(summary.status, "")),
            count(summary.candidates),
            "" if summary.best is None else number(summary.best),
            when(summary.when, now),
        )
    damaged = [summary for summary in summaries if summary.detail]
    notes = [Text.assemble((f"{one_line(one.name)}: ", "red"), one_line(one.detail, 400)) for one in damaged]
    return Group(table, *([Text()] if notes else []), *notes)


def when(moment: float, now: float) -> str:
    """Return how long ago ``moment`` was, or its date if that is more than a day."""
    ago = now - moment
    if 0 <= ago < _DAY:
        return f"{duration(float(int(ago)))} ago" if ago >= 1 else "now"
    return datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M")
