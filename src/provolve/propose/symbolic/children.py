"""From an edit of a parent's code to proposals: the lifted form of the child, and draws of its literals.

Nothing is rendered or compiled: an edit of slotted text gives the template, and one walk over what changed
gives its digest. A new structure with poor constants looks poor, so each is proposed with several draws of
its literals. They share one template and are judged together cheaply.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from provolve.program import SourceError, expression_text, lift_slotted
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import is_slot
from provolve.propose.symbolic.literals import Number, typical_magnitude, variant_draw
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate, Splice
from provolve.propose.symbolic.simplification import simplified
from provolve.propose.symbolic.sites import Site
from provolve.propose.symbolic.tables import MOST_NUMBERS, Table, find_tables, listed_numbers, number_tables
from provolve.record import Elite, Proposal, Template, Vector

DRAWS = 4
"""Vectors of literals tried for each new structure."""
_SIMPLIFY = 0.5
"""How often the expression that changed is simplified too."""


@dataclass(frozen=True)
class Child:
    """A new structure with the parent's literals inherited."""

    template: Template
    literals: tuple[Number, ...]
    new: frozenset[int]
    """Places of the literals that were not inherited."""
    parents: tuple[str, ...]
    tables: Sequence[Table] = field(default=())
    """The tables that are known without parsing the child, by the places of their literals."""


def graft(
    parsed: ParsedTemplate,
    site: Site,
    text: str,
    draft: Draft,
    context: OperatorContext,
    parents: tuple[str, ...],
) -> Child | None:
    """Return the child that has ``text`` in place of ``site``; None where it is too large or no program."""
    tree = parse_expression(draft.distinct(parsed.replaced(site, text)))
    if tree is None:
        return None
    if draft.rng.random() < _SIMPLIFY:
        tree = simplified(tree, draft, parsed.modules)
    tree, written = written_expression(tree, draft)
    try:
        digest, nodes, slots = parsed.form.exchanged(site.root, tree, written, draft.kinds)
    except SourceError:
        return None  # for instance an expression that has grown too deep
    regions = parsed.pieces_with(parsed.splice_for(site.root, written))
    template = Template(digest, regions, "".join([draft.kinds[slot] for slot in slots]), nodes)
    kept = (table for table in parsed.tables if not parsed.contains(site.root, table.node))
    tables = [*kept, *(find_tables(tree, parsed.modules) if ".interp(" in written else ())]
    return _fitting(template, slots, draft, context, parents, tables)


def assemble(
    parsed: ParsedTemplate,
    splices: Sequence[Splice],
    draft: Draft,
    context: OperatorContext,
    parents: tuple[str, ...],
) -> Child | None:
    """Return the child that ``splices`` make, as ``graft`` does; their texts are of statements too."""
    seen: set[int] = set()
    texts = [draft.distinct(text, seen) for text in parsed.spliced(splices)]
    try:
        slotted = lift_slotted(context.program, texts, draft.kinds)
    except SourceError:
        return None
    return _fitting(slotted.template, slotted.slots, draft, context, parents, ())


def _fitting(
    template: Template,
    slots: Sequence[int],
    draft: Draft,
    context: OperatorContext,
    parents: tuple[str, ...],
    tables: Iterable[Table],
) -> Child | None:
    listed = listed_numbers(template)
    if template.nodes - listed > context.max_nodes or listed > MOST_NUMBERS:
        return None
    places = {slot: place for place, slot in enumerate(slots)}
    new = frozenset(place for slot, place in places.items() if slot in draft.new)
    literals = tuple([draft.values[slot] for slot in slots])
    return Child(template, literals, new, parents, number_tables(tables, places))


def parse_expression(text: str) -> ast.expr | None:
    """Return the tree of an expression; None where the text is none."""
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        return None


def written_expression(tree: ast.expr, draft: Draft) -> tuple[ast.expr, str]:
    """Return a tree and its text; a minus before a slot goes into the literal, as lifting takes it."""
    written = expression_text(tree)
    if "-_literal_" not in written:
        return tree, written
    folded = _Signs(draft).visit(tree)
    return folded, expression_text(folded)


class _Signs(ast.NodeTransformer):
    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Name) and is_slot(node.operand):
            self._draft.negate(node.operand.id)
            return node.operand
        return node


Draws = Callable[[Child, np.random.Generator], Sequence[Number]]


def fill(
    count: int,
    parent: Elite,
    context: OperatorContext,
    operator: str,
    make: Callable[[Draft], Child | None],
    draw: Draws | None = None,
) -> list[Proposal]:
    """Call ``make`` until ``count`` proposals are made, a few draws for each structure.

    ``draw`` draws the literals of a child in place of the usual way.
    """
    proposals: list[Proposal] = []
    candidate = parent.candidate
    seen: set[tuple[str, tuple[Number, ...]]] = set()
    structures = -(-count // DRAWS)
    for _ in range(2 * structures + 8):
        if len(proposals) >= count:
            break
        child = make(Draft(candidate.literals, candidate.template.kinds, context.rng))
        if child is None or child.template.digest == candidate.template.digest:
            continue
        for literals in _vectors(child, draw or _usual_draw, context.rng):
            key = child.template.digest, literals
            if key not in seen and len(proposals) < count:
                seen.add(key)
                proposals.append(Proposal(operator, child.parents, Vector(child.template, literals)))
    return proposals


def _vectors(child: Child, draw: Draws, rng: np.random.Generator) -> Iterator[tuple[Number, ...]]:
    yield child.literals
    for _ in range(DRAWS - 1 if child.literals else 0):
        yield tuple(draw(child, rng))


def _usual_draw(child: Child, rng: np.random.Generator) -> Sequence[Number]:
    typical = typical_magnitude(child.literals)
    return variant_draw(child.literals, child.template.kinds, child.new, rng, typical)
