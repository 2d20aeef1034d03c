"""The symbolic proposer beside the model: it tunes the numbers of what the model found."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from provolve.propose.model.steps import Steps
from provolve.propose.proposer import Context
from provolve.propose.symbolic import SymbolicProposer
from provolve.propose.symbolic.literals import Number
from provolve.record import Ask, Elite, Proposal, Vector, Verdict

LITERAL_OPERATORS = ("gaussian", "cma-es")
FEW = 3
"""Up to so many literals are tuned by `Steps`; a covariance of all of them is soon learnt."""
PATIENCE = 8.0
"""Asks of polishing that a new elite has, and has again after each that made it better."""
WHOLE = 8
"""An ask of fewer vectors counts in proportion."""
WAITING = 8
"""Elites that wait to be polished at most; the worst leaves."""
LITTLE = 1e-4
"""A gain of less than this part of the loss does not count as one."""
NAME = "polish"


@dataclass(frozen=True)
class _Open:
    """An ask of polishing under way; without steps it is the symbolic proposer's."""

    digest: str
    steps: Steps | None = None
    vectors: Sequence[tuple[Number, ...]] = ()


class Polish:
    """Tunes the literals of what the model found, one ask at a time, until that gets nowhere."""

    def __init__(self, seed: int) -> None:
        self._symbolic = SymbolicProposer(seed=seed, operators=LITERAL_OPERATORS)
        self._queue: OrderedDict[str, tuple[Elite, float]] = OrderedDict()
        self._steps: dict[str, Steps] = {}
        self._open: dict[int, _Open] = {}

    def found(self, elite: Elite) -> None:
        """Take an elite that a model has made; without literals there is nothing to tune."""
        template = elite.candidate.template
        if not template.kinds or template.digest in self._queue:
            return
        self._enqueue(elite, PATIENCE)
        if len(self._queue) > WAITING:
            self._forget(max(self._queue, key=lambda digest: self._queue[digest][0].loss))

    def begin_epoch(self, elites: Sequence[Elite]) -> None:
        """Go on with those that wait as they are judged now; whoever is not among ``elites`` leaves."""
        self._symbolic.begin_epoch(elites)
        known = {elite.candidate.digest: elite for elite in elites}
        for digest, (elite, left) in [*self._queue.items()]:
            if elite.candidate.digest in known:
                self._enqueue(known[elite.candidate.digest], left)
            else:
                self._forget(digest)

    def _enqueue(self, elite: Elite, left: float) -> None:
        template = elite.candidate.template
        self._queue[template.digest] = elite, left
        if len(template.kinds) <= FEW:
            self._steps[template.digest] = Steps(elite.candidate.literals, template.kinds, elite.loss)

    def _forget(self, digest: str) -> None:
        del self._queue[digest]
        self._steps.pop(digest, None)

    @property
    def due(self) -> bool:
        """Whether an elite waits, and no ask of polishing is open."""
        return bool(self._queue) and not self._open

    def propose(self, ask: Ask, context: Context) -> list[Proposal]:
        """Return vectors for the best elite that waits; its turns are fewer by what this one takes."""
        digest = min(self._queue, key=lambda name: self._queue[name][0].loss)
        elite, left = self._queue[digest]
        steps = self._steps.get(digest)
        if steps is not None:
            vectors = steps.draw(ask.count, context.rng)
            template, parents = elite.candidate.template, (elite.candidate.digest,)
            proposals = [Proposal(NAME, parents, Vector(template, vector)) for vector in vectors]
            self._open[ask.id] = _Open(digest, steps, vectors)
        else:
            self._open[ask.id] = _Open(digest)
            drawn = self._symbolic.propose(msgspec.structs.replace(ask, parents=(elite,)), context)
            proposals = [msgspec.structs.replace(one, operator=NAME) for one in drawn]
        self._queue[digest] = elite, left - min(1.0, len(proposals) / WHOLE)
        return proposals

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Take the verdicts: a better one is polished next, and an elite that gets nowhere leaves."""
        opened = self._open.pop(ask_id)
        if opened.steps is not None:
            opened.steps.tell(opened.vectors, [_loss(verdict) for verdict in verdicts])
        else:
            self._symbolic.observe(ask_id, verdicts)
        digest = opened.digest
        if digest not in self._queue:
            return
        elite, left = self._queue[digest]
        best = min(verdicts, key=_loss, default=None)
        if best is not None and best.candidate is not None and _loss(best) < elite.loss:
            if elite.loss - _loss(best) > LITTLE * abs(elite.loss):
                left = PATIENCE
            elite = Elite(best.candidate, _loss(best), best.scores, best.behaviour, best.measures)
        self._queue[digest] = elite, left
        if left <= 0 or not verdicts:
            self._forget(digest)


def _loss(verdict: Verdict) -> float:
    return verdict.loss if verdict.accepted and verdict.loss is not None else math.inf
