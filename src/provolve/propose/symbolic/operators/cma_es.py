"""CMA-ES on the literals, continued from ask to ask."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import msgspec

from provolve.propose.symbolic.cma_state import Tuning, TuningState
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.record import Elite, Proposal, Vector, Verdict

LEAST_LITERALS = 4
"""Below this many literals Gaussian steps do as well."""
LEAST_POPULATION = 5
STARTS = 2
"""Independent searches of one template: the second may go on while the first awaits its verdicts."""
KEPT = 16
"""Searches remembered, the least recently used forgotten first."""
LIVE = 4
"""Searches under way at a time: one needs some hundred generations, so that many would get nowhere."""


class _Asked(msgspec.Struct):
    """What one ask was given: for each search its key and the number of vectors."""

    ask_id: int
    keys: list[str]


class _State(msgspec.Struct):
    tunings: list[tuple[str, TuningState]]
    asked: list[_Asked]
    best: float


class CmaEs:
    """Tunes the literals of a few templates, each until its search has converged or stalled.

    New searches are of the parents' templates; once ``LIVE`` are under way they go on by turns, whatever the
    parents are. A generation is asked once and told once. At most ``KEPT`` searches are remembered.
    """

    name = "cma-es"

    def __init__(self) -> None:
        self._tunings: OrderedDict[str, Tuning] = OrderedDict()
        self._asked: dict[int, list[str]] = {}
        self._best = math.inf

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether a search may go on, or one of the parent's literals may begin."""
        if len(self._live()) >= LIVE:
            return bool(self._idle())
        return bool(self._idle()) or (
            _tunable(context.parsed(parent.candidate.template)) and self._free_key(parent) is not None
        )

    def _live(self) -> list[str]:
        return [key for key, tuning in self._tunings.items() if not tuning.done]

    def _idle(self) -> list[str]:
        """Return the live searches that await nothing, the least recently used first."""
        return [key for key in self._live() if not self._tunings[key].awaiting]

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return whole generations, up to ``count``: of the parents' templates, then of others under way."""
        proposals: list[Proposal] = []
        keys: list[str] = []
        self._best = min(self._best, *(elite.loss for elite in (parent, *others)))

        def ask(key: str) -> None:
            tuning = self._tunings[key]
            self._tunings.move_to_end(key)
            keys.append(key)
            vectors = tuning.ask(context.ask_id, context.rng)
            proposals.extend(
                Proposal(self.name, (tuning.parent,), Vector(tuning.template, vector)) for vector in vectors
            )

        for elite in (parent, *others):
            parsed = context.parsed(elite.candidate.template)
            key = self._key_for(elite, parsed, count - len(proposals)) if _tunable(parsed) else None
            if key is not None:
                ask(key)
        for key in self._idle():
            if self._tunings[key].population <= count - len(proposals):
                ask(key)
        if keys:
            self._asked[context.ask_id] = keys
        return proposals

    def _keys(self, elite: Elite) -> Iterator[str]:
        return (f"{elite.candidate.template.digest}/{start}" for start in range(STARTS))

    def _free_key(self, elite: Elite) -> str | None:
        """Return the key of the first search of the elite's template that may go on or begin."""
        for key in self._keys(elite):
            tuning = self._tunings.get(key)
            if tuning is None:
                return key if self._has_room() and len(self._live()) < LIVE else None
            if tuning.awaiting:
                continue
            if not tuning.done or (elite.loss < tuning.best_loss and len(self._live()) < LIVE):
                return key
        return None

    def _has_room(self) -> bool:
        return len(self._tunings) < KEPT or any(not tuning.awaiting for tuning in self._tunings.values())

    def _key_for(self, elite: Elite, parsed: ParsedTemplate, room: int) -> str | None:
        """Return the key of a search that has room for a generation, begun or moved where need be."""
        key = self._free_key(elite)
        if key is None:
            return None
        candidate = elite.candidate
        tuning = self._tunings.get(key)
        if tuning is None:
            population = _population(_free(parsed), room)
            if population < LEAST_POPULATION:
                return None
            self._forget_one()
            tuning = Tuning(
                candidate.template,
                candidate.digest,
                candidate.literals,
                elite.loss,
                population,
                fixed=parsed.knots | parsed.listed,
                alike=[table.values for table in parsed.tables],
            )
            self._tunings[key] = tuning
        elif tuning.population > room:
            return None
        elif elite.loss < tuning.best_loss:
            tuning.move(candidate.digest, candidate.literals, elite.loss)
        return key

    def _forget_one(self) -> None:
        if len(self._tunings) >= KEPT:
            idle = next(key for key, tuning in self._tunings.items() if not tuning.awaiting)
            del self._tunings[idle]

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


def _tunable(parsed: ParsedTemplate) -> bool:
    return _free(parsed) >= LEAST_LITERALS


def _free(parsed: ParsedTemplate) -> int:
    """Return the number of literals to tune: knots of tables stay, and so do lists of whole numbers."""
    return len(parsed.template.kinds) - len(parsed.knots) - len(parsed.listed)


def _population(literals: int, room: int) -> int:
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
