"""Searches by CMA-ES that an operator carries on from ask to ask."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from provolve.propose.symbolic.cma_state import Tuning, TuningState
from provolve.propose.symbolic.operator import OperatorContext
from provolve.record import Elite, Proposal, Vector, Verdict

LEAST_POPULATION = 5


class _Asked(msgspec.Struct):
    """What one ask was given: for each search its key and the number of vectors."""

    ask_id: int
    keys: list[str]


class _State(msgspec.Struct):
    tunings: list[tuple[str, TuningState]]
    asked: list[_Asked]
    best: float


class Searches:
    """Searches by the keys that an operator gives them; a generation is asked once and told once.

    Args:
        operator: name of the operator.
        live: most searches under way at a time.
        kept: most searches remembered; the least recently used is forgotten first.
    """

    def __init__(self, operator: str, *, live: int, kept: int) -> None:
        self._operator = operator
        self._most_live = live
        self._kept = kept
        self._tunings: OrderedDict[str, Tuning] = OrderedDict()
        self._asked: dict[int, list[str]] = {}
        self._best = math.inf

    def searches(self) -> list[Tuning]:
        """Return all that are remembered, the least recently used first."""
        return list(self._tunings.values())

    def get(self, key: str) -> Tuning | None:
        """Return the search of a key, if it is remembered."""
        return self._tunings.get(key)

    @property
    def full(self) -> bool:
        """Whether as many are under way as may be."""
        return sum(not tuning.done for tuning in self._tunings.values()) >= self._most_live

    @property
    def room(self) -> bool:
        """Whether another may be remembered: where all places are taken, one that awaits nothing goes."""
        return len(self._tunings) < self._kept or any(not t.awaiting for t in self._tunings.values())

    def idle(self) -> list[str]:
        """Return the keys of those under way that await nothing, the least recently used first."""
        return [key for key, tuning in self._tunings.items() if not tuning.done and not tuning.awaiting]

    def begin(self, key: str, tuning: Tuning) -> None:
        """Take up a search; there must be ``room``."""
        if len(self._tunings) >= self._kept:
            idle = next(key for key, tuning in self._tunings.items() if not tuning.awaiting)
            del self._tunings[idle]
        self._tunings[key] = tuning

    def ask(self, key: str, context: OperatorContext) -> list[Proposal]:
        """Return the next generation of a search; of an ask, these must be the first proposals."""
        tuning = self._tunings[key]
        self._tunings.move_to_end(key)
        self._asked.setdefault(context.ask_id, []).append(key)
        vectors = tuning.ask(context.ask_id, context.rng)
        return [
            Proposal(self._operator, (tuning.parent,), Vector(tuning.template, vector)) for vector in vectors
        ]

    def go_on(self, count: int, context: OperatorContext) -> list[Proposal]:
        """Return generations of those that await nothing, as many as ``count`` proposals have room for."""
        proposals: list[Proposal] = []
        for key in self.idle():
            if self._tunings[key].population <= count - len(proposals):
                proposals += self.ask(key, context)
        return proposals

    def note(self, elites: Sequence[Elite]) -> None:
        """Take note of how good others are: searches that are far behind are given up."""
        self._best = min(self._best, *(elite.loss for elite in elites))

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Tell each search of the ask the losses of its generation."""
        start = 0
        for key in self._asked.pop(ask_id, []):
            tuning = self._tunings[key]
            tuning.tell(_losses(verdicts[start : start + tuning.population]), self._best)
            self._best = min(self._best, tuning.best_loss)
            start += tuning.population

    def begin_epoch(self, elites: Sequence[Elite]) -> None:
        """Let every search go on from where it is; how good its best was is known where an elite tells."""
        known: dict[str, float] = {}
        for elite in elites:
            digest = elite.candidate.template.digest
            known[digest] = min(elite.loss, known.get(digest, math.inf))
        self._best = min(known.values(), default=math.inf)
        for tuning in self._tunings.values():
            tuning.begin_epoch(known.get(tuning.template.digest, math.inf))

    def snapshot(self) -> bytes:
        """Return all searches, those with an outstanding generation among them."""
        tunings = [(key, tuning.snapshot()) for key, tuning in self._tunings.items()]
        asked = [_Asked(ask_id, keys) for ask_id, keys in self._asked.items()]
        return msgspec.msgpack.encode(_State(tunings, asked, self._best))

    def restore(self, data: bytes) -> None:
        """Take on the searches of a snapshot."""
        state = msgspec.msgpack.decode(data, type=_State)
        self._tunings = OrderedDict((key, Tuning.restored(tuning)) for key, tuning in state.tunings)
        self._asked = {asked.ask_id: list(asked.keys) for asked in state.asked}
        self._best = state.best


class Searching:
    """What operators share that carry on searches: verdicts, epochs and snapshots go to the searches.

    Args:
        operator, live, kept: as of `Searches`.
    """

    def __init__(self, operator: str, *, live: int, kept: int) -> None:
        self._searches = Searches(operator, live=live, kept=kept)

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Tell each search of the ask the losses of its generation."""
        self._searches.observe(ask_id, verdicts)

    def begin_epoch(self, elites: Sequence[Elite]) -> None:
        """Let every search go on from where it is; how good its best was is known where an elite tells."""
        self._searches.begin_epoch(elites)

    def snapshot(self) -> bytes:
        """Return all searches, those with an outstanding generation among them."""
        return self._searches.snapshot()

    def restore(self, data: bytes) -> None:
        """Take on the searches of a snapshot."""
        self._searches.restore(data)


def population(literals: int, room: int) -> int:
    """Return the size of a generation: what the ask has room for, up to thrice the method's own default."""
    return min(room, 3 * (4 + math.floor(3 * math.log(literals))))


def _losses(verdicts: Sequence[Verdict]) -> list[float | None]:
    """Return a loss a verdict, that of the original for a duplicate; None where there is none."""
    known = {v.candidate.digest: _loss(v) for v in verdicts if v.candidate is not None and v.accepted}
    return [known.get(v.duplicate_of) if _loss(v) is None else _loss(v) for v in verdicts]


def _loss(verdict: Verdict) -> float | None:
    if verdict.loss is None or not math.isfinite(verdict.loss):
        return None
    return verdict.loss
