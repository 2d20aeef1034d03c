"""Code in which names stand for its literals, and the lifted form of an edit of it.

An edit of slotted code needs neither rendering nor lifting: its template is read off the text, and its
digest is put together from the form of what changed and the known form of the rest. Both are what ``lift``
of the rendered program would give.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from provolve.program import trees
from provolve.program.digests import Walk, form_digest, signed_number
from provolve.program.program import Program
from provolve.program.syntax import RESERVED_NAME, SourceError, parse_source
from provolve.program.templates import closed
from provolve.record import Template

SLOT = RESERVED_NAME
"""What ``slot_name`` writes in place of a literal; its group is the number."""
Kinds = Mapping[int, str] | Sequence[str]
"""The kind of each literal by the number of its slot."""


class Slotted(msgspec.Struct, frozen=True):
    """A template made of slotted code."""

    template: Template
    slots: tuple[int, ...]
    """For each literal of the template the number of its slot in the code, in the order of the source."""


class _SlotWalk(Walk):
    """A walk for which slots are the literals."""

    liftable: ClassVar[frozenset[type[ast.AST]]] = Walk.liftable | {ast.Name}

    def __init__(self, spans: Sequence[tuple[int, int]], kinds: Kinds) -> None:
        super().__init__(spans)
        self.slots: list[int] = []
        self._kinds = kinds

    def lifted(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.Name):
            if signed_number(node) is not None or _is_negated_slot(node):
                raise SourceError(1, "a number stands in the code where a slot must stand for it")
            return False
        name = node.id
        if name[:9] != "_literal_" or not SLOT.fullmatch(name):
            return False
        slot = int(name[9:-1])
        self.slots.append(slot)
        self.written.append(f"<{self._kinds[slot]}>")
        return True


class _MarkingWalk(_SlotWalk):
    """A walk that notes where the form of some nodes begins and ends, and where the slots are."""

    def __init__(self, spans: Sequence[tuple[int, int]], kinds: Kinds, marked: frozenset[ast.expr]) -> None:
        super().__init__(spans, kinds)
        self.places: list[tuple[int, int]] = []
        self.marks: dict[ast.AST, tuple[_Mark, _Mark]] = {}
        self._marked = marked

    def inside(self, node: ast.AST, fixed: bool, depth: int) -> None:
        if node not in self._marked:
            super().inside(node, fixed, depth)
            return
        before = _Mark(len(self.written), len(self.slots), self.nodes, depth, fixed)
        super().inside(node, fixed, depth)
        self.marks[node] = before, _Mark(len(self.written), len(self.slots), self.nodes, depth, fixed)

    def lifted(self, node: ast.AST) -> bool:
        found = super().lifted(node)
        if found:
            self.places.append((node.lineno, node.col_offset))  # type: ignore[attr-defined]
        return found


class _Mark(msgspec.Struct, frozen=True, gc=False):
    """A place in a walk: how much was written, how many slots and nodes were met, how deep it is.

    ``fixed``: whether numbers there are no literals.
    """

    written: int
    slots: int
    nodes: int
    depth: int
    fixed: bool


class SlottedForm:
    """The form of slotted code whose slots are numbered in order, cut so that expressions are exchanged."""

    def __init__(
        self, tree: ast.Module, spans: Sequence[tuple[int, int]], kinds: str, roots: Iterable[ast.expr]
    ) -> None:
        """``spans`` are first and last line of each region.

        ``roots`` are the expressions to be exchanged, they or any expression in them.
        """
        parts = [part for root in roots for part in trees.walk(root) if isinstance(part, ast.expr)]
        walk = _MarkingWalk(spans, kinds, frozenset(parts))
        walk.around(tree, False, 0)
        self._walk = walk
        self._written = "".join(walk.written)
        self._ends = [0, *itertools.accumulate(map(len, walk.written))]

    def outside(self, part: ast.expr) -> set[int]:
        """Return the slots that are not in ``part``."""
        begin, end = self._walk.marks[part]
        slots = self._walk.slots
        return set(slots[: begin.slots]).union(slots[end.slots :])

    def exchanged(
        self, root: ast.expr, part: ast.expr, expression: ast.expr, text: str, kinds: Kinds
    ) -> tuple[str, int, list[int]]:
        """Return digest, nodes and slots of the code with ``expression`` in place of ``part``, in its order.

        The work is in proportion to ``expression``; of the rest, known text is copied.

        Args:
            root: one of the roots.
            part: it, or an expression in it.
            expression: its literals must be slots, none of them twice or elsewhere in the code.
            text: the source of the root with the expression in place.
            kinds: of all slots.

        Raises:
            SourceError: if the expression holds a number that is no slot or is nested too deeply, or a minus
                stands before a slot.
        """
        if "-_literal_" in text:
            raise SourceError(1, "a minus stands before a slot instead of in its literal")
        begin, end = self._walk.marks[part]
        walk = _SlotWalk((), kinds)
        walk.inside(expression, begin.fixed, begin.depth)
        inner = "".join(walk.written)
        if SLOT.search(inner):
            raise SourceError(1, "a slot stands where no literal is lifted")
        outer = self._walk.slots
        walked = [*outer[: begin.slots], *walk.slots, *outer[end.slots :]]
        source = self._in_source(root, [int(number) for number in SLOT.findall(text)])
        if len(source) != len(walked):
            raise SourceError(1, "a slot stands twice, or where no literal is lifted")
        written = self._written[: self._ends[begin.written]], inner, self._written[self._ends[end.written] :]
        nodes = self._walk.nodes - (end.nodes - begin.nodes) + walk.nodes
        return form_digest("".join(written), _order(source, walked)), nodes, source

    def _in_source(self, root: ast.expr, inner: list[int]) -> list[int]:
        """Return all slots in the order of the source, those of a root being ``inner`` now."""
        begin, end = self._walk.marks[root]
        replaced = self._walk.slots[begin.slots : end.slots]
        first = min(replaced, default=None)
        if first is None:
            first = self._first_after(root)
        return [*range(first), *inner, *range(first + len(replaced), len(self._walk.slots))]

    def _first_after(self, root: ast.expr) -> int:
        """Return how many literals stand before a root without any in the source."""
        place = (root.lineno, root.col_offset)
        return sum(other < place for other in self._walk.places)


def _is_negated_slot(node: ast.AST) -> bool:
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
        if isinstance(node, ast.Name) and SLOT.fullmatch(node.id):
            return True
    return False


def _order(source: Sequence[int], walked: Sequence[int]) -> list[int]:
    """Return for each literal in source order its place in the order of the walk."""
    if source == walked:
        return list(range(len(source)))
    places = {slot: place for place, slot in enumerate(walked)}
    return [places[slot] for slot in source]


def lift_slotted(program: Program, texts: Sequence[str], kinds: Kinds) -> Slotted:
    """Return the template of region texts in which slots stand for all literals, each slot once.

    Raises:
        SourceError: if the program does not parse with the texts in place, or is not as said.
    """
    texts = program.normalised(texts)
    source, spans = program.with_texts(texts), program.line_spans(texts)
    tree = parse_source(source)
    walk = _SlotWalk(spans, kinds)
    walk.around(tree, False, 0)
    slots = [int(number) for text in texts for number in SLOT.findall(text)]
    written = "".join(walk.written)
    if SLOT.search(written) or len(set(slots)) < len(slots) or len(slots) != len(walk.slots):
        raise SourceError(1, "a slot stands twice, or where no literal is lifted")
    pieces = tuple(
        closed(text_pieces(text), source, last) for text, (_, last) in zip(texts, spans, strict=True)
    )
    digest = form_digest(written, _order(slots, walk.slots))
    template = Template(digest, pieces, "".join(kinds[slot] for slot in slots), walk.nodes)
    return Slotted(template, tuple(slots))


def text_pieces(text: str) -> tuple[str, ...]:
    """Return what stands between the slots of a text."""
    return tuple(SLOT.split(text)[::2])
