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


class Onslaught(msgspec.Struct, frozen=True):
    """What came of one hostile candidate."""

    family: str
    name: str
    verdict: Literal["contained", "effect", "surprise", "beyond"]
    """``surprise``: no harm, and yet another ending than was expected; ``beyond``: not tried, because the
    level does not promise to hold it."""
    detail: str


def hostile_report(level: str, told: str, found: Sequence[Onslaught]) -> RenderableType:
    """Return a table of the hostile candidates by family, what went wrong, and a sentence that sums up."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("family", no_wrap=True)
    for heading in ("attacks", "contained", "surprises", "effects", "untried"):
        table.add_column(heading, justify="right")
    for family in dict.fromkeys(one.family for one in found):
        table.add_row(family, *_counts([one for one in found if one.family == family]))
    table.add_row("all", *_counts(found), style="bold")
    wrong = [one for one in found if one.verdict in ("effect", "surprise")]
    lines = [plain(f"{one.family}, {one.name}: {one.verdict}: {one.detail}", "yellow") for one in wrong]
    return Group(plain(f"Level {level}: {told}."), Text(), table, Text(), *lines, _summed_up(level, found))


def _counts(found: Sequence[Onslaught]) -> list[str]:
    verdicts = [one.verdict for one in found]
    kinds = ("contained", "surprise", "effect", "beyond")
    return [str(len(found)), *(str(verdicts.count(kind)) if kind in verdicts else "–" for kind in kinds)]


def _summed_up(level: str, found: Sequence[Onslaught]) -> Text:
    effects = sum(one.verdict == "effect" for one in found)
    beyond = sum(one.verdict == "beyond" for one in found)
    if effects:
        return Text(
            f"{effects} of them had an effect: do not run candidates that you would not run yourself, "
            "and report this.",
            "bold red",
        )
    untried = (
        f" Level {level} does not promise to hold {beyond} more, which were not tried." if beyond else ""
    )
    return Text(f"None of them had an effect.{untried}", "bold green" if not beyond else "bold yellow")
