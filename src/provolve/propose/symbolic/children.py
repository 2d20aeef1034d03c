"""From an edit of a parent's code to proposals: the lifted form of the child, and draws of its literals.

Nothing is rendered or compiled: an edit of slotted text gives the template, and one walk over what changed
gives its digest. The work is in proportion to the edit: of the rest, text and form are copied. A new
structure with poor constants looks poor, so each is proposed with several draws of its literals. They share
one template and are judged together cheaply.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np

from provolve.program import Slotted, SourceError, expression_text, lift_slotted
from provolve.propose.symbolic.dimensions import fits
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import Modules, is_slot
from provolve.propose.symbolic.literals import Number, typical_magnitude, variant_draw
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.roots import Root
from provolve.propose.symbolic.simplification import simplified, simplified_here
from provolve.propose.symbolic.sites import Site
from provolve.propose.symbolic.splices import Splice
from provolve.propose.symbolic.tables import MOST_NUMBERS, Table, find_tables, listed_numbers, number_tables
from provolve.record import Elite, Proposal, Template, Vector

DRAWS = 4
"""Vectors of literals tried for each new structure."""
DRAWS_OF_FORMULAS = 1
"""The same where a program has a vocabulary: what a formula is made of matters more than its numbers, which
are simple from the start."""
_SIMPLIFY = 0.5
"""How often what is put in place is simplified, with what it stands in."""
_SIMPLIFY_ALL = 0.1
"""How often the whole expression of the statement is: that takes longer, and parts left as they were."""


_NESTED = 100
"""As many parentheses may be nested in any case; Python refuses to parse more than 200."""


@dataclass(frozen=True)
class Child:
    """A new structure with the parent's literals inherited."""

    template: Template
    literals: tuple[Number, ...]
    new: frozenset[int]
    """Places of the literals that were not inherited."""
    parents: tuple[str, ...]
    places: Mapping[int, int]
    """Where the literal of each slot is."""
    kept: Sequence[Table] = ()
    tree: ast.expr | None = None
    """Tables that stay as they were, by their slots, and what was put in place."""

    def tables(self, modules: Modules) -> list[Table]:
        """Return the tables by the places of their literals, as far as they are known without parsing it."""
        changed = [] if self.tree is None else find_tables(self.tree, modules)
        return number_tables([*self.kept, *changed], self.places)


def graft(
    parsed: ParsedTemplate,
    site: Site,
    text: str,
    draft: Draft,
    context: OperatorContext,
    parents: tuple[str, ...],
) -> Child | None:
    """Return the child that has ``text`` in place of ``site``; None where it is too large or no program."""
    part, root = site.node, parsed.root_of(site)
    way = draft.rng.random()
    tree = parse_expression(draft.distinct(text, parsed.form.outside(part)))
    if tree is not None and way < _SIMPLIFY_ALL:
        part, tree = root.node, parse_expression(root.text(root.rebuilt(part, tree)))
    if tree is None:
        return None
    if way < _SIMPLIFY:
        part, tree = _risen(root, part, simplified(tree, draft, parsed.modules), draft, parsed.modules)
    try:
        part, tree, written = _written(root, part, tree, draft)
        if not _fits(parsed, root, part, tree, context):
            return None
        digest, nodes, slots = parsed.form.exchanged(root.node, part, tree, written, draft.kinds)
    except (SourceError, RecursionError):
        return None  # for instance an expression that has grown too deep
    if written.count("(") > _NESTED and parse_expression(written) is None:
        return None
    regions = parsed.pieces_with(parsed.splice_for(root.node, written))
    template = Template(digest, regions, "".join([draft.kinds[slot] for slot in slots]), nodes)
    child = _fitting(template, slots, draft, context, parents)
    kept = [table for table in parsed.tables if not parsed.contains(part, table.node)]
    return child and replace(child, kept=kept, tree=tree)


def _risen(
    root: Root, part: ast.expr, tree: ast.expr, draft: Draft, modules: Modules
) -> tuple[ast.expr, ast.expr]:
    """Simplify what a part stands in, as far up as its new tree changes that; return part and tree then."""
    while part is not root.node:
        outer = root.above(part)
        around = root.around(part, tree)
        if not isinstance(outer, ast.expr) or not isinstance(around, ast.expr):
            break
        simpler = simplified_here(around, draft, modules)
        if simpler is around:
            break
        part, tree = outer, simpler
    return part, tree


def _written(root: Root, part: ast.expr, tree: ast.expr, draft: Draft) -> tuple[ast.expr, ast.expr, str]:
    """Return part, tree and the text of the root, any minus before a slot being in the literal."""
    text = root.text(root.rebuilt(part, tree))
    if "-_literal_" not in text:
        return part, tree, text
    tree = _Signs(draft).visit(tree)
    while is_slot(tree) and part is not root.node and _negates(outer := root.above(part)):
        draft.negate(tree.id)  # type: ignore[attr-defined]  # a slot is a name
        part = outer
    return part, tree, root.text(root.rebuilt(part, tree))


def _fits(
    parsed: ParsedTemplate, root: Root, part: ast.expr, tree: ast.expr, context: OperatorContext
) -> bool:
    """Whether nothing clashes with the units, where they are known, with ``tree`` in place of ``part``."""
    if context.units is None:
        return True
    known = parsed.dimensions(context.units)
    scope, wanted = known.scopes.get(id(root.node)), known.wanted.get(id(root.node))
    whole = root.rebuilt(part, tree)
    return scope is None or fits(whole, scope, wanted, context.units, parsed.modules)


def assemble(
    parsed: ParsedTemplate,
    splices: Sequence[Splice],
    draft: Draft,
    context: OperatorContext,
    parents: tuple[str, ...],
) -> Child | None:
    """Return the child that ``splices`` make, as ``graft`` does; their texts are of statements too."""
    slotted = lifted(parsed, splices, draft, context)
    if slotted is None:
        return None
    if context.units is not None and not context.parsed(slotted.template).dimensions(context.units).sound:
        return None
    return _fitting(slotted.template, slotted.slots, draft, context, parents)


def lifted(
    parsed: ParsedTemplate, splices: Sequence[Splice], draft: Draft, context: OperatorContext
) -> Slotted | None:
    """Return the lifted form of what ``splices`` make, of any size; None where it is no program."""
    seen: set[int] = set()
    texts = [draft.distinct(text, seen) for text in parsed.spliced(splices)]
    try:
        return lift_slotted(context.program, texts, draft.kinds)
    except SourceError:
        return None


def _fitting(
    template: Template,
    slots: Sequence[int],
    draft: Draft,
    context: OperatorContext,
    parents: tuple[str, ...],
) -> Child | None:
    if not _admitted(template, draft, context):
        return None
    places = {slot: place for place, slot in enumerate(slots)}
    new = frozenset(place for slot, place in places.items() if slot in draft.new)
    literals = tuple([draft.values[slot] for slot in slots])
    return Child(template, literals, new, parents, places)


def _admitted(template: Template, draft: Draft, context: OperatorContext) -> bool:
    """Whether a template may stand: the larger, the less likely, unless it is no larger than the parent.

    So a program does not grow without gain up to what is allowed, where every edit of it is dear. After
    R. Poli, "A Simple but Theoretically-Motivated Method to Control Bloat in Genetic Programming", 2003.
    """
    listed = listed_numbers(template)
    nodes = template.nodes - listed
    if nodes > context.max_nodes or listed > MOST_NUMBERS:
        return False
    if template.nodes <= draft.nodes:
        return True
    free = max(1, context.max_nodes - context.start_nodes)
    fullness = max(0, nodes - context.start_nodes) / free + listed / MOST_NUMBERS
    return draft.rng.random() < max(0.0, 1.0 - fullness) ** 2


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


def tidied(text: str, draft: Draft) -> str | None:
    """Return an expression without superfluous parentheses, each slot once; None where it is none."""
    tree = parse_expression(draft.distinct(text))
    return None if tree is None else written_expression(tree, draft)[1]


def _negates(node: ast.AST) -> TypeGuard[ast.UnaryOp]:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


class _Signs(ast.NodeTransformer):
    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if _negates(node) and isinstance(node.operand, ast.Name) and is_slot(node.operand):
            self._draft.negate(node.operand.id)
            return node.operand
        return node


Draw = Callable[[np.random.Generator], Sequence[Number]]
Drawer = Callable[[Child], Draw]
"""Makes what draws the literals of a child."""


def fill(
    count: int,
    parent: Elite,
    context: OperatorContext,
    operator: str,
    make: Callable[[Draft], Child | None],
    drawer: Drawer | None = None,
) -> list[Proposal]:
    """Call ``make`` until ``count`` proposals are made, a few vectors of literals for each structure.

    ``drawer`` says how the literals of a child are drawn, in place of the usual way.
    """
    proposals: list[Proposal] = []
    candidate = parent.candidate
    formula = context.parsed(candidate.template).modules.vocabulary
    draws = DRAWS_OF_FORMULAS if formula else DRAWS
    seen: set[tuple[str, tuple[Number, ...]]] = set()
    structures = -(-count // draws)
    for _ in range(2 * structures + 8):
        if len(proposals) >= count:
            break
        template = candidate.template
        child = make(Draft(candidate.literals, template.kinds, context.rng, template.nodes))
        if child is None or child.template.digest == candidate.template.digest:
            continue
        for literals in _vectors(child, drawer or _usual, draws, context.rng):
            key = child.template.digest, literals
            if key not in seen and len(proposals) < count:
                seen.add(key)
                proposals.append(Proposal(operator, child.parents, Vector(child.template, literals)))
    return proposals


def _vectors(
    child: Child, drawer: Drawer, draws: int, rng: np.random.Generator
) -> Iterator[tuple[Number, ...]]:
    yield child.literals
    if child.literals and draws > 1:
        draw = drawer(child)
        yield from (tuple(draw(rng)) for _ in range(draws - 1))


def _usual(child: Child) -> Draw:
    typical = typical_magnitude(child.literals)
    return lambda rng: variant_draw(child.literals, child.template.kinds, child.new, rng, typical)
