"""SEARCH/REPLACE blocks as models write them: found in the text around them and read strictly.

::

    <<<<<<< SEARCH
    old lines
    =======
    new lines
    >>>>>>> REPLACE
"""

from __future__ import annotations

import msgspec

from provolve.errors import EditRejected
from provolve.program.program import unified_newlines

SEARCH = "<<<<<<< SEARCH"
SEPARATOR = "======="
REPLACE = ">>>>>>> REPLACE"


class Block(msgspec.Struct, frozen=True):
    """One block: lines to find and lines to put in their place, without line endings."""

    number: int
    """1, 2, 3, … in the order of the text."""
    search: tuple[str, ...]
    replace: tuple[str, ...]


def read_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of ``text``; prose and code fences around them are ignored.

    Raises:
        EditRejected: ``edit_empty`` if there is no block, one is cut short or has no lines to search, or one
            would change nothing; ``edit_ambiguous`` if a block holds more than one line of seven ``=``.
    """
    lines = unified_newlines(text).split("\n")
    blocks: list[Block] = []
    opened: int | None = None
    for index, line in enumerate(lines):
        mark = line.rstrip()
        if mark == SEARCH:
            if opened is not None:
                raise _malformed(opened, f"has no line {REPLACE!r}")
            opened = index
        elif mark == REPLACE:
            if opened is None:
                raise _malformed(index, f"closes a block that has no line {SEARCH!r}")
            blocks.append(_block(len(blocks) + 1, lines[opened + 1 : index], opened))
            opened = None
    if opened is not None:
        raise _malformed(opened, f"has no line {REPLACE!r}")
    if not blocks:
        raise EditRejected(
            "edit_empty",
            f"the text holds no edit: write the old lines after a line {SEARCH!r}, then a line "
            f"{SEPARATOR!r}, the new lines, and a line {REPLACE!r}",
        )
    return tuple(blocks)


def _block(number: int, lines: list[str], opened: int) -> Block:
    separators = [index for index, line in enumerate(lines) if line.rstrip() == SEPARATOR]
    if not separators:
        raise _malformed(opened, f"has no line {SEPARATOR!r}")
    if len(separators) > 1:
        raise EditRejected(
            "edit_ambiguous",
            f"edit block {number} holds {len(separators)} lines {SEPARATOR!r}: which of them ends "
            "the old lines cannot be told; choose old and new lines without it",
        )
    search, replace = tuple(lines[: separators[0]]), tuple(lines[separators[0] + 1 :])
    if not search:
        raise EditRejected(
            "edit_empty",
            f"edit block {number} has no lines to search: quote the lines to be replaced, and to insert, "
            "quote a neighbouring line and repeat it",
        )
    if search == replace:
        raise EditRejected("edit_empty", f"edit block {number} replaces its lines by the same lines")
    return Block(number, search, replace)


def _malformed(index: int, what: str) -> EditRejected:
    return EditRejected(
        "edit_empty", f"the block mark in line {index + 1} of the edit {what}: nothing was applied"
    )
