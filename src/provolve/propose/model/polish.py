"""The symbolic proposer beside the model: it tunes the numbers of what the model found."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from provolve.propose.proposer import Context
from provolve.propose.symbolic import SymbolicProposer
from provolve.record import Ask, Elite, Proposal, Verdict

LITERAL_OPERATORS = ("gaussian", "cma-es")
PATIENCE = 8
"""Asks of polishing that a new elite has, and has again after each that made it better."""
WAITING = 8
"""Elites that wait to be polished at most; the worst leaves."""
LITTLE = 1e-4
"""A gain of less than this part of the loss does not count as one."""
NAME = "polish"


class Polish:
    """Tunes the literals of what the model found, one ask at a time, until that gets nowhere."""

    def __init__(self, seed: int) -> None:
        self._symbolic = SymbolicProposer(seed=seed, operators=LITERAL_OPERATORS)
        self._queue: OrderedDict[str, tuple[Elite, int]] = OrderedDict()
        self._open: dict[int, str] = {}

    def found(self, elite: Elite) -> None:
        """Take an elite that a model has made; without literals there is nothing to tune."""
        template = elite.candidate.template
        if not template.kinds or template.digest in self._queue:
            return
        self._queue[template.digest] = elite, PATIENCE
        if len(self._queue) > WAITING:
            worst = max(self._queue, key=lambda digest: self._queue[digest][0].loss)
            del self._queue[worst]

    @property
    def due(self) -> bool:
        """Whether an elite waits, and no ask of polishing is open."""
        return bool(self._queue) and not self._open

    def propose(self, ask: Ask, context: Context) -> list[Proposal]:
        """Return vectors for the best elite that waits; its turns are one less."""
        digest = min(self._queue, key=lambda name: self._queue[name][0].loss)
        elite, left = self._queue[digest]
        self._queue[digest] = elite, left - 1
        self._open[ask.id] = digest
        proposals = self._symbolic.propose(msgspec.structs.replace(ask, parents=(elite,)), context)
        return [msgspec.structs.replace(one, operator=NAME) for one in proposals]

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Take the verdicts: a better one is polished next, and an elite that gets nowhere leaves."""
        self._symbolic.observe(ask_id, verdicts)
        digest = self._open.pop(ask_id)
        if digest not in self._queue:
            return
        elite, left = self._queue[digest]
        better = [
            verdict
            for verdict in verdicts
            if verdict.accepted and verdict.loss is not None and verdict.loss < elite.loss
        ]
        if better:
            best = min(better, key=lambda verdict: verdict.loss or 0.0)
            assert best.candidate is not None
            assert best.loss is not None
            if elite.loss - best.loss > LITTLE * abs(elite.loss):
                left = PATIENCE
            elite = Elite(best.candidate, best.loss, best.scores, best.behaviour, best.measures)
        self._queue[digest] = elite, left
        if left <= 0 or not verdicts:
            del self._queue[digest]
