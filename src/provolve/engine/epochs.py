"""Growth of train: when a search that gets no further goes on with other instances, and how it does.

An epoch ends on a plateau, which is counted in candidates and not in seconds, so that it ends in the same
place whoever judges. Then nothing is asked until all that was asked is told; the strategy names the elites
it wants to keep, these are judged on the instances of the next epoch, and the search goes on from them. In
the record an epoch begins with an ask of its own, whose proposals are those elites.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from provolve.engine.epoch import Epoch
from provolve.engine.executor import Executor
from provolve.engine.messages import JudgeBatch, JudgePlainly, PlainResults, Verdicts
from provolve.engine.pending import batch_of
from provolve.engine.start import Start
from provolve.errors import TaskError
from provolve.judge import PlainResult
from provolve.judge.statistics import loss
from provolve.record import EPOCH, Ask, Elite, EpochBegan, Notice, Proposal, Vector, Verdict
from provolve.store import RunSpec
from provolve.task import Task

FEWEST, MOST = 32, 256
"""Limits of the number of elites that are judged anew."""
PRICE = 0.05
"""Between these limits, their number as a part of the candidates judged so far."""


class Epochs:
    """The epochs of one run: the one that it is in, and the way into the next."""

    def __init__(self, task: Task, spec: RunSpec, start: Start, executor: Executor) -> None:
        self._task = task
        self._sizes = task.train_sizes if spec.growth else task.train_sizes[:1]
        self._batch = spec.batch
        self._executor = executor
        seed = self._loss(start.validation, start.validation)
        notable = min(seed, start.best().validation)
        self.now = Epoch(start.train, start.elites(), seed, notable, notable_at=0)

    def resume(self, epoch: Epoch) -> None:
        """Be in ``epoch``, and have the workers judge on its instances."""
        self.now = epoch
        if epoch.number:
            self._executor.begin_epoch(epoch.number)
            self._executor.set_reference("train", epoch.reference)

    def note(self, validation: float, candidates: int) -> None:
        """Look at the champion's loss on validation after ``candidates`` of the run."""
        self.now = self.now.noting(validation, candidates)

    def due(self, candidates: int) -> bool:
        """Whether there is a next epoch and it is time for it."""
        return self.has_next and self.now.on_plateau(candidates)

    @property
    def has_next(self) -> bool:
        """Whether another epoch may follow."""
        return not self.now.last and self.now.number + 1 < len(self._sizes)

    def end(self) -> None:
        """Let the epoch end: nothing more is asked in it."""
        self.now = msgspec.structs.replace(self.now, ending=True)

    @staticmethod
    def regraded(candidates: int) -> int:
        """Return how many elites are judged anew, ``candidates`` of the run having been judged."""
        return min(MOST, max(FEWEST, int(PRICE * candidates)))

    def begin(
        self, ask: Ask, candidates: int, recorded: Sequence[Verdict] | None = None
    ) -> tuple[Verdict, ...]:
        """Begin the next epoch; return the verdicts on the parents of ``ask``, the seed program first.

        Where the seed program is rejected on the new instances, all verdicts are rejections and the epoch
        goes on as the last one.

        Args:
            ask: what the strategy asked to be judged anew.
            candidates: those of the run so far.
            recorded: the verdicts, where they stand in the record: nothing is judged then.
        """
        number = self.now.number + 1
        self._executor.begin_epoch(number)
        verdicts = self._judged(ask) if recorded is None else tuple(recorded)
        if not verdicts[0].accepted:
            last = msgspec.structs.replace(self.now, ending=False, last=True, notable_at=candidates)
            self._executor.begin_epoch(last.number)
            self._executor.set_reference("train", last.reference)
            self.now = last
            return verdicts
        if recorded is not None:
            self._executor.set_reference("train", verdicts[0].scores)
        renewed = {elite.candidate.digest: elite for elite in elites_of(verdicts)}
        starts = [renewed[old.candidate.digest] for old in self.now.starts if old.candidate.digest in renewed]
        self.now = Epoch(
            reference=verdicts[0].scores,
            starts=tuple(starts),
            seed_loss=self.now.seed_loss,
            notable=self.now.notable,
            notable_at=candidates + len(verdicts),
            number=number,
            ask=ask.id,
        )
        return verdicts

    def told(self, verdicts: Sequence[Verdict]) -> EpochBegan | Notice:
        """Return the event that tells of what `begin` did, which returned ``verdicts``."""
        if not verdicts[0].accepted:
            return Notice("epoch", f"train does not grow: {verdicts[0].rejection}: {verdicts[0].detail}")
        return EpochBegan(
            number=self.now.number,
            ask=self.now.ask,
            instances=len(self.now.reference),
            regraded=len(verdicts),
            kept=sum(verdict.accepted for verdict in verdicts),
            seed_loss=self.now.starts[0].loss,
            best=min(verdict.loss for verdict in verdicts if verdict.audited and verdict.loss is not None),
        )

    def _judged(self, ask: Ask) -> tuple[Verdict, ...]:
        """Judge the parents of ``ask``, the best of them twice, as whatever may become the champion."""
        seed = self._seed()
        if seed.rejection is not None:
            why = f"the seed program is rejected on the instances of the next epoch: {seed.detail}"
            return tuple(Verdict(parent.candidate, seed.rejection, why) for parent in ask.parents)
        self._executor.set_reference("train", seed.scores)
        alone = msgspec.structs.replace(ask, parents=())
        futures = [
            self._executor.submit(JudgeBatch(batch_of(alone, [p.candidate for p in parents], -math.inf)))
            for parents in _parts(ask.parents, self._batch)
        ]
        verdicts = [verdict for future in futures for verdict in _verdicts(future.result())]
        verdicts[0] = self._as_reference(verdicts[0], seed)
        named = [
            msgspec.structs.replace(verdict, candidate=parent.candidate)
            for verdict, parent in zip(verdicts, ask.parents, strict=True)
        ]
        return tuple(self._best_confirmed(alone, named))

    def _seed(self) -> PlainResult:
        reply = self._executor.submit(JudgePlainly("train", (self._task.program.source,))).result()
        if not isinstance(reply, PlainResults):
            raise TypeError(f"a worker answered {type(reply).__name__}")
        return reply.results[0]

    def _as_reference(self, verdict: Verdict, seed: PlainResult) -> Verdict:
        """Return the seed program's verdict with the scores that are the reference.

        Raises:
            TaskError: if the seed program is rejected where it was accepted a moment before.
        """
        if not verdict.accepted:
            raise self._seed_rejected(verdict)
        value = self._loss(seed.scores, seed.scores)
        return msgspec.structs.replace(verdict, scores=seed.scores, loss=value)

    def _loss(self, scores: Sequence[float], reference: Sequence[float]) -> float:
        settings = self._task.settings
        return loss(scores, reference, settings.aggregate, settings.direction)

    def _best_confirmed(self, ask: Ask, verdicts: list[Verdict]) -> list[Verdict]:
        """Have the best audited and validated; where that fails it is rejected and the next best is tried."""
        known = [(v.loss, place) for place, v in enumerate(verdicts) if v.accepted and v.loss is not None]
        for _, place in sorted(known):
            candidate = verdicts[place].candidate
            assert candidate is not None
            reply = self._executor.submit(JudgeBatch(batch_of(ask, [candidate], math.inf))).result()
            confirmed = _verdicts(reply)[0]
            if confirmed.accepted:
                verdicts[place] = msgspec.structs.replace(
                    verdicts[place], audited=confirmed.audited, validation=confirmed.validation
                )
                return verdicts
            if place == 0:
                raise self._seed_rejected(confirmed)
            verdicts[place] = msgspec.structs.replace(confirmed, candidate=candidate)
        return verdicts

    def _seed_rejected(self, verdict: Verdict) -> TaskError:
        return TaskError(
            f"{self._task.origin}: the seed program was accepted on train and then rejected: "
            f"{verdict.rejection}: {verdict.detail}. Make it repeatable, or raise the limits"
        )


def elites_of(verdicts: Sequence[Verdict]) -> list[Elite]:
    """Return those that were accepted, in their order."""
    return [
        Elite(verdict.candidate, verdict.loss, verdict.scores, verdict.behaviour, verdict.measures)
        for verdict in verdicts
        if verdict.accepted and verdict.candidate is not None and verdict.loss is not None
    ]


def regrading(ask: Ask) -> tuple[Proposal, ...]:
    """Return the proposals that an ask for elites to be judged anew is answered by: these elites."""
    return tuple(
        Proposal(EPOCH, (elite.candidate.digest,), Vector(elite.candidate.template, elite.candidate.literals))
        for elite in ask.parents
    )


def _parts(elites: Sequence[Elite], size: int) -> list[Sequence[Elite]]:
    return [elites[first : first + size] for first in range(0, len(elites), size)]


def _verdicts(reply: object) -> tuple[Verdict, ...]:
    if not isinstance(reply, Verdicts):
        raise TypeError(f"a worker answered {type(reply).__name__} to a batch")
    return reply.verdicts
