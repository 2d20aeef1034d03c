"""Growth of lists of whole numbers: changed copies of their items join them, items without worth leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from provolve.propose.symbolic.list_rows import WIDTH, Rows, each_shortened, joined, sifted
from provolve.propose.symbolic.list_trials import trial
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.sifting import Sifting
from provolve.record import Candidate, Elite, Proposal, Vector, Verdict

_FEW = 2
_JOIN = 0.02
_SHORTEN = 0.04
_CLEAN = 0.9
"""How often the best list so far is varied in place of the parent."""
_ASIDE = 12
_DRAWS = 16
"""Candidates that one set of trials is drawn for: proposals of one template spare most of their cost."""


class _Round(msgspec.Struct):
    """Trials of one list, and for how many candidates more they are drawn."""

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
    sifting: Sifting | None = None
    round: _Round = msgspec.field(default_factory=_Round)


class VaryLists:
    """Varies a list whose items are lists of whole numbers: what was found stays, trials are added.

    A copy of an item is reshaped now and then and its numbers are stepped or drawn anew; all vectors of one
    proposed shape share its template, for a few candidates. Or items of other parents join. Each new best is
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
            made = sifted(Rows(parent, context), sifting, count)
        else:
            join = sifting is None
            if state.clean is not None and context.rng.random() < _CLEAN:
                parent, others = state.clean, (parent, *others)
            state.bases[context.ask_id] = parent.loss
            made = self._varied(Rows(parent, context), others, count, join=join and parent is state.clean)
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

    def _sifting(self, count: int, context: OperatorContext) -> Sifting | None:
        """Return what is known of the best list's items, None where all are worth something."""
        state = self._state
        assert state.best is not None
        digest = state.best.candidate.digest
        if state.clean is not None and state.clean.candidate.digest == digest:
            return None
        if state.sifting is None or state.sifting.digest != digest:
            total = len(Rows(state.best, context).items)
            if total < _FEW:
                state.clean = state.best
                return None
            size = -(-total // count)
            blocks = [list(range(first, min(first + size, total))) for first in range(0, total, size)]
            state.sifting = Sifting(digest, state.best.loss, blocks)
        return state.sifting

    def _varied(self, rows: Rows, others: Sequence[Elite], count: int, *, join: bool) -> list[Candidate]:
        state, way = self._state, rows.rng.random()
        if join and state.aside:
            aside, state.aside = state.aside, []
            return joined(rows, aside, count)
        if way < _JOIN:
            return joined(rows, others, 1)
        if way < _JOIN + _SHORTEN:
            return each_shortened(rows, count)
        digest = rows.parent.candidate.digest
        if state.round.digest != digest or state.round.left <= 0:
            trials = [trial(rows.items, rows.rng) for _ in range(1 + int(rows.rng.integers(WIDTH)))]
            state.round = _Round(digest, trials, _DRAWS)
        state.round.left -= count
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
        self, sifting: Sifting, ask_id: int, verdicts: Sequence[Verdict], elites: Sequence[Elite]
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


def order(elite: Elite) -> tuple[float, int]:
    """Return what lists are compared by: the loss, then their size."""
    return elite.loss, elite.candidate.template.nodes


def _smaller(elite: Elite, best: Elite | None) -> bool:
    return best is not None and elite.loss == best.loss and order(elite) < order(best)
