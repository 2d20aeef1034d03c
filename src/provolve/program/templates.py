"""Templates: code with its numeric literals lifted out, and the ways back to source.

Working on a template and a vector of literals spares parsing: rendering joins pieces of text.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence

from provolve.program.change import Change
from provolve.program.digests import Literal, tunable
from provolve.program.program import Program
from provolve.record import Candidate, Template

_NEVER, _NEGATIVE, _ALWAYS = range(3)
_SPACE = re.compile(r"(?:[ \t\f\n\\]|#[^\n]*)*")
_BINDS_TIGHTER = re.compile(r"\*\*|[.(\[]")
_OPERATORS = "+-*/%@~&|^"


def lift(program: Program, texts: Sequence[str]) -> Candidate:
    """Return the candidate that ``texts`` make of ``program``: a template and the literals lifted from it.

    Lifted is every ``int`` and ``float`` literal of the regions, in source order, a minus sign directly
    before it included, except: inside f-strings, ``match`` patterns, annotations and the index of a
    subscript; values of the keyword arguments ``axis``, ``ndim``, ``dtype``, ``decimals`` and
    ``keepdims``; integers beyond 2**53 in size and floats that are not finite.

    Raises:
        EditRejected: ``syntax_error`` if the program does not parse with the texts in place or uses a
            reserved name; ``edit_outside_region`` if the texts add or hide markers, swallow code that stands
            outside the regions, or lose a function that must stay.
        ValueError: if there is not one text a region.
    """
    return _lift(program, program.normalised(texts))


@functools.lru_cache(maxsize=16)  # an edit is checked by lifting it, and then lifted
def _lift(program: Program, texts: tuple[str, ...]) -> Candidate:
    change = Change.of(program, texts)
    form = change.normal_form()
    pieces = []
    for text, (first, last) in zip(texts, change.spans, strict=True):
        found = _pieces(text, [literal for literal in form.literals if first <= literal.line <= last], first)
        pieces.append(closed(found, change.source, last))
    kinds = "".join(literal.kind for literal in form.literals)
    template = Template(form.digest, tuple(pieces), kinds, form.nodes)
    return Candidate.of(template, [literal.value for literal in form.literals])


def _pieces(text: str, literals: Sequence[Literal], first: int) -> tuple[str, ...]:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    pieces = []
    position = 0
    for literal in literals:
        pieces.append(text[position : _offset(lines, starts, literal.line - first, literal.column)])
        position = _offset(lines, starts, literal.end_line - first, literal.end_column)
    return (*pieces, text[position:])


def closed(pieces: tuple[str, ...], source: str, last: int) -> tuple[str, ...]:
    """Put the last literal in parentheses where what binds it is seen in the source below the region only."""
    if len(pieces) == 1 or not _SPACE.fullmatch(pieces[-1]):
        return pieces
    below = "\n".join(source.split("\n")[last:])
    if not _BINDS_TIGHTER.match(_after_space(below)):
        return pieces
    return (*pieces[:-2], pieces[-2] + "(", ")" + pieces[-1])


def _after_space(text: str) -> str:
    """Return ``text`` from its first character that is neither white space nor in a comment."""
    space = _SPACE.match(text)
    return text[space.end() :] if space is not None else text


def _offset(lines: Sequence[str], starts: Sequence[int], index: int, column: int) -> int:
    line = lines[index]
    characters = column if line.isascii() else len(line.encode()[:column].decode())
    return starts[index] + characters


def render(candidate: Candidate) -> tuple[str, ...]:
    """Return the text of each region with the literals written in; ``lift`` of it has the same digest.

    Floats are written by ``repr``, negative numbers in parentheses where the neighbours ask for it.

    Raises:
        ValueError: if a literal is not finite or an integer beyond 2**53 in size.
    """
    template = candidate.template
    texts = []
    literals = iter(candidate.literals)
    for pieces, wraps in zip(template.regions, _wraps(template.regions), strict=True):
        parts = [pieces[0]]
        for wrap, piece in zip(wraps, pieces[1:], strict=True):
            parts += (_written(next(literals), wrap), piece)
        texts.append("".join(parts))
    return tuple(texts)


def render_source(program: Program, candidate: Candidate) -> str:
    """Return the whole program with the candidate's regions in place, working newlines."""
    return program.with_texts(render(candidate))


def slot_name(k: int) -> str:
    """Return the global name that stands for literal ``k``, from 0, in ``slot_source``."""
    return f"_literal_{k}_"


@functools.lru_cache(maxsize=256)
def slot_source(program: Program, template: Template) -> str:
    """Return the whole program with a name in place of each literal: ``slot_name(k)`` for literal k.

    Executed with these names set as globals beforehand it behaves as the rendered source does, so that
    one compilation serves all vectors of literals. The same arguments give the same string object.
    """
    texts = []
    k = 0
    for pieces, wraps in zip(template.regions, _wraps(template.regions), strict=True):
        parts = [pieces[0]]
        for wrap, piece in zip(wraps, pieces[1:], strict=True):
            parts += (f"({slot_name(k)})" if wrap == _ALWAYS else slot_name(k), piece)
            k += 1
        texts.append("".join(parts))
    return program.with_texts(texts)


def _written(value: int | float, wrap: int) -> str:
    if not tunable(value):
        raise ValueError(f"{value!r} cannot be written as a literal: it is not finite or beyond 2**53")
    text = repr(value)
    if wrap == _ALWAYS or (wrap == _NEGATIVE and text[0] == "-"):
        return f"({text})"
    return text


@functools.lru_cache(maxsize=1024)
def _wraps(regions: tuple[tuple[str, ...], ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(_wrap(left, right) for left, right in itertools.pairwise(pieces)) for pieces in regions
    )


def _wrap(left: str, right: str) -> int:
    """Return when the literal between two pieces needs parentheses."""
    if _part_of_name(left[-1:]) or _part_of_name(right[:1]) or right[:1] == ".":
        return _ALWAYS  # `else.5`, `1if x` and `0x10.real` stop being so with other digits
    before = left.rstrip(" \t")[-1:]
    after = _after_space(right)
    if _BINDS_TIGHTER.match(after) or (before and before in _OPERATORS):
        return _NEGATIVE
    return _NEVER


def _part_of_name(character: str) -> bool:
    return character.isalnum() or character == "_" or character > "\x7f"
