"""Growth of lists of whole numbers: changed copies of their items join them, items without worth leave."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from provolve.propose.symbolic.children import lifted
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.splices import Splice
from provolve.propose.symbolic.whole_lists import (
    Nested,
    crossed,
    flat,
    rebuilt,
    redrawn,
    reshaped,
    shape,
    stepped,
)
from provolve.record import Candidate, Elite, Proposal, Vector, Verdict

MOST_LISTED = 512
"""Most numbers in the list that is varied."""
WIDTH = 16
"""Most items added at a time: each is a trial of its own, and judging them together is cheaper."""
_FEW = 2
_JOIN = 0.05
_REBUILD = 0.25
_RESHAPE = 0.35
_CROSS = 0.4
_BEST = 0.8
"""How often the best list so far is varied in place of the parent."""
_SAME = 0.05
_REDRAW = 0.4
_SHORT = 6
"""Most numbers of an item that may all be drawn anew at once: of more, hardly a draw would fit."""


class _Probe(msgspec.Struct):
    """An ask whose proposals each leave out some items of one list, to learn which are worth nothing."""

    digest: str
    loss: float
    blocks: list[list[int]]


class _State(msgspec.Struct):
    best: Elite | None
    probes: list[tuple[int, _Probe]]
    idle: tuple[str, list[int]]
    probed: str


class VaryLists:
    """Varies a list whose items are lists of whole numbers: what was found stays, trials are added.

    A copy of an item is reshaped now and then and its numbers are stepped or drawn anew; all vectors of one
    proposed shape share its template. Or items of other parents join. What is found anywhere is built upon:
    mostly the parent is the best list met so far, whichever is asked for, since found items add up. Each new
    best is proposed without its items one by one, and then without all that made no difference, for the
    length of the list is what proposals cost.
    """

    name = "vary-lists"

    def __init__(self) -> None:
        self._best: Elite | None = None
        self._probes: dict[int, _Probe] = {}
        self._idle: tuple[str, list[int]] = ("", [])
        self._probed = ""

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether the parent has such a list."""
        return bool(context.parsed(parent.candidate.template).lists)

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` distinct proposals."""
        for elite in (parent, *others):
            self._note(elite)
        if self._best is not None and context.rng.random() < _BEST:
            parent, others = self._best, (parent, *others)
        if not context.parsed(parent.candidate.template).lists:
            return []
        rows = _Rows(parent, context)
        if self._idle[0] == parent.candidate.digest:
            made = self._without_idle(rows)
        elif self._probed != parent.candidate.digest and parent is self._best and len(rows.items) > _FEW:
            made = self._probe(rows, count)
        else:
            made = _trials(rows, others, count)
        seen = {parent.candidate.digest}
        proposals: list[Proposal] = []
        for candidate in made:
            if len(proposals) < count and candidate.digest not in seen:
                seen.add(candidate.digest)
                change = Vector(candidate.template, candidate.literals)
                proposals.append(Proposal(self.name, (parent.candidate.digest,), change))
        return proposals

    def _note(self, elite: Elite) -> None:
        if self._best is None or order(elite) < order(self._best):
            self._best = elite

    def _probe(self, rows: _Rows, count: int) -> list[Candidate]:
        parent, total = rows.parent, len(rows.items)
        size = -(-total // count)
        made, blocks = [], []
        for first in range(0, total, size):
            block = list(range(first, min(first + size, total)))
            found = rows.candidates([k for k in range(total) if k not in block], [], 1)
            if found:
                made.append(found[0])
                blocks.append(block)
        self._probed = parent.candidate.digest
        self._probes[rows.context.ask_id] = _Probe(parent.candidate.digest, parent.loss, blocks)
        return made

    def _without_idle(self, rows: _Rows) -> list[Candidate]:
        idle = set(self._idle[1])
        self._idle = ("", [])
        return rows.candidates([k for k in range(len(rows.items)) if k not in idle], [], 1)

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Remember the best candidate, and what of it made no difference."""
        probe = self._probes.pop(ask_id, None)
        if probe is not None and len(verdicts) == len(probe.blocks):
            idle = [
                k
                for verdict, block in zip(verdicts, probe.blocks, strict=True)
                if verdict.loss is not None and verdict.loss <= probe.loss
                for k in block
            ]
            if idle and self._best is not None and self._best.candidate.digest == probe.digest:
                self._idle = (probe.digest, idle)
                return  # smaller ones are known already, but one without all of them is smaller still
        for verdict in verdicts:
            if (verdict.accepted or verdict.duplicate_of) and verdict.candidate and verdict.loss is not None:
                self._note(Elite(verdict.candidate, verdict.loss, verdict.scores, verdict.behaviour))

    def snapshot(self) -> bytes:
        """Return the whole state."""
        return msgspec.msgpack.encode(
            _State(self._best, list(self._probes.items()), self._idle, self._probed)
        )

    def restore(self, data: bytes) -> None:
        """Take on what a snapshot holds."""
        state = msgspec.msgpack.decode(data, type=_State)
        self._best, self._probes = state.best, dict(state.probes)
        self._idle, self._probed = state.idle, state.probed


class _Rows:
    """The list of one parent that is varied."""

    def __init__(self, parent: Elite, context: OperatorContext) -> None:
        self.parent = parent
        self.context = context
        self.rng = context.rng
        self._parsed = context.parsed(parent.candidate.template)
        self._found = self._parsed.lists[int(self.rng.integers(len(self._parsed.lists)))]
        self.items = self._found.values(parent.candidate.literals)

    def candidates(self, kept: Sequence[int], trials: list[Nested], draws: int) -> list[Candidate]:
        """Return candidates of one template: the items kept, and the trials with other numbers."""
        listed = [*(self.items[k] for k in kept), *trials]
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
        found = []
        for _ in range(draws):
            for k, number in enumerate(flat([_drawn(trial, self.rng) for trial in trials])):
                drawn[places[first + k]] = number
            found.append(Candidate.of(made.template, tuple(drawn)))
        return found


def _trials(rows: _Rows, others: Sequence[Elite], count: int) -> list[Candidate]:
    everything = range(len(rows.items))
    if rows.rng.random() < _JOIN:
        pool = [item for item in _items_of(others, rows.context) if item not in rows.items]
        rows.rng.shuffle(pool)
        return rows.candidates(everything, pool[:WIDTH], count)
    trials = [_trial(rows) for _ in range(1 + int(rows.rng.integers(WIDTH)))]
    return rows.candidates(everything, trials, count)


def _trial(rows: _Rows) -> Nested:
    items, rng = rows.items, rows.rng
    # A shape gets a share by its size, however many items have it: the fewer numbers, the sooner tried.
    shapes: dict[str, list[Nested]] = {}
    for item in items:
        shapes.setdefault(shape(item), []).append(item)
    shares = np.array([1.0 / (1 + text.count(".")) for text in shapes])
    alike = [*shapes.values()][int(rng.choice(len(shapes), p=shares / shares.sum()))]
    trial = alike[int(rng.integers(len(alike)))]
    if rng.random() < _REBUILD:
        return rebuilt(trial, rng)
    while rng.random() < _RESHAPE:
        if rng.random() < _CROSS:
            trial = crossed(trial, items[int(rng.integers(len(items)))], rng)
        else:
            trial = reshaped(trial, rng)
    return trial


def order(elite: Elite) -> tuple[float, int]:
    """Return what lists are compared by: the loss, then their size."""
    return elite.loss, elite.candidate.template.nodes


def _items_of(others: Sequence[Elite], context: OperatorContext) -> list[Nested]:
    found: list[Nested] = []
    for other in others:
        for whole in context.parsed(other.candidate.template).lists:
            found += [item for item in whole.values(other.candidate.literals) if item not in found]
    return found


def _drawn(trial: Nested, rng: np.random.Generator) -> Nested:
    """Return a trial with other numbers: stepped, or a list or two drawn anew; now and then as it is."""
    way = rng.random()
    if way < _SAME:
        return trial
    if way < _SAME + _REDRAW:
        return redrawn(trial, rng, every=len(flat(trial)) <= _SHORT)
    return redrawn(trial, rng) if way < _SAME + 1.5 * _REDRAW else stepped(trial, rng)


def _text(item: Nested, draft: Draft) -> str:
    if isinstance(item, int):
        return draft.literal(item, "i")
    return f"[{', '.join(_text(part, draft) for part in item)}]"
