"""What ``provolve doctor`` says of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.report.text import plain

_MARKS = {"good": ("ok", "green"), "note": ("note", "yellow"), "bad": ("bad", "bold red")}


class Diagnosis(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    subject: str
    state: Literal["good", "note", "bad"]
    """``note``: it works, and could be better; ``bad``: runs fail."""
    text: str
    remedies: tuple[str, ...] = ()
    """What is missing, and what would raise it."""


def doctor_report(diagnoses: Sequence[Diagnosis]) -> RenderableType:
    """Return the diagnoses as a table and a sentence that sums them up."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for one in diagnoses:
        word, style = _MARKS[one.state]
        grid.add_row(Text(word, style), one.subject, plain(one.text))
        for remedy in one.remedies:
            grid.add_row("", "", plain(f"– {remedy}", "yellow"))
    bad = sum(one.state == "bad" for one in diagnoses)
    verdict = (
        Text("Runs work here.", "bold green")
        if not bad
        else Text("Runs fail here: mend what is bad.", "bold red")
    )
    return Group(grid, Text(), verdict)
