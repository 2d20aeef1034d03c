"""Growth of lists of whole numbers: changed copies of their items join them, items without worth leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from provolve.propose.symbolic.children import lifted
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.list_trials import pool_of, renumbered, trial
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.splices import Splice
from provolve.propose.symbolic.whole_lists import Nested, flat, is_even, shortened
from provolve.record import Candidate, Elite, Proposal, Vector, Verdict

MOST_LISTED = 768
"""Most numbers in the list that is varied."""
WIDTH = 24
"""Most items added at a time: each is a trial of its own, and judging them together is cheaper."""
_FEW = 2
_JOIN = 0.02
_SHORTEN = 0.04
_CLEAN = 0.9
"""How often the best list so far is varied in place of the parent."""
_ASIDE = 12
_ROUNDS = 4
"""Asks that one set of trials is drawn for: proposals of one template spare most of their cost."""


class _Sifting(msgspec.Struct):
    """A list of which blocks of items are left out to learn which are worth nothing."""

    digest: str
    loss: float
    waiting: list[list[int]]
    """Blocks to be left out yet."""
    idle: list[list[int]] = []
    """Blocks that made no difference."""
    asks: dict[int, list[list[int]]] = {}
    """The blocks of outstanding asks; those without any propose the list without what is idle."""
    result: str = ""
    """Digest of the list without all idle blocks, once it is proposed."""

    @property
    def left(self) -> bool:
        """Whether anything is left to do."""
        return bool(self.waiting or self.asks or (self.idle and not self.result))

    @property
    def ready(self) -> bool:
        """Whether all idle blocks are known, and are to be left out together."""
        return bool(self.idle) and not (self.waiting or self.asks or self.result)

    def learn(self, blocks: list[list[int]], verdicts: Sequence[Verdict]) -> None:
        """Take note of what leaving out each block did; those that matter are halved and left out again."""
        for verdict, block in zip(verdicts, blocks, strict=False):
            if verdict.loss is not None and verdict.loss <= self.loss:
                self.idle.append(block)
            elif len(block) > 1:
                self.waiting += [block[: len(block) // 2], block[len(block) // 2 :]]


class _Round(msgspec.Struct):
    """Trials of one list, and for how many asks more they are drawn."""

    digest: str = ""
    trials: list[Any] = []
    left: int = 0


class _State(msgspec.Struct):
    best: Elite | None = None
    """The best list met."""
    clean: Elite | None = None
    """The best list of which every item is known to be worth something."""
    aside: list[Elite] = []
    """Lists that gained something which the best does not have, perhaps."""
    bases: dict[int, float] = {}
    """Losses of the lists that outstanding asks add trials to."""
    sifting: _Sifting | None = None
    round: _Round = msgspec.field(default_factory=_Round)


class VaryLists:
    """Varies a list whose items are lists of whole numbers: what was found stays, trials are added.

    A copy of an item is reshaped now and then and its numbers are stepped or drawn anew; all vectors of one
    proposed shape share its template, for a few asks. Or items of other parents join. Each new best is
    proposed without its items one by one, and then without what made no difference, for the length of the
    list is what proposals cost. What is left is built upon, mostly, whichever parent is asked for, since
    found items add up; what was found meanwhile joins it next. Now and then an item is shortened.
    """

    name = "vary-lists"

    def __init__(self) -> None:
        self._state = _State()

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether the parent has such a list."""
        return bool(context.parsed(parent.candidate.template).lists)

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` distinct proposals."""
        for elite in (parent, *others):
            self._note(elite)
        state = self._state
        sifting = self._sifting(count, context)
        if sifting is not None and state.best is not None and (sifting.waiting or sifting.ready):
            parent = state.best
            made = _sifted(_Rows(parent, context), sifting, count)
        else:
            join = sifting is None
            if state.clean is not None and context.rng.random() < _CLEAN:
                parent, others = state.clean, (parent, *others)
            state.bases[context.ask_id] = parent.loss
            made = self._varied(_Rows(parent, context), others, count, join=join and parent is state.clean)
        seen = {parent.candidate.digest}
        proposals: list[Proposal] = []
        for candidate in made:
            if len(proposals) < count and candidate.digest not in seen:
                seen.add(candidate.digest)
                change = Vector(candidate.template, candidate.literals)
                proposals.append(Proposal(self.name, (parent.candidate.digest,), change))
        return proposals

    def _note(self, elite: Elite) -> None:
        state = self._state
        if state.best is None or elite.loss < state.best.loss:
            if state.best is not None and (state.clean is None or state.best.loss < state.clean.loss):
                self._set_aside(state.best)
            state.best = elite

    def _set_aside(self, elite: Elite) -> None:
        self._state.aside = [*self._state.aside, elite][-_ASIDE:]

    def _sifting(self, count: int, context: OperatorContext) -> _Sifting | None:
        """Return what is known of the best list's items, None where all are worth something."""
        state = self._state
        assert state.best is not None
        digest = state.best.candidate.digest
        if state.clean is not None and state.clean.candidate.digest == digest:
            return None
        if state.sifting is None or state.sifting.digest != digest:
            total = len(_Rows(state.best, context).items)
            if total < _FEW:
                state.clean = state.best
                return None
            size = -(-total // count)
            blocks = [list(range(first, min(first + size, total))) for first in range(0, total, size)]
            state.sifting = _Sifting(digest, state.best.loss, blocks)
        return state.sifting

    def _varied(self, rows: _Rows, others: Sequence[Elite], count: int, *, join: bool) -> list[Candidate]:
        state, way = self._state, rows.rng.random()
        if join and state.aside:
            aside, state.aside = state.aside, []
            return _joined(rows, aside, count)
        if way < _JOIN:
            return _joined(rows, others, 1)
        if way < _JOIN + _SHORTEN:
            return _shortened(rows, count)
        digest = rows.parent.candidate.digest
        if state.round.digest != digest or state.round.left == 0:
            trials = [trial(rows.items, rows.rng) for _ in range(1 + int(rows.rng.integers(WIDTH)))]
            state.round = _Round(digest, trials, _ROUNDS)
        state.round.left -= 1
        return rows.candidates(rows.items, state.round.trials, count)

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Remember the best candidate, what of it made no difference, and what else was found."""
        state = self._state
        elites = [
            Elite(verdict.candidate, verdict.loss, verdict.scores, verdict.behaviour)
            for verdict in verdicts
            if (verdict.accepted or verdict.duplicate_of) and verdict.candidate and verdict.loss is not None
        ]
        base = state.bases.pop(ask_id, None)
        if base is not None and not elites:
            state.round = _Round()  # one bad trial spoils all that are judged with it
        cleaned = state.clean is not None and state.clean is state.best
        for elite in elites:
            self._note(elite)
            if base is not None and elite.loss < base and elite is not state.best:
                self._set_aside(elite)
            if base is not None and cleaned and _smaller(elite, state.best):
                state.best = state.clean = elite
        if state.sifting is not None and ask_id in state.sifting.asks:
            self._learn(state.sifting, ask_id, verdicts, elites)

    def _learn(
        self, sifting: _Sifting, ask_id: int, verdicts: Sequence[Verdict], elites: Sequence[Elite]
    ) -> None:
        state = self._state
        sifting.learn(sifting.asks.pop(ask_id), verdicts)
        if state.best is None or state.best.candidate.digest != sifting.digest:
            return
        if sifting.result:
            state.best = min([state.best, *elites], key=order)
        if not sifting.left and state.best.candidate.digest in (sifting.result, sifting.digest):
            state.clean = state.best  # else some items stood in for others, and the rest is sifted anew

    def snapshot(self) -> bytes:
        """Return the whole state."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, data: bytes) -> None:
        """Take on what a snapshot holds."""
        self._state = msgspec.msgpack.decode(data, type=_State)


class _Rows:
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


def _smaller(elite: Elite, best: Elite | None) -> bool:
    return best is not None and elite.loss == best.loss and order(elite) < order(best)


def _sifted(rows: _Rows, sifting: _Sifting, count: int) -> list[Candidate]:
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


def _joined(rows: _Rows, others: Sequence[Elite], count: int) -> list[Candidate]:
    """Return candidates of the list with items of other lists, as many at a time as it takes trials."""
    pool = [item for item in _items_of(others, rows.context) if item not in rows.items]
    rows.rng.shuffle(pool)
    size = max(WIDTH, -(-len(pool) // count)) if count > 1 else WIDTH
    parts = [pool[first : first + size] for first in range(0, len(pool), size)]
    return [made for part in parts[:count] for made in rows.candidates([*rows.items, *part], [], 1)]


def _shortened(rows: _Rows, count: int) -> list[Candidate]:
    made = []
    for _ in range(count):
        items = list(rows.items)
        place = int(rows.rng.integers(len(items)))
        items[place] = shortened(items[place], rows.rng)
        if is_even(items[place]):
            made += rows.candidates(items, [], 1)
    return made


def order(elite: Elite) -> tuple[float, int]:
    """Return what lists are compared by: the loss, then their size."""
    return elite.loss, elite.candidate.template.nodes


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
