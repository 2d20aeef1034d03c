"""Changing a program strictly: an edit applies exactly as written, or is rejected with a reason."""

from __future__ import annotations

import difflib
import heapq
import re
from collections.abc import Iterator, Sequence

import msgspec

from provolve.errors import EditRejected
from provolve.program.blocks import Block, read_blocks
from provolve.program.program import Program
from provolve.program.syntax import shortened
from provolve.program.templates import lift

_QUOTED_LINES = 12
_LISTED_PLACES = 8
_COMPARED = 8
_COMPARED_CHARACTERS = 1000
_WORD = re.compile(r"\w+")


class _Place(msgspec.Struct, frozen=True):
    region: int
    line: int
    """Index of the first line within the region, from 0."""


def apply_edit(program: Program, texts: Sequence[str], edit_text: str) -> tuple[str, ...]:
    """Return the region texts that SEARCH/REPLACE blocks make of ``texts``.

    Blocks apply in order, each to what the ones before it left. The old lines of a block must stand
    in one region as whole lines, to the last space, in exactly one place over all regions.

    Raises:
        EditRejected: ``edit_unmatched``, ``edit_ambiguous``, ``edit_outside_region``, ``edit_empty`` or
            ``syntax_error``; the detail says where and what to do.
        ValueError: if there is not one text a region.
    """
    before = program.normalised(texts)
    after = before
    for block in read_blocks(edit_text):
        after = _apply(program, after, block)
    return _checked(program, before, after, "the edit blocks together change nothing")


def apply_rewrite(program: Program, texts: Sequence[str], regions: Sequence[str]) -> tuple[str, ...]:
    """Return ``regions`` as the new region texts, one for each region of the program, in order.

    Raises:
        EditRejected: ``edit_unmatched`` if their number is wrong, ``edit_empty`` if they are the texts
            that stand already, else as ``lift`` does.
        ValueError: if there is not one text a region.
    """
    before = program.normalised(texts)
    if len(regions) != len(before):
        raise EditRejected(
            "edit_unmatched",
            f"the program has {len(before)} regions and the rewrite {len(regions)}: "
            "give the text of each, in order",
        )
    after = program.normalised(regions)
    return _checked(program, before, after, "the rewrite is the text that stands already")


def _checked(
    program: Program, before: tuple[str, ...], after: tuple[str, ...], unchanged: str
) -> tuple[str, ...]:
    if after == before:
        raise EditRejected("edit_empty", unchanged)
    lift(program, after)
    return after


def _apply(program: Program, texts: tuple[str, ...], block: Block) -> tuple[str, ...]:
    place = _only_place(program, texts, block)
    text = texts[place.region]
    lines = _lines(text)
    lines[place.line : place.line + len(block.search)] = block.replace
    ending = "\n" if lines and text.endswith("\n") else ""
    return (*texts[: place.region], "\n".join(lines) + ending, *texts[place.region + 1 :])


def _only_place(program: Program, texts: Sequence[str], block: Block) -> _Place:
    places = [
        _Place(index, line)
        for index, text in enumerate(texts)
        for line in _matches(_lines(text), block.search)
    ]
    if len(places) == 1:
        return places[0]
    if places:
        raise EditRejected("edit_ambiguous", _ambiguous(program, places, block))
    outside = _matches(_lines(program.with_texts(texts)), block.search)
    if outside:
        listed = ", ".join(str(line + 1) for line in outside[:_LISTED_PLACES])
        raise EditRejected(
            "edit_outside_region",
            f"the old lines of edit block {block.number} stand in line {listed} of the program, not "
            "within one of the regions that may change: keep to lines inside a region",
        )
    raise EditRejected("edit_unmatched", _unmatched(program, texts, block))


def _lines(text: str) -> list[str]:
    return (text[:-1] if text.endswith("\n") else text).split("\n") if text else []


def _matches(lines: Sequence[str], search: Sequence[str]) -> list[int]:
    wanted = list(search)
    count = len(wanted)
    return [
        index
        for index in range(len(lines) - count + 1)
        if lines[index] == wanted[0] and lines[index : index + count] == wanted
    ]


def _ambiguous(program: Program, places: Sequence[_Place], block: Block) -> str:
    listed = "; ".join(
        f"line {place.line + 1} of region {program.regions[place.region].name!r}"
        for place in places[:_LISTED_PLACES]
    )
    more = f"; and {len(places) - _LISTED_PLACES} more" if len(places) > _LISTED_PLACES else ""
    return (
        f"the old lines of edit block {block.number} stand in {len(places)} places: {listed}{more}. "
        "Quote more lines around the one that is meant"
    )


def _unmatched(program: Program, texts: Sequence[str], block: Block) -> str:
    head = f"the old lines of edit block {block.number} stand nowhere in the regions"
    windows = list(_windows(texts, len(block.search)))
    squeezed = [_without_space(line) for line in block.search]
    for place, window in windows:
        if len(window) == len(squeezed) and all(map(_same_but_space, window, squeezed)):
            where = f"line {place.line + 1} of region {program.regions[place.region].name!r}"
            true_lines = _quoted(place.line, [repr(line) for line in window])
            return f"{head}: only white space differs from {where}. The true lines, quoted:\n{true_lines}"
    if not windows:
        return f"{head}, which are empty: send new text for a whole region instead"
    place, window = _nearest(windows, block.search)
    where = f"line {place.line + 1} of region {program.regions[place.region].name!r}"
    return f"{head}. The nearest place is {where}:\n{_quoted(place.line, window)}"


def _nearest(windows: Sequence[tuple[_Place, list[str]]], search: Sequence[str]) -> tuple[_Place, list[str]]:
    """Return the window most like ``search``: a few by shared words, of these the best by its characters.

    Comparing every window by characters takes seconds where both are long.
    """
    words = _words(search)
    overlaps = [len(words & found) / len(words | found) for found in (_words(w) for _, w in windows)]
    few = heapq.nlargest(_COMPARED, range(len(windows)), key=overlaps.__getitem__)
    scorer = difflib.SequenceMatcher(None, b=_head(search), autojunk=False)

    def likeness(index: int) -> float:
        scorer.set_seq1(_head(windows[index][1]))
        return scorer.ratio()

    return windows[max(few, key=likeness)]


def _words(lines: Sequence[str]) -> set[str]:
    # the empty word keeps the union from being empty
    return {"", *_WORD.findall("\n".join(lines[:_QUOTED_LINES]))}


def _head(lines: Sequence[str]) -> str:
    return "\n".join(lines[:_QUOTED_LINES])[:_COMPARED_CHARACTERS]


def _windows(texts: Sequence[str], count: int) -> Iterator[tuple[_Place, list[str]]]:
    for index, text in enumerate(texts):
        lines = _lines(text)
        for first in range(max(1, len(lines) - count + 1) if lines else 0):
            yield _Place(index, first), lines[first : first + count]


def _same_but_space(line: str, squeezed: str) -> bool:
    return _without_space(line) == squeezed


def _without_space(line: str) -> str:
    return "".join(line.split())


def _quoted(first: int, lines: Sequence[str]) -> str:
    quoted = [f"{first + 1 + k:4d} | {shortened(line)}" for k, line in enumerate(lines[:_QUOTED_LINES])]
    if len(lines) > _QUOTED_LINES:
        quoted.append(f"     … and {len(lines) - _QUOTED_LINES} more lines")
    return "\n".join(quoted)
