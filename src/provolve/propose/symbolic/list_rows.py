"""The list of one parent that is varied, and the candidates made of it."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.propose.symbolic.children import lifted
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.list_trials import pool_of, renumbered
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.sifting import Sifting
from provolve.propose.symbolic.splices import Splice
from provolve.propose.symbolic.whole_lists import Nested, flat, is_even, shortened
from provolve.record import Candidate, Elite

MOST_LISTED = 768
"""Most numbers in the list that is varied."""
WIDTH = 24
"""Most items added at a time: each is a trial of its own, and judging them together is cheaper."""


class Rows:
    """The list of one parent that is varied."""

    def __init__(self, parent: Elite, context: OperatorContext) -> None:
        self.parent = parent
        self.context = context
        self.rng = context.rng
        self._parsed = context.parsed(parent.candidate.template)
        self._found = self._parsed.lists[int(self.rng.integers(len(self._parsed.lists)))]
        self.items = self._found.values(parent.candidate.literals)

    def without(self, left_out: Sequence[int]) -> list[Nested]:
        """Return the items but those at some places."""
        return [item for k, item in enumerate(self.items) if k not in left_out]

    def candidates(self, kept: Sequence[Nested], trials: list[Nested], draws: int) -> list[Candidate]:
        """Return candidates of one template: the items kept, and the trials with other numbers."""
        listed = [*kept, *trials]
        numbers = flat(listed)
        if len(numbers) > MOST_LISTED or not listed:
            return []
        literals = self.parent.candidate.literals
        template = self.parent.candidate.template
        draft = Draft(literals, template.kinds, self.rng, template.nodes)
        text = _text(listed, draft)
        start, end = self._parsed.span(self._found.node)
        made = lifted(self._parsed, [Splice(start, end, text)], draft, self.context)
        if made is None:
            return []
        first = len(literals) + len(numbers) - len(flat(trials))
        places = {slot: place for place, slot in enumerate(made.slots)}
        drawn = [draft.values[slot] for slot in made.slots]
        found, pool = [], pool_of(kept) if trials else {}
        for _ in range(draws):
            for k, number in enumerate(flat([renumbered(one, self.rng, pool) for one in trials])):
                drawn[places[first + k]] = number
            found.append(Candidate.of(made.template, tuple(drawn)))
        return found


def sifted(rows: Rows, sifting: Sifting, count: int) -> list[Candidate]:
    """Return the list without each of some blocks; or without all idle ones, half of them, and so on.

    Two blocks may stand in for each other, and then not both are idle.
    """
    blocks, sifting.waiting = sifting.waiting[:count], sifting.waiting[count:]
    sifting.asks[rows.context.ask_id] = blocks
    made = [found for block in blocks for found in rows.candidates(rows.without(block), [], 1)]
    idle = [] if blocks else sifting.idle
    while idle and len(made) < count:
        made += rows.candidates(rows.without([k for block in idle for k in block]), [], 1)
        idle = idle[: len(idle) // 2]
    if made and not blocks:
        sifting.result = made[0].digest
    return made


def joined(rows: Rows, others: Sequence[Elite], count: int) -> list[Candidate]:
    """Return candidates of the list with items of other lists, as many at a time as it takes trials."""
    pool = [item for item in _items_of(others, rows.context) if item not in rows.items]
    rows.rng.shuffle(pool)
    size = max(WIDTH, -(-len(pool) // count)) if count > 1 else WIDTH
    parts = [pool[first : first + size] for first in range(0, len(pool), size)]
    return [made for part in parts[:count] for made in rows.candidates([*rows.items, *part], [], 1)]


def each_shortened(rows: Rows, count: int) -> list[Candidate]:
    """Return candidates of the list with one of its items shortened."""
    made = []
    for _ in range(count):
        items = list(rows.items)
        place = int(rows.rng.integers(len(items)))
        items[place] = shortened(items[place], rows.rng)
        if is_even(items[place]):
            made += rows.candidates(items, [], 1)
    return made


def _items_of(others: Sequence[Elite], context: OperatorContext) -> list[Nested]:
    found: list[Nested] = []
    for other in others:
        for whole in context.parsed(other.candidate.template).lists:
            found += [item for item in whole.values(other.candidate.literals) if item not in found]
    return found


def _text(item: Nested, draft: Draft) -> str:
    if isinstance(item, int):
        return draft.literal(item, "i")
    return f"[{', '.join(_text(part, draft) for part in item)}]"
