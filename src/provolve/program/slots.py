"""Code in which names stand for its literals, and the lifted form of an edit of it.

An edit of slotted code needs neither rendering nor lifting: its template is read off the text, and its
digest is put together from the form of what changed and the known form of the rest. Both are what ``lift``
of the rendered program would give.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

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
    """A walk for which slots are the literals; it notes where the form of some nodes begins and ends."""

    liftable: ClassVar[frozenset[type[ast.AST]]] = Walk.liftable | {ast.Name}

    def __init__(
        self, spans: Sequence[tuple[int, int]], kinds: Kinds, marked: frozenset[ast.expr] = frozenset()
    ) -> None:
        super().__init__(spans)
        self.slots: list[int] = []
        self.places: list[tuple[int, int]] = []
        self.marks: dict[ast.AST, tuple[_Mark, _Mark]] = {}
        self._kinds = kinds
        self._marked = marked

    def inside(self, node: ast.AST, fixed: bool, depth: int) -> None:
        if node not in self._marked:
            super().inside(node, fixed, depth)
            return
        before = _Mark(len(self.written), len(self.slots), self.nodes, depth)
        super().inside(node, fixed, depth)
        self.marks[node] = before, _Mark(len(self.written), len(self.slots), self.nodes, depth)

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
        if self._marked:
            self.places.append((node.lineno, node.col_offset))
        self.written.append(f"<{self._kinds[slot]}>")
        return True


class _Mark(msgspec.Struct, frozen=True):
    """A place in a walk: how much was written, how many slots and nodes were met, how deep it is."""

    written: int
    slots: int
    nodes: int
    depth: int


class SlottedForm:
    """The form of slotted code whose slots are numbered in order, cut so that expressions are exchanged."""

    def __init__(
        self, tree: ast.Module, spans: Sequence[tuple[int, int]], kinds: str, roots: Iterable[ast.expr]
    ) -> None:
        """``spans`` are first and last line of each region, ``roots`` the expressions to be exchanged."""
        walk = _SlotWalk(spans, kinds, frozenset(roots))
        walk.around(tree, False, 0)
        self._walk = walk
        self._cuts: dict[ast.AST, tuple[str, str]] = {}

    def exchanged(
        self, root: ast.expr, expression: ast.expr, text: str, kinds: Kinds
    ) -> tuple[str, int, list[int]]:
        """Return digest, nodes and slots of the code with ``expression`` in place of ``root``, in its order.

        Args:
            root: one of the roots.
            expression: its literals must be slots, none of them twice or elsewhere in the code.
            text: its source.
            kinds: of all slots.

        Raises:
            SourceError: if the expression holds a number that is no slot, or is nested too deeply.
        """
        begin, end = self._walk.marks[root]
        walk = _SlotWalk((), kinds)
        walk.inside(expression, False, begin.depth)
        before, after = self._cut(root)
        inner = [int(number) for number in SLOT.findall(text)]
        outer = self._walk.slots
        replaced = outer[begin.slots : end.slots]
        first = min(replaced, default=None)
        if first is None:
            first = self._first_after(root)
        source = [*range(first), *inner, *range(first + len(replaced), len(outer))]
        walked = [*outer[: begin.slots], *walk.slots, *outer[end.slots :]]
        written = f"{before}{''.join(walk.written)}{after}"
        if SLOT.search(written):
            raise SourceError(1, "a slot stands where no literal is lifted")
        nodes = self._walk.nodes - (end.nodes - begin.nodes) + walk.nodes
        return form_digest(written, _order(source, walked)), nodes, source

    def _cut(self, root: ast.expr) -> tuple[str, str]:
        """Return what is written before and after a root."""
        cut = self._cuts.get(root)
        if cut is None:
            begin, end = self._walk.marks[root]
            written = self._walk.written
            cut = "".join(written[: begin.written]), "".join(written[end.written :])
            self._cuts[root] = cut
        return cut

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
