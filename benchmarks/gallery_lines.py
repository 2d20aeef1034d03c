"""What `gallery.py` measured: one line of JSON for each search, and the table that follows from them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

SHOWN = (60.0, 180.0, 600.0)
"""Seconds of a search after which the table shows what it had found, beside its end."""
NAMES = {"islands": "provolve"}
"""What the table calls a strategy, where that is not its name: this one is the default."""


class Point(msgspec.Struct, frozen=True):
    """What a search had found after so many seconds."""

    seconds: float
    candidates: int
    validation: float
    """The champion's loss there."""
    mean: float | None
    """The champion's mean score on the sealed instances; None where it was rejected there."""


class Other(msgspec.Struct, frozen=True):
    """A program that the last champion was compared with, on the sealed instances."""

    mean: float
    difference: float
    """Above zero, the champion is better."""
    low: float | None
    high: float | None


class Line(msgspec.Struct, frozen=True):
    """One search."""

    task: str
    parameters: dict[str, str]
    strategy: str
    seed: int
    workers: int
    seconds: float
    """Its budget: CPU seconds of all processes of the search for each worker."""
    provolve: str
    """Version and commit."""
    digest: str
    """Of the task: one number for its judge, its programs and its parameters."""
    label: str
    """What is to be known of the machine."""
    test_seed: int
    direction: str
    unit: str
    kind: str
    bound: float | None
    reason: str
    """Why it ended."""
    instances: int
    """Sealed ones."""
    points: tuple[Point, ...]
    others: dict[str, Other]
    published: dict[str, str]
    champion: str
    """Source of the last champion."""


class Group(NamedTuple):
    """Searches that stand in one table: of one task, by one version, on one machine."""

    task: str
    parameters: tuple[tuple[str, str], ...]
    digest: str
    provolve: str
    workers: int
    label: str


def group_of(line: Line) -> Group:
    """Return where a line belongs."""
    parameters = tuple(sorted(line.parameters.items()))
    return Group(line.task, parameters, line.digest, line.provolve, line.workers, line.label)


def read(path: Path) -> list[Line]:
    """Return the lines of a file that may not exist yet; one that was cut off is left out."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            lines.append(msgspec.json.decode(text, type=Line))
        except msgspec.MsgspecError:
            continue
    return lines


def append(path: Path, line: Line) -> None:
    """Write a line, also where the last one was cut off."""
    whole = not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")
    with path.open("ab") as file:
        file.write((b"" if whole else b"\n") + msgspec.json.encode(line) + b"\n")


def groups(lines: Iterable[Line]) -> dict[Group, list[Line]]:
    """Return lines by table, in the order in which they came."""
    found: dict[Group, list[Line]] = {}
    for line in lines:
        found.setdefault(group_of(line), []).append(line)
    return found


def found_by(lines: Iterable[Line], strategy: str, seconds: float) -> list[Point]:
    """Return what each seed of a strategy had found after ``seconds``, by its longest search."""
    longest: dict[int, Line] = {}
    for line in lines:
        if line.strategy == strategy and line.seconds >= seconds:
            longest[line.seed] = max(line, longest.get(line.seed, line), key=lambda one: one.seconds)
    return [point for line in longest.values() for point in line.points if point.seconds == seconds]


def strategies(lines: Iterable[Line]) -> list[str]:
    """Return the strategies, the default first."""
    return sorted({line.strategy for line in lines}, key=lambda name: (name not in NAMES, name))


def table(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the lines of the table of one group, the searches first, then what they are compared with."""
    first = lines[0]
    yield _row("", "median", "range", "seeds", "tried")
    for strategy in strategies(lines):
        name = NAMES.get(strategy, strategy)
        for seconds in sorted({*SHOWN, *(line.seconds for line in lines)}):
            points = found_by(lines, strategy, seconds)
            if points:
                yield _row(f"{name:11}{_duration(seconds)}", *_summary(points, first))
                name = ""
    means = {name: other.mean for line in reversed(lines) for name, other in line.others.items()}
    for name, mean in sorted(means.items(), key=lambda item: item[1], reverse=first.direction == "maximize"):
        yield _row(name, number(mean, first))
    if first.bound is not None:
        yield _row("bound", number(first.bound, first))


def _row(name: str, median: str, span: str = "", seeds: str = "", tried: str = "") -> str:
    return f"{name:22} {median:11} {span:23} {seeds:>5} {tried:>7}".rstrip()


def _summary(points: Sequence[Point], line: Line) -> tuple[str, str, str, str]:
    """Return median and range of what was found, the number of seeds, and how many candidates were tried."""
    means = [point.mean for point in points if point.mean is not None]
    counts = str(len(points)), f"{statistics.median(point.candidates for point in points):.0f}"
    failed = len(points) - len(means)
    if not means:
        return "-", f"{failed} rejected", *counts
    span = f"{number(min(means), line)} to {number(max(means), line)}" if len(means) > 1 else ""
    return number(statistics.median(means), line), f"{span}, {failed} rejected" if failed else span, *counts


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} minute{'s' if seconds > 60 else ''}"


def number(value: float, line: Line) -> str:
    """Return a score as people read it: near a bound that is not 0, by how much it misses it."""
    bound = line.bound
    if bound and 1e-12 < abs(value / bound - 1) < 1e-3:  # what is nearer is rounding
        return f"{bound:g}{'+' if value > bound else '-'}{abs(value - bound):.1e}"
    return f"{value:.4g}" if line.kind == "heuristic" else f"{value:.10g}"
