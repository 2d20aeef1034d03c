"""The loop of a run: ask ahead, judge, tell in the order of the asks.

What makes a run repeatable is here. Ask k + window is made after ask k was told and before ask k + 1 is,
whatever the workers do; duplicates, the best and the budget of candidates are decided in the order of the
asks. A recorded ask is told from the record instead of being judged, so a resumed run goes the same way.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import wait
from typing import cast

import msgspec

from provolve.engine.admission import Admission, Admitted
from provolve.engine.behaviours import Behaviours
from provolve.engine.best import Best
from provolve.engine.epochs import Epochs, elites_of, regrading
from provolve.engine.executor import Executor
from provolve.engine.frame import Frame
from provolve.engine.journal import Journal
from provolve.engine.messages import JudgeBatch, Verdicts
from provolve.engine.pending import Pending, Snapshot, batch_of, ran
from provolve.engine.pieces import RunOver, spread
from provolve.engine.seeds import ask_generator
from provolve.errors import StoreError
from provolve.propose import Context, LiveProposer, Proposer, Regrading
from provolve.propose import Resumable as ResumableProposer
from provolve.record import EPOCH, SOURCE_REJECTIONS, Ask, AskTold, Event, Proposal, Spent, Verdict
from provolve.search import Regradable, Strategy
from provolve.search import Resumable as ResumableStrategy
from provolve.store import AskRecord, RunWriter

IDLE_ASKS = 500
"""Asks in a row of which no candidate reached the sandbox, after which the proposer counts as exhausted."""
_TICK = 0.05
"""Seconds after which the clock is looked at while a verdict is awaited."""
_SNAPSHOT_EVERY = 1.0

Recorded = Iterator[tuple[AskRecord, tuple[Verdict, ...]]]


class Loop:
    """One search, from its start or from a snapshot, to the end of its budget or to a stop."""

    def __init__(
        self,
        frame: Frame,
        strategy: Strategy,
        proposer: Proposer | LiveProposer,
        executor: Executor,
        writer: RunWriter,
        *,
        best: Best,
        epochs: Epochs,
        clock: Callable[[], float],
        listener: Callable[[Event], None],
        stop: threading.Event,
    ) -> None:
        self._frame = frame
        self._strategy = strategy
        self._proposer = proposer
        self._executor = executor
        self._writer = writer
        self._clock = clock
        self._journal = Journal(writer, clock, listener)
        self._stop = stop
        self._admission = Admission(frame.program)
        self._behaviours = Behaviours()
        self._pending: deque[Pending] = deque()
        self._recorded: Recorded = iter(())
        self._next_recorded: tuple[AskRecord, tuple[Verdict, ...]] | None = None
        self._reason: str | None = None
        self._reserved = 0
        self._idle = 0
        self._told = 0
        self._snapshot_told = 0
        self._epochs = epochs
        self.best = best
        self.spent = Spent()
        for start in frame.starts:
            self._remember(start.candidate.digest, start.behaviour)
        self._began = self._snapshot_at = clock()
        self._seconds_before = 0.0

    # Going on from a record ---------------------------------------------------------------------------

    def restore(
        self,
        snapshot: Snapshot | None,
        identities: Iterable[tuple[str, str]],
        recorded: Recorded,
        spent: Spent,
    ) -> None:
        """Go on from ``snapshot`` (None: from the start).

        ``identities`` are digest and behaviour of the candidates up to the snapshot, the behaviour where it
        is of the snapshot's epoch, ``recorded`` the asks after it; ``spent`` is what the record says was
        spent in all.
        """
        if snapshot is not None and snapshot.epoch is not None:
            self._epochs.resume(snapshot.epoch)
            if snapshot.epoch.number:
                self._behaviours = Behaviours()
        for digest, behaviour in identities:
            self._remember(digest, behaviour)
        self._recorded = recorded
        self._next_recorded = next(recorded, None)
        self._seconds_before = spent.seconds
        if snapshot is None:
            return
        self._told = self._snapshot_told = snapshot.told
        self.spent, self.best, self._idle = snapshot.spent, snapshot.best, snapshot.idle
        self._reserved = snapshot.spent.candidates
        if isinstance(self._strategy, ResumableStrategy):
            self._strategy.restore(snapshot.strategy)
        if isinstance(self._proposer, ResumableProposer):
            self._proposer.restore(snapshot.proposer)
        for ask, proposals, incumbent in snapshot.pending:
            self._submit(ask, proposals, incumbent)

    def _remember(self, digest: str, behaviour: str) -> None:
        self._admission.see(digest)
        self._behaviours.see(digest, behaviour)

    # The loop -----------------------------------------------------------------------------------------

    def run(self) -> str:
        """Search; return ``budget``, ``bound``, ``exhausted`` or ``stopped``."""
        while True:
            if not self._pending:
                self._begin_epoch_if_ended()
            self._fill()
            if not self._pending:
                break
            self._maybe_snapshot()
            head = self._pending[0]
            verdicts = self._await(head)
            if verdicts is None:
                break
            self._pending.popleft()
            self._tell(head, verdicts)
        for pending in self._pending:
            if pending.future is not None:
                pending.future.cancel()
        self.commit()
        return self._reason or "budget"

    def _fill(self) -> None:
        while self._wants_more and len(self._pending) < self._frame.window:
            self._reason = self._why_end()
            if self._reason is not None:
                return
            ask = self._strategy.ask()
            proposer = cast(Proposer, self._proposer)
            try:
                proposals = tuple(proposer.propose(ask, self._context(ask))[: ask.count])
            except RunOver as over:
                self._reason = over.reason
                return
            self._submit(ask, proposals, self.best.loss)

    @property
    def _wants_more(self) -> bool:
        return self._reason is None and not self._epochs.now.ending

    def _context(self, ask: Ask) -> Context:
        frame = self._frame
        return Context(
            program=frame.program,
            entry=frame.entry,
            starts=self._epochs.now.starts,
            rng=ask_generator(frame.seed, ask.id),
            ranges=frame.ranges,
            elementwise=frame.elementwise,
            units=frame.units,
            surrogate=frame.surrogate,
            statement=frame.statement,
            budget=frame.budget,
            spread=self._spread,
        )

    def _spread(self, pieces: Sequence[bytes]) -> list[bytes]:
        return spread(self._executor, pieces, self._still)

    def _still(self) -> str | None:
        """Return why the run is over, if it is; meanwhile, commit what is due."""
        self._journal.commit_if_due()
        return self._why_end()

    def _why_end(self) -> str | None:
        budget = self._frame.budget
        if self._stop.is_set():
            return "stopped"
        if budget.seconds is not None and self._seconds() >= budget.seconds and self._next_recorded is None:
            return "budget"
        if budget.candidates is not None and self._reserved >= budget.candidates:
            return "budget"
        return "exhausted" if self._idle >= IDLE_ASKS else None

    def _submit(self, ask: Ask, proposals: tuple[Proposal, ...], incumbent: float) -> None:
        budget = self._frame.budget.candidates
        room = None if budget is None else max(0, budget - self._reserved)
        recorded = self._take_recorded(ask, proposals)
        admitted = self._admission.admit(ask, proposals, None if recorded else room)
        pending = Pending(admitted, incumbent, recorded=recorded)
        if recorded is not None:
            self._reserved += sum(map(ran, recorded[1]))
        else:
            candidates = admitted.to_judge
            self._reserved += len(candidates)
            if candidates:
                pending.future = self._executor.submit(JudgeBatch(batch_of(ask, candidates, incumbent)))
        self._pending.append(pending)

    def _take_recorded(
        self, ask: Ask, proposals: tuple[Proposal, ...]
    ) -> tuple[AskRecord, tuple[Verdict, ...]] | None:
        """Return what the record holds of this ask, if it does.

        Raises:
            StoreError: if the record holds other proposals for this ask than are made now.
        """
        recorded = self._next_recorded
        if recorded is None:
            return None
        if recorded[0].ask != ask.id or recorded[0].proposals != proposals:
            raise self._differs(ask)
        self._next_recorded = next(self._recorded, None)
        return recorded

    def _differs(self, ask: Ask) -> StoreError:
        return StoreError(
            f"{self._writer.path}: ask {ask.id} of the record is not what this installation asks, so "
            "the run cannot go on as it began. It was made by other versions "
            f"({_versions(self._writer.spec.versions)}); resume it with those, or start a new run."
        )

    def _await(self, head: Pending) -> tuple[Verdict, ...] | None:
        """Return the verdicts of ``head``, or None if the time ended first."""
        if head.recorded is not None:
            return head.recorded[1]
        if head.future is None:
            return self._decide(head.admitted, ())
        while not wait((head.future,), timeout=_TICK).done:
            self._journal.commit_if_due()
            seconds = self._frame.budget.seconds
            if seconds is not None and self._seconds() >= seconds and self._reason != "stopped":
                self._reason = "budget"
                return None
        reply = head.future.result()
        if not isinstance(reply, Verdicts):
            raise TypeError(f"a worker answered {type(reply).__name__} to a batch")
        return self._decide(head.admitted, reply.verdicts)

    def _decide(self, admitted: Admitted, judged: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """Join what admission and the judge say, and mark duplicates by behaviour in the order of asks."""
        rest = iter(judged)
        decided = []
        for candidate, verdict in zip(admitted.candidates, admitted.verdicts, strict=True):
            if verdict is None:
                verdict = self._behaviours.marked(msgspec.structs.replace(next(rest), candidate=candidate))
                if candidate is not None:
                    self._remember(candidate.digest, verdict.behaviour)
            decided.append(verdict)
        return tuple(decided)

    def _tell(self, head: Pending, verdicts: tuple[Verdict, ...]) -> None:
        ask = head.admitted.ask
        self._count(head, verdicts)
        for verdict in verdicts:
            self.best = self.best.after(verdict)
        if head.recorded is not None:
            for verdict in verdicts:
                if verdict.candidate is not None:
                    self._remember(verdict.candidate.digest, verdict.behaviour)
        else:
            self._record(head, verdicts)
        self._strategy.tell(ask.id, verdicts)
        self._proposer.observe(ask.id, verdicts)
        self._check_bound(verdicts)
        self._end_epoch_if_due()
        self._journal.commit_if_due()

    def _count(self, head: Pending, verdicts: tuple[Verdict, ...]) -> None:
        self._told = head.admitted.ask.id
        reached = sum(map(ran, verdicts))
        self._idle = 0 if reached else self._idle + 1
        self.spent = Spent(
            seconds=self._seconds(),
            candidates=self.spent.candidates + reached,
            judged=self.spent.judged + sum(verdict.work > 0 for verdict in verdicts),
            source_rejections=self.spent.source_rejections
            + sum(verdict.rejection in SOURCE_REJECTIONS for verdict in verdicts),
            tokens=self.spent.tokens + sum(call.tokens for call in head.calls),
            usd=self.spent.usd + sum(call.usd or 0.0 for call in head.calls),
        )

    def _record(self, head: Pending, verdicts: tuple[Verdict, ...]) -> None:
        ask, proposals = head.admitted.ask, head.admitted.proposals
        record = AskRecord(
            ask=ask.id,
            parents=tuple(parent.candidate.digest for parent in ask.parents),
            island=ask.island,
            proposals=proposals,
            spent=self.spent,
            at=self.spent.seconds,
            choice=head.choice,
            calls=head.calls,
            thought=head.thought,
        )
        told = AskTold(
            ask=ask.id,
            operator=",".join(sorted({proposal.operator for proposal in proposals})),
            verdicts=verdicts,
            spent=self.spent,
            best=self.best.loss,
            best_digest=self.best.digest,
            best_validation=self.best.validation,
        )
        self._journal.add(record, verdicts, told)

    def _check_bound(self, verdicts: tuple[Verdict, ...]) -> None:
        bound = self._frame.bound
        if bound is None or self._reason is not None:
            return
        if any(v.audited and v.scores and all(score == bound for score in v.scores) for v in verdicts):
            self._reason = "bound"

    # Epochs -------------------------------------------------------------------------------------------

    def _end_epoch_if_due(self) -> None:
        """Ask nothing more in this epoch if it gets no further and there is a next one.

        Where the record goes on from here it decides: a resume may have set another budget.
        """
        self._epochs.note(self.best.validation, self.spent.candidates)
        if self._epochs.now.ending or not isinstance(self._strategy, Regradable):
            return
        follows = self._recorded_to_follow()
        if follows is None:
            due = self._epochs.due(self.spent.candidates) and self._fits(self._regraded())
        else:
            due = follows.begins_epoch and self._epochs.has_next
        if due:
            self._epochs.end()

    def _regraded(self) -> int:
        return max(self._epochs.regraded(self.spent.candidates), len(self._epochs.now.starts))

    def _fits(self, candidates: int) -> bool:
        budget = self._frame.budget.candidates
        return budget is None or budget - self._reserved >= candidates

    def _recorded_to_follow(self) -> AskRecord | None:
        """Return what the record holds of the next ask that is to be made."""
        return None if self._next_recorded is None else self._next_recorded[0]

    def _begin_epoch_if_ended(self) -> None:
        """Begin the next epoch, all that was asked in the last one being told, unless the run ends there."""
        if self._epochs.now.ending:
            self._reason = self._reason or self._why_end()
            if self._reason is None:
                self._begin_epoch()

    def _begin_epoch(self) -> None:
        """Judge the elites anew that the strategy wants to keep, and go on from them."""
        strategy = cast(Regradable, self._strategy)
        ask = strategy.regrade(self._epochs.regraded(self.spent.candidates))
        proposals = regrading(ask)
        recorded = self._take_recorded(ask, proposals)
        known = None if recorded is None else recorded[1]
        verdicts = self._epochs.begin(ask, self.spent.candidates, known)
        head = Pending(Admitted(ask, proposals, (), ()), self.best.loss, recorded=recorded, choice=EPOCH)
        self._reserved += len(verdicts)
        self._count(head, verdicts)
        elites = elites_of(verdicts)
        if not elites:
            strategy.regraded(ask.parents)
        else:
            self.best = self.best.in_epoch(self._epochs.now.number, verdicts)
            self._behaviours = Behaviours()
            for verdict in verdicts:
                if verdict.candidate is not None:
                    self._behaviours.see(verdict.candidate.digest, verdict.behaviour)
            strategy.regraded(elites)
            if isinstance(self._proposer, Regrading):
                self._proposer.begin_epoch(elites)
            self._check_bound(verdicts)
        if recorded is None:
            self._record(head, verdicts)
            self._journal.announce(self._epochs.told(verdicts))
        self._journal.commit_if_due()

    # Time and record ----------------------------------------------------------------------------------

    def _seconds(self) -> float:
        return self._seconds_before + self._clock() - self._began

    def commit(self) -> None:
        """Commit the open group, then announce what was committed."""
        self._journal.commit()

    def _maybe_snapshot(self) -> None:
        """Keep a snapshot now and then, where the window is full as it is in an unbroken run."""
        due = self._clock() - self._snapshot_at >= _SNAPSHOT_EVERY and self._told > self._snapshot_told
        strategy, proposer = self._strategy, self._proposer
        if not due or self._reason is not None:
            return
        if not (isinstance(strategy, ResumableStrategy) and isinstance(proposer, ResumableProposer)):
            return  # a resumed run starts from its first ask, with every verdict from the record
        snapshot = Snapshot(
            told=self._told,
            spent=self.spent,
            best=self.best,
            idle=self._idle,
            strategy=strategy.snapshot(),
            proposer=proposer.snapshot(),
            pending=tuple(
                (waiting.admitted.ask, waiting.admitted.proposals, waiting.incumbent)
                for waiting in self._pending
            ),
            epoch=self._epochs.now,
        )
        self._writer.put_snapshot(self._told, msgspec.msgpack.encode(snapshot))
        self._snapshot_at, self._snapshot_told = self._clock(), self._told
        self.commit()


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items())) or "unknown"
