"""The figure of a task: what searches had found on sealed instances, against the seconds of searching."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from gallery_lines import NAMES, Line, Point, found_by, number, strategies

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 180, 64, 48
COLOURS = ("#0b6e99", "#c2571a", "#6b6b6b", "#7a3fa0", "#3b7d2a")
TICKS = {5.0: "5 s", 10.0: "10 s", 30.0: "30 s", 60.0: "1 min", 180.0: "3 min", 600.0: "10 min"}
_FAR = 1000
"""Where distances to the bound differ by more than this factor, they are drawn on a logarithmic scale."""
_ROW = 13


class Scale(NamedTuple):
    """What the upright axis shows."""

    place: Callable[[float], float]
    """From a score to its height in the figure, down from the top; beyond the frame for what does not fit."""
    name: str
    ticks: list[tuple[float, str]]
    """Heights and their texts."""


def figure(lines: Sequence[Line]) -> str:
    """Return the figure of the lines of one group, as SVG."""
    first = lines[0]
    bands = {name: list(segments(lines, name)) for name in strategies(lines)}
    others = {name: other.mean for line in reversed(lines) for name, other in line.others.items()}
    drawn = [value for band in bands.values() for part in band for _, span in part for value in span]
    scale = scale_of(first, drawn, others)
    better = "lower" if first.direction == "minimize" else "higher"
    title = f"{first.task}: {first.unit or 'score'} on {first.instances} sealed instances"
    words = f"Median and range over seeds; {better} is better. Dashed: one seed."
    words += f" Measured on {first.label}." if first.label else ""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="sans-serif" font-size="12" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#ffffff"/>',
            text(LEFT, 20, title, size=14),
            text(LEFT, 37, words, colour="#555555"),
            *axes(scale),
            *levels(first, others, scale),
            *(part for place, name in enumerate(bands) for part in band_of(bands[name], place, scale)),
            *legend(list(bands)),
            "</svg>\n",
        ]
    )


Segment = list[tuple[float, list[float]]]
"""Moments, and the scores of the same seeds at each."""


def segments(lines: Sequence[Line], strategy: str) -> Iterator[Segment]:
    """Yield what a strategy had found, cut where the budgets of some of its seeds end."""
    own = [line for line in lines if line.strategy == strategy]
    begin = 0.0
    for budget in sorted({line.seconds for line in own}):
        seeds = [line for line in own if line.seconds >= budget]
        moments = sorted({point.seconds for line in seeds for point in line.points})
        part = [
            (moment, _means(found_by(seeds, strategy, moment)))
            for moment in moments
            if begin <= moment <= budget
        ]
        yield [(moment, means) for moment, means in part if means]
        begin = budget


def _means(points: Iterable[Point]) -> list[float]:
    return [point.mean for point in points if point.mean is not None]


def scale_of(line: Line, drawn: Sequence[float], others: dict[str, float]) -> Scale:
    """Return a scale on which all that searches found has a place, and the seed program."""
    bound, values = line.bound, [*drawn, *(mean for name, mean in others.items() if name == "seed program")]
    far = [abs(value - bound) for value in values if value != bound] if bound is not None else []
    if bound is not None and len(far) == len(values) and max(far) > _FAR * min(far):
        low, high = math.floor(math.log10(min(far))), math.ceil(math.log10(max(far)))
        measured = _between(low, high, math.log10)
        ticks = [(measured(10.0**power), f"1e{power}") for power in range(low, high + 1)]
        return Scale(
            lambda value: measured(abs(value - bound)) if value != bound else math.inf,
            f"distance to the bound, {bound:g}",
            ticks,
        )
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 1.0
    place = _between(low - margin, high + margin, float)
    return Scale(place, line.unit or "score", [(place(at), f"{at:.6g}") for at in _round(low, high)])


def _between(low: float, high: float, measure: Callable[[float], float]) -> Callable[[float], float]:
    height = HEIGHT - TOP - BOTTOM
    return lambda value: TOP + height * (high - measure(value)) / (high - low)


def _round(low: float, high: float) -> list[float]:
    """Return five to a dozen round numbers from ``low`` to ``high``."""
    rough = (high - low) / 5 or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * max((times for times in (1, 2, 5) if times * power <= rough), default=1)
    return [step * count for count in range(math.ceil(low / step), math.floor(high / step) + 1)]


def across(seconds: float) -> float:
    """Return the place of a moment, from the left."""
    first, last = math.log(min(TICKS)), math.log(max(TICKS))
    return LEFT + (WIDTH - LEFT - RIGHT) * (math.log(seconds) - first) / (last - first)


def axes(scale: Scale) -> Iterator[str]:
    """Yield the frame with its ticks."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for seconds, name in TICKS.items():
        x = across(seconds)
        yield rule(x, TOP, x, bottom, "#eeeeee")
        yield text(x, bottom + 16, name, anchor="middle")
    for y, name in scale.ticks:
        yield rule(LEFT, y, right, y, "#eeeeee")
        yield text(LEFT - 6, y + 4, name, anchor="end")
    yield rule(LEFT, bottom, right, bottom, "#888888")
    yield text((LEFT + right) / 2, HEIGHT - 10, "seconds of searching", anchor="middle", colour="#555555")
    yield (
        f'<text transform="translate(16 {(TOP + bottom) / 2:.0f}) rotate(-90)" text-anchor="middle" '
        f'fill="#555555">{escape(scale.name)}</text>'
    )


def levels(line: Line, others: dict[str, float], scale: Scale) -> Iterator[str]:
    """Yield a line across for each program compared with and for the bound; those off the scale in words."""
    known = others | ({} if line.bound is None else {"bound": line.bound})
    inside = {name: scale.place(mean) for name, mean in known.items()}
    right, row = WIDTH - RIGHT, TOP - _ROW
    beyond = [f"{name} {number(known[name], line)}" for name, y in inside.items() if not _fits(y)]
    for name, y in sorted(inside.items(), key=lambda item: item[1]):
        if _fits(y):
            row = max(row + _ROW, y + 4)
            yield rule(LEFT, y, right, y, "#999999", "2 3")
            yield text(right + 6, row, f"{name} {number(known[name], line)}", size=11)
    start = HEIGHT - BOTTOM - _ROW * len(beyond) if row < HEIGHT - BOTTOM - _ROW * (len(beyond) + 1) else TOP
    for count, told in enumerate(["off this scale:", *beyond] if beyond else []):
        yield text(right + 6, start + _ROW * count, told, size=11, colour="#777777")


def _fits(y: float) -> bool:
    return TOP - 1 <= y <= HEIGHT - BOTTOM + 1


def band_of(parts: Iterable[Segment], place: int, scale: Scale) -> Iterator[str]:
    """Yield a strategy's range as a band and its median as a line."""
    colour = COLOURS[place % len(COLOURS)]
    for part in parts:
        if len(part) > 1 and len(part[0][1]) > 1:
            edge = [(across(moment), scale.place(max(means))) for moment, means in part]
            edge += [(across(moment), scale.place(min(means))) for moment, means in reversed(part)]
            yield f'<polygon points="{_places(edge)}" fill="{colour}" fill-opacity="0.18"/>'
        middle = [(across(moment), scale.place(statistics.median(means))) for moment, means in part]
        dashes = ' stroke-dasharray="6 4"' if part and len(part[0][1]) == 1 else ""
        yield f'<polyline points="{_places(middle)}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in middle)


def _places(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def legend(names: Sequence[str]) -> Iterator[str]:
    """Yield a swatch and a name for each strategy."""
    for place, name in enumerate(names):
        x = LEFT + 110 * place
        yield rule(x, TOP - 14, x + 20, TOP - 14, COLOURS[place % len(COLOURS)], width=3)
        yield text(x + 26, TOP - 10, NAMES.get(name, name))


def rule(x: float, y: float, to_x: float, to_y: float, colour: str, dashes: str = "", width: int = 1) -> str:
    """Return a straight line."""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"{dashed}/>'


def text(
    x: float, y: float, words: str, *, anchor: str = "start", colour: str = "#222222", size: int = 12
) -> str:
    """Return words, ``anchor`` of which is at (x, y)."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">'
        f"{escape(words)}</text>"
    )
