"""The parts of a program that may change: found by marker comments or by the names of functions."""

from __future__ import annotations

import ast
import io
import itertools
import re
import tokenize
from collections.abc import Sequence

import msgspec

from provolve.program.syntax import SourceError, definitions

START = "# EVOLVE-BLOCK-START"
END = "# EVOLVE-BLOCK-END"

_MARKER = re.compile(r"#[ \t]*EVOLVE-BLOCK-(START|END)[ \t]*")
_NEAR_MARKER = re.compile(r"#+\W*EVOLVE-BLOCK", re.IGNORECASE)


class Region(msgspec.Struct, frozen=True):
    """One part of a program that may change: always whole lines."""

    start: int
    """Offset in characters of its first line in the program's source."""
    end: int
    """Offset just after its last line and that line's newline."""
    name: str
    """``block 1``, ``block 2``, … for marked blocks; the name of the function for functions."""
    function: bool = False
    """Whether it is a function named in the settings, which must go on existing."""


class Marker(msgspec.Struct, frozen=True):
    """A marker comment: its line, from 1, and whether it opens a region."""

    line: int
    opens: bool


def find_markers(source: str) -> tuple[Marker, ...]:
    """Return the marker comments of a valid program, in order; markers inside strings are text, not markers.

    Raises:
        SourceError: if a comment is nearly a marker: shares its line with code, or is spelled differently.
    """
    if "evolve-block" not in source.lower():
        return ()
    found = []
    for token in comments(source):
        marker = _MARKER.fullmatch(token.string)
        alone = not token.line[: token.start[1]].strip()
        if marker is not None and alone:
            found.append(Marker(token.start[0], marker[1] == "START"))
        elif marker is not None or _NEAR_MARKER.match(token.string):
            raise SourceError(
                token.start[0],
                f"{token.string.strip()!r} is nearly a marker: write {START!r} or {END!r}, "
                "alone on its line and nothing after it",
            )
    return tuple(found)


def comments(source: str) -> list[tokenize.TokenInfo]:
    """Return the comments of a source, in order.

    Raises:
        SourceError: if it cannot be read token by token; of a line that holds a backslash only, the
            tokenizer of Python 3.11 asks an indentation that the parser does not ask.
    """
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except tokenize.TokenError as error:
        raise SourceError(error.args[1][0], str(error.args[0])) from None
    except SyntaxError as error:
        raise SourceError(error.lineno or 1, error.msg) from None
    return [token for token in tokens if token.type == tokenize.COMMENT]


def find_regions(source: str, tree: ast.Module, functions: Sequence[str]) -> tuple[Region, ...]:
    """Return the regions of a program in the order of its lines.

    Raises:
        SourceError: if there is none, the markers are unbalanced or nested, there are both markers and
            functions, or a function is unknown, defined twice or inside another.
    """
    markers = find_markers(source)
    if markers and functions:
        raise SourceError(
            markers[0].line,
            "the program has markers and the setting `functions` names functions as well: keep one of them",
        )
    if functions:
        return _function_regions(source, tree, functions)
    return _marked_regions(source, markers)


def line_offsets(source: str) -> list[int]:
    """Return the offset at which each line of ``source`` starts, and last the length of ``source``."""
    starts = [0, *(match.end() for match in re.finditer("\n", source))]
    return starts if source.endswith("\n") else [*starts, len(source)]


def _marked_regions(source: str, markers: Sequence[Marker]) -> tuple[Region, ...]:
    if not markers:
        raise SourceError(
            1,
            f"no region that may change: put {START!r} and {END!r} on lines of their own around it, "
            "or name functions in the setting `functions`",
        )
    offsets = line_offsets(source)
    regions: list[Region] = []
    opened: Marker | None = None
    for marker in markers:
        if marker.opens and opened is not None:
            raise SourceError(
                marker.line, f"a block opens inside the one opened in line {opened.line}: put {END!r} between"
            )
        if not marker.opens and opened is None:
            raise SourceError(marker.line, f"a block ends that never began: put {START!r} above or remove it")
        if opened is not None:
            name = f"block {len(regions) + 1}"
            regions.append(Region(offsets[opened.line], offsets[marker.line - 1], name))
        opened = marker if marker.opens else None
    if opened is not None:
        raise SourceError(opened.line, f"the block that begins here never ends: put {END!r} below it")
    return tuple(regions)


def _function_regions(source: str, tree: ast.Module, functions: Sequence[str]) -> tuple[Region, ...]:
    offsets = line_offsets(source)
    regions = sorted(
        (_function_region(offsets, tree, name) for name in dict.fromkeys(functions)), key=lambda r: r.start
    )
    for earlier, later in itertools.pairwise(regions):
        if later.start < earlier.end:
            line = source.count("\n", 0, later.start) + 1
            raise SourceError(line, f"function {later.name!r} lies inside {earlier.name!r}: name one of them")
    return tuple(regions)


def _function_region(offsets: Sequence[int], tree: ast.Module, name: str) -> Region:
    known = definitions(tree)
    found = [definition for definition in known if definition.name == name]
    if not found:
        names = ", ".join(dict.fromkeys(definition.name for definition in known)) or "none"
        raise SourceError(
            1, f"the setting `functions` names {name!r}, which is not defined; functions here: {names}"
        )
    if len(found) > 1:
        lines = " and ".join(str(definition.first_line) for definition in found)
        raise SourceError(
            found[1].first_line, f"function {name!r} is defined more than once, in lines {lines}: keep one"
        )
    return Region(offsets[found[0].first_line - 1], offsets[found[0].last_line], name, function=True)
