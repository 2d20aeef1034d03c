"""A small curve of the best so far, drawn with the dots of braille characters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

_ROWS = 4
_COLUMNS = 2
_BLANK = 0x2800
# Bits of the braille cell's dots, by column and then by row from the top: Unicode, "Braille Patterns".
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def steps(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return ``points`` with the last of those that share a place: the others have no width."""
    return list(dict(points).items())


def curve(points: Sequence[tuple[float, float]], end: float, width: int, height: int) -> list[str]:
    """Return a step curve as ``height`` lines of ``width`` braille characters.

    Args:
        points: ``(n, 2)`` places and values, places ascending: from each place on, the value holds.
        end: the place at the right edge; at least the first place.
        width, height: size in characters, at least 1 each.
    """
    if not points:
        return ["".ljust(width)] * height
    levels = _levels(_sampled(points, end, width * _COLUMNS), height * _ROWS)
    cells = [[0] * width for _ in range(height)]
    before = levels[0]
    for x, y in enumerate(levels):
        # A jump is drawn as a vertical line, so that the curve stays in one piece.
        for row in range(min(before, y), max(before, y) + 1):
            cells[row // _ROWS][x // _COLUMNS] |= _DOTS[x % _COLUMNS][row % _ROWS]
        before = y
    return ["".join(chr(_BLANK + dots) for dots in line) for line in cells]


def _sampled(points: Sequence[tuple[float, float]], end: float, steps: int) -> list[float]:
    places = [place for place, _ in points]
    start, span = places[0], max(end - places[0], 0.0)
    at = [start + span * step / max(steps - 1, 1) for step in range(steps)]
    return [points[max(bisect_right(places, place) - 1, 0)][1] for place in at]


def _levels(values: Sequence[float], rows: int) -> list[int]:
    """Return the row of each value, 0 at the top."""
    low, high = min(values), max(values)
    if low == high:
        return [rows // 2] * len(values)
    return [round((high - value) / (high - low) * (rows - 1)) for value in values]
