"""Putting new text into the regions of a program where it stands on disk, and touching nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from provolve.program import Program
from provolve.task.cells import Cell


def splice(raw: bytes, cell: Cell, functions: Sequence[str], texts: Sequence[str]) -> bytes:
    r"""Return the bytes of a file in which the regions of one program are replaced.

    Args:
        raw: the file, UTF-8, its lines ending in ``\n`` or ``\r\n``.
        cell: the program in it, as cut from ``raw``.
        functions: names of the functions that are regions; none where regions are marked.
        texts: new text for each region; its lines get the line ends that the region had.
    """
    text = raw.decode("utf-8")
    program = Program.parse(cell.text, name=cell.file, functions=tuple(functions))
    starts = _line_starts(text)
    pieces, position = [], 0
    for region, new in zip(program.regions, program.normalised(texts), strict=True):
        start = _place(starts, cell.text, cell.before, region.start)
        end = _place(starts, cell.text, cell.before, region.end)
        pieces += [text[position:start], _ended(new, text[start:end] or text)]
        position = end
    return "".join([*pieces, text[position:]]).encode()


def _line_starts(text: str) -> list[int]:
    first = 1 if text.startswith("\ufeff") else 0
    return [first, *(match.end() for match in re.finditer("\n", text)), len(text)]


def _place(starts: Sequence[int], cell_text: str, before: int, offset: int) -> int:
    """Return where in the file the character at ``offset`` of the cell stands: by line and column."""
    line = cell_text.count("\n", 0, offset)
    column = offset - (cell_text.rfind("\n", 0, offset) + 1)
    return min(starts[min(before + line, len(starts) - 1)] + column, starts[-1])


def _ended(new: str, old: str) -> str:
    return new.replace("\n", "\r\n") if "\r\n" in old else new
