"""From an edit of a parent's expressions to proposals: splice, lift, and several draws of the literals.

A new structure with poor constants looks poor, so each is proposed with several draws of its literals. They
share one template and are judged together cheaply.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from provolve.errors import EditRejected
from provolve.program import lift, render
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import SLOT
from provolve.propose.symbolic.literals import Number, variant_draw
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate, Splice
from provolve.propose.symbolic.simplification import simplified
from provolve.propose.symbolic.sites import Site
from provolve.propose.symbolic.tables import MOST_NUMBERS, listed_numbers, size
from provolve.record import Candidate, Elite, Proposal, Template, Vector

DRAWS = 4
"""Vectors of literals tried for each new structure."""
DRAWS_OF_FORMULAS = 1
"""The same where a program has a vocabulary: what a formula is made of matters more than its numbers. Of five
laws of physics, 3 CPU seconds each, two draws recovered one and one draw four."""
_SIMPLIFY = 0.5
"""How often the expression that changed is simplified too."""


Draw = Callable[[np.random.Generator], Sequence[Number]]


class Child:
    """A new structure: its candidate, with the parent's literals inherited, and which literals are new."""

    def __init__(
        self, candidate: Candidate, new: frozenset[int], parents: tuple[str, ...], draw: Draw | None = None
    ) -> None:
        self.candidate = candidate
        self.new = new
        self.parents = parents
        self.draw = draw
        """Draws its literals in place of the usual way."""


def graft(
    parsed: ParsedTemplate, site: Site, text: str, draft: Draft, context: OperatorContext
) -> tuple[Candidate, frozenset[int]] | None:
    """Return the candidate that has ``text`` in place of ``site``, and the places of its new literals.

    None where the result is too large or is not a program.
    """
    root = parsed.replaced(site, text)
    try:
        tree = ast.parse(f"({root}\n)", mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        return None
    if draft.rng.random() < _SIMPLIFY:
        tree = simplified(tree, draft, parsed.modules)
    splice = parsed.splice_for(site.root, ast.unparse(tree))
    return assemble(parsed, [splice], draft, context)


def assemble(
    parsed: ParsedTemplate, splices: Sequence[Splice], draft: Draft, context: OperatorContext
) -> tuple[Candidate, frozenset[int]] | None:
    """Return the candidate that ``splices`` make, its literals taken from ``draft``, as ``graft`` does."""
    made = written(parsed, splices, draft, context)
    if made is None:
        return None
    candidate, order = made
    if size(candidate.template) > context.max_nodes or listed_numbers(candidate.template) > MOST_NUMBERS:
        return None
    return candidate, frozenset(place for place, slot in enumerate(order) if slot >= draft.inherited)


def written(
    parsed: ParsedTemplate, splices: Sequence[Splice], draft: Draft, context: OperatorContext
) -> tuple[Candidate, list[int]] | None:
    """Return the candidate that ``splices`` make, of any size, and the draft's literal that each of its is.

    None where the result is no program; no literals where they are not those of the draft one by one.
    """
    texts, order = _written(parsed.spliced(splices), draft)
    try:
        candidate = lift(context.program, texts)
    except EditRejected:
        # For instance an expression that has grown too deep to parse.
        return None
    return candidate, order if len(order) == len(candidate.literals) else []


def _written(slotted: Sequence[str], draft: Draft) -> tuple[tuple[str, ...], list[int]]:
    """Write the draft's literals into texts with slots; return them and the slots in their order."""
    pieces = []
    order: list[int] = []
    for text in slotted:
        parts = SLOT.split(text)
        pieces.append(tuple(parts[::2]))
        order += [int(slot) for slot in parts[1::2]]
    regions = tuple(_unwrapped(region) for region in pieces)
    kinds = "".join(draft.kinds[slot] for slot in order)
    template = Template("", regions, kinds, 0)
    return render(Candidate("", template, tuple(draft.values[slot] for slot in order))), order


def _unwrapped(region: tuple[str, ...]) -> tuple[str, ...]:
    """Take off the parentheses that stand around slots alone; rendering puts back those that matter."""
    parts = list(region)
    for place in range(len(parts) - 1):
        if _opens_group(parts[place]) and parts[place + 1].startswith(")"):
            parts[place] = parts[place][:-1]
            parts[place + 1] = parts[place + 1][1:]
    return tuple(parts)


def _opens_group(before: str) -> bool:
    """Whether the text ends in a parenthesis that groups, rather than one that calls."""
    last = before[-2:-1]
    return before.endswith("(") and not (last.isalnum() or last in ("_", ")", "]"))


def fill(
    count: int, parent: Elite, context: OperatorContext, operator: str, make: Callable[[Draft], Child | None]
) -> list[Proposal]:
    """Call ``make`` until ``count`` proposals are made, a few draws for each structure."""
    proposals: list[Proposal] = []
    seen: set[str] = {parent.candidate.digest}
    vocabulary = context.parsed(parent.candidate.template).modules.vocabulary
    draws = DRAWS_OF_FORMULAS if vocabulary else DRAWS
    structures = -(-count // draws)
    for _ in range(2 * structures + 8):
        if len(proposals) >= count:
            break
        draft = Draft(parent.candidate.literals, parent.candidate.template.kinds, context.rng)
        child = make(draft)
        if child is None or child.candidate.template.digest == parent.candidate.template.digest:
            continue
        for candidate in _draws(child, draws, context):
            if candidate.digest not in seen and len(proposals) < count:
                seen.add(candidate.digest)
                vector = Vector(candidate.template, candidate.literals)
                proposals.append(Proposal(operator, child.parents, vector))
    return proposals


def _draws(child: Child, draws: int, context: OperatorContext) -> Iterator[Candidate]:
    candidate = child.candidate
    yield candidate
    template = candidate.template
    for _ in range(draws - 1 if template.kinds else 0):
        drawn = (
            child.draw(context.rng)
            if child.draw
            else variant_draw(candidate.literals, template.kinds, child.new, context.rng)
        )
        yield Candidate.of(template, drawn)
