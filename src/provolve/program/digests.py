"""The normal form of the code in a program's regions: what counts as the same code with other numbers.

Two region texts have the same normal form when their syntax trees are equal once each literal that may
be tuned is replaced by its kind and docstrings are dropped. Comments, layout, quotes and parentheses do
not reach the syntax tree. Trees are written field by field rather than by ``ast.dump``: it is several
times faster, and fields that newer versions of Python add count only where they hold something.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import math
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from provolve.program.syntax import SourceError, first_line, last_line

LARGEST_INTEGER = 2**53
"""Integers beyond this in size are code and not literals: a float cannot stand for them exactly."""

_DEEPEST = 300
_DISCRETE_ARGUMENTS = frozenset({"axis", "ndim", "dtype", "decimals", "keepdims"})
_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
_WHOLE = frozenset({"JoinedStr", "TemplateStr", "TypeAlias"})
_FIXED_FIELDS = frozenset(
    {
        ("Subscript", "slice"),
        ("arg", "annotation"),
        ("AnnAssign", "annotation"),
        ("FunctionDef", "returns"),
        ("FunctionDef", "type_params"),
        ("AsyncFunctionDef", "returns"),
        ("AsyncFunctionDef", "type_params"),
        ("ClassDef", "type_params"),
        ("match_case", "pattern"),
    }
)
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Literal(msgspec.Struct, frozen=True):
    """A numeric literal that may be tuned: its value and its place, columns in bytes of UTF-8."""

    line: int
    column: int
    end_line: int
    end_column: int
    value: int | float

    @property
    def kind(self) -> str:
        return "f" if isinstance(self.value, float) else "i"


class Crossing(msgspec.Struct, frozen=True):
    """Code that begins on one side of a region's edge and ends on the other."""

    region: int
    edge: str
    """``start`` or ``end`` of the region."""
    line: int
    """Line of the program at which the code begins."""


class NormalForm(msgspec.Struct, frozen=True):
    """What one walk over the regions of a syntax tree finds."""

    digest: str
    """32 hexadecimal digits."""
    literals: tuple[Literal, ...]
    """In the order of the source."""
    nodes: int
    """Nodes inside the regions, without docstrings and contexts; a literal counts 1, its sign included."""
    crossings: tuple[Crossing, ...]
    mentions_reserved: bool
    """Whether the text of a reserved name occurs, be it in a string."""


def normal_form(tree: ast.Module, spans: Sequence[tuple[int, int]]) -> NormalForm:
    """Return the normal form of the code in ``spans``, pairs of first and last line of each region.

    Raises:
        SourceError: if the code is nested too deeply to be walked.
    """
    walk = Walk(spans)
    walk.around(tree, False, 0)
    order = sorted(range(len(walk.literals)), key=lambda k: (walk.literals[k].line, walk.literals[k].column))
    written = "".join(walk.written)
    return NormalForm(
        form_digest(written, order),
        tuple(walk.literals[k] for k in order),
        walk.nodes,
        tuple(walk.crossings),
        "_literal_" in written,
    )


def form_digest(written: str, order: Sequence[int]) -> str:
    """Return the digest of a form as the walk wrote it, given the literals of the walk in source order.

    ``f(x=1, *[2])`` and ``f(*[1], x=2)`` have one tree and two orders of literals: the order is part of it.
    """
    whole = written + repr(list(order))
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def tunable(value: object) -> bool:
    """Whether a value can be a literal: an ``int`` up to 2**53 in size or a finite ``float``, no ``bool``."""
    if type(value) is int:
        return abs(value) <= LARGEST_INTEGER
    return type(value) is float and math.isfinite(value)


class Walk:
    """One walk over a syntax tree: its form, its literals, its size, and what crosses edges of regions."""

    liftable: ClassVar[frozenset[type[ast.AST]]] = frozenset({ast.Constant, ast.UnaryOp})
    """Nodes that may be literals."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self.spans = spans
        self.written: list[str] = []
        self.literals: list[Literal] = []
        self.nodes = 0
        self.crossings: list[Crossing] = []

    def around(self, node: ast.AST, fixed: bool, depth: int) -> None:
        """Write a node of which only parts lie in regions: what is outside is left out."""
        if depth > _DEEPEST:
            raise _too_deep(node)
        if (docstring := _docstring(node)) is not None:
            self._note_crossings(docstring)
        self.written.append(f"{type(node).__name__}(")
        for name, value, fixes in _fields(node):
            self.written.append(name)
            for item in value if isinstance(value, list) else (value,):
                if not isinstance(item, ast.AST):
                    self.written.append(f"{item!r},")
                elif not hasattr(item, "lineno"):
                    self.around(item, fixed or fixes, depth + 1)
                else:
                    self._placed(item, fixed or fixes, depth + 1)
        self.written.append(")")

    def _placed(self, node: ast.AST, fixed: bool, depth: int) -> None:
        first, last = first_line(node), last_line(node)
        for index, (start, end) in enumerate(self.spans):
            if start <= first and last <= end:
                self.written.append(f"@{index}:")
                self.inside(node, fixed, depth)
                return
        if any(last >= start and first <= end for start, end in self.spans):
            self._note_crossings(node)
            self.around(node, fixed, depth)

    def _note_crossings(self, node: ast.AST) -> None:
        first, last = first_line(node), last_line(node)
        for index, (start, end) in enumerate(self.spans):
            if start <= first <= end < last:
                self.crossings.append(Crossing(index, "end", first))
            # A statement may well begin above: its body, or the end of it, is then what may change.
            if first < start <= last <= end and isinstance(node, ast.expr):
                self.crossings.append(Crossing(index, "start", first))

    def inside(self, node: ast.AST, fixed: bool, depth: int) -> None:
        """Write a node that lies in a region with all that is below it."""
        if depth > _DEEPEST:
            raise _too_deep(node)
        self.nodes += 1
        kind = type(node)
        if not fixed and kind in self.liftable and self.lifted(node):
            return
        if kind is ast.Constant:
            self.written.append(_constant(node.value))  # type: ignore[attr-defined]
            return
        if kind is ast.Name:
            self.written.append(f"Name(id{node.id!r},)")  # type: ignore[attr-defined]
            return
        self.written.append(f"{kind.__name__}(")
        for name, value, fixes in _fields(node) if node._fields else ():
            self.written.append(name)
            if isinstance(value, ast.AST):
                self.inside(value, fixed or fixes, depth + 1)
            elif isinstance(value, list):
                self.written.append("[")
                for item in value:
                    if isinstance(item, ast.AST):
                        self.inside(item, fixed or fixes, depth + 1)
                    else:
                        self.written.append(f"{item!r},")
                self.written.append("]")
            else:
                self.written.append(f"{value!r},")
        self.written.append(")")

    def lifted(self, node: ast.AST) -> bool:
        """Take a node for a literal and write its kind, if it is one."""
        value = signed_number(node)
        if value is None:
            return False
        place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        literal = Literal(*place, value)
        self.literals.append(literal)
        self.written.append(f"<{literal.kind}>")
        return True


def _constant(value: object) -> str:
    # Python refuses to write very large integers in decimal.
    return f"{value:#x}," if type(value) is int else f"{value!r},"


def _too_deep(node: ast.AST) -> SourceError:
    # A limit of our own: where Python's would strike depends on who calls.
    return SourceError(getattr(node, "lineno", 1), f"the code is nested over {_DEEPEST} levels deep")


def signed_number(node: ast.AST) -> int | float | None:
    """Return the number that a literal stands for, any minus signs directly before it taken in."""
    negative = False
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        negative = not negative
        node = node.operand
    if not isinstance(node, ast.Constant) or not tunable(node.value):
        return None
    value = node.value
    assert isinstance(value, int | float)
    return -value if negative else value


def _fields(node: ast.AST) -> list[tuple[str, object, bool]]:
    """Return name, value and whether literals below stay as they are, of each field that holds something."""
    found = []
    kind = type(node)
    for name, fixes in _plan(kind):  # type: ignore[arg-type]  # a class can be hashed, mypy doubts it
        value = getattr(node, name, None)
        if value is None or value == []:
            continue
        if name == "body" and _docstring(node) is not None:
            value = value[1:]
        if kind is ast.keyword and name == "value":
            fixes = node.arg in _DISCRETE_ARGUMENTS  # type: ignore[attr-defined]
        found.append((name, value, fixes))
    return found


@functools.cache
def _plan(kind: type[ast.AST]) -> tuple[tuple[str, bool], ...]:
    whole = kind.__name__ in _WHOLE
    return tuple(
        (name, whole or (kind.__name__, name) in _FIXED_FIELDS)
        for name in kind._fields
        if name not in _LEFT_OUT
    )


def _docstring(node: ast.AST) -> ast.stmt | None:
    if not isinstance(node, _WITH_DOCSTRING) or not node.body:
        return None
    first = node.body[0]
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return None
    return first if isinstance(first.value.value, str) else None
