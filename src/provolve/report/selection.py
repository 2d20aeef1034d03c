"""What was selected, and why."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Sequence

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.engine.samples.ballots import Ballot
from provolve.engine.selection import Selection
from provolve.report.numbers import count, number
from provolve.report.text import one_line, plain

_NAMES_SHOWN = 4


def selection_report(selection: Selection, top: int) -> RenderableType:
    """Return the choice, the ``top`` classes of solutions that behave alike, best first, and the reasons."""
    ballot, choice = selection.ballot, selection.choice
    parts: list[RenderableType] = []
    if ballot.task:
        parts.append(plain(f"task {one_line(ballot.task)}", "bold"))
    parts += [_headline(selection), Text(), _classes(selection, top), Text()]
    parts += [plain(one_line(line, 400)) for line in choice.explanation]
    if len(choice.ties) > 1:
        parts.append(plain(f"tied: {_names(ballot, choice.ties)}; the first is taken", "yellow"))
    return Group(*parts)


def _headline(selection: Selection) -> Text:
    names = ", ".join(one_line(_label(selection.ballot, index), 60) for index in selection.picks) or "nothing"
    return Text.assemble(
        (f"{selection.method} chooses ", "dim"),
        (names, "bold green"),
        (f" of {count(len(selection.ballot.names))} solutions", "dim"),
    )


def _classes(selection: Selection, top: int) -> Table:
    ballot, scores = selection.ballot, selection.choice.scores
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("solutions", overflow="fold")
    for column in ("alike", "score", *(["passes"] if ballot.passes is not None else [])):
        table.add_column(column, justify="right")
    chosen = set(selection.picks)
    classes = classes_of(ballot)
    for members in sorted(classes, key=lambda group: (-scores[group[0]], group[0]))[:top]:
        style = "bold green" if chosen & set(members) else ""
        score = float(scores[members[0]])
        cells = [str(len(members)), "never" if score == -math.inf else number(score)]
        if ballot.passes is not None:
            cells.append(f"{int(ballot.passes[members[0]].sum())} of {ballot.passes.shape[1]}")
        table.add_row(plain(_names(ballot, members), style), *cells)
    if len(classes) > top:
        table.add_row(Text(f"and {count(len(classes) - top)} more", "dim"))
    return table


def classes_of(ballot: Ballot) -> list[list[int]]:
    """Return the solutions that nothing in the ballot tells apart, together."""
    groups: dict[Hashable, list[int]] = {}
    for index in range(len(ballot.names)):
        groups.setdefault(_key(ballot, index), []).append(index)
    return list(groups.values())


def _key(ballot: Ballot, index: int) -> Hashable:
    tables: list[np.ndarray[tuple[int, ...], np.dtype[np.generic]] | None] = [ballot.passes, ballot.outputs]
    columns: list[Sequence[Hashable] | None] = [ballot.answers, ballot.weights]
    if ballot.answers is None:
        columns.append(ballot.rewards)
    rows = tuple(table[index].tobytes() for table in tables if table is not None)
    return (*rows, *(column[index] for column in columns if column is not None))


def _names(ballot: Ballot, indices: Sequence[int]) -> str:
    shown = ", ".join(one_line(_label(ballot, index), 40) for index in indices[:_NAMES_SHOWN])
    more = len(indices) - _NAMES_SHOWN
    return shown + (f" and {more} more" if more > 0 else "")


def _label(ballot: Ballot, index: int) -> str:
    """Return a solution's number, which the reasons use, with its name where that is another."""
    name = ballot.names[index]
    return f"solution {index}" if name == str(index) else f"{index} ({name})"


def selection_to_json(selection: Selection) -> str:
    """Return a selection as one line of JSON; a score of "never" is null."""
    ballot, choice = selection.ballot, selection.choice
    return json.dumps(
        {
            "event": "selected",
            "task": ballot.task,
            "method": selection.method,
            "index": choice.index,
            "name": ballot.names[choice.index],
            "picks": list(selection.picks),
            "ties": list(choice.ties),
            "scores": [float(score) if math.isfinite(score) else None for score in choice.scores],
            "explanation": list(choice.explanation),
        }
    )
