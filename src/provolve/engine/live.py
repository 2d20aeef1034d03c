"""The loop of a run whose proposals take their time: by calls of a model, or of a program.

Asks are told in the order in which they are answered and judged, so that one slow reply holds up nobody.
After each tell the window is filled again: so the recorded order of the tells alone decides when each ask is
made and from what. Whatever else could differ in a second run is bound to that order too: the loss that a
candidate has to better is that of its ask's beginning, and a duplicate is told after its original.
"""

from __future__ import annotations

import collections
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from typing import Any, cast

from provolve.engine.admission import Admission, Admitted
from provolve.engine.bench import WorkerBench
from provolve.engine.best import Best
from provolve.engine.executor import Executor
from provolve.engine.frame import Frame
from provolve.engine.known import Known
from provolve.engine.loop import Loop
from provolve.engine.messages import JudgeBatch, Verdicts
from provolve.engine.pending import Pending, batch_of, ran
from provolve.errors import StoreError
from provolve.propose import Answered, Context, LiveProposer, Unhurried
from provolve.record import Ask, Call, CallOutcome, Notice, Proposal, Rejection, Verdict
from provolve.search import Strategy, Thinking
from provolve.store import AskRecord, RunReader, RunWriter

_TICK = 0.05
_LAST_WORDS = 2.0
"""Seconds that a proposer has to say what its calls have cost when the time of the run is over."""

Asked = Callable[[int], tuple[AskRecord, tuple[Verdict, ...]] | None]
"""Finds an ask in the record by its id."""


@dataclass
class _Open:
    """An ask that was made and not told yet."""

    ask: Ask
    incumbent: float
    answer: Future[Answered] | None = None
    recorded: tuple[AskRecord, tuple[Verdict, ...]] | None = None
    pending: Pending | None = None
    """Once it is answered: what was admitted and went to the judge."""


class LiveLoop(Loop):
    """One search with a `LiveProposer`, from its start or its record, to the end of its budget or a stop."""

    def __init__(
        self,
        frame: Frame,
        strategy: Strategy,
        proposer: LiveProposer,
        executor: Executor,
        writer: RunWriter,
        *,
        best: Best,
        **how: Any,
    ) -> None:
        super().__init__(frame, strategy, proposer, executor, writer, best=best, **how)
        self._live = proposer
        self._bench = WorkerBench(executor)
        # Looked up once: the check of a protocol takes as long as a draw of parents.
        self._unhurried = proposer if isinstance(proposer, Unhurried) else None
        starts = [start.candidate for start in frame.starts]
        self._known = Known(starts, lambda _: None)
        self._admission = Admission(frame.program, (start.digest for start in starts), self._known.find)
        self._open: dict[int, _Open] = {}
        self._arrivals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._untold: dict[str, int] = {}
        self._waiters: dict[int, list[int]] = {}
        self._asked: Asked = lambda _: None
        self._repeating = True
        self._made = 0
        self._order: Iterator[int] = iter(())
        self._calls: collections.Counter[CallOutcome] = collections.Counter()

    def go_on(self, reader: RunReader) -> None:
        """Go on from a record, and find in it what is no longer at hand."""
        self._order, self._asked = reader.order(), reader.asked
        self._known.read = reader.candidate_named
        self._seconds_before = reader.spent().seconds

    def run(self) -> str:
        """Search; return ``budget``, ``bound``, ``exhausted`` or ``stopped``."""
        try:
            self._repeat()
            self._search()
        finally:
            self._live.close()
        self._sum_up_calls()
        self.commit()
        return self._reason or "budget"

    def _context(self, ask: Ask) -> Context:
        return replace(super()._context(ask), bench=self._bench)

    # What the record holds ------------------------------------------------------------------------------

    def _repeat(self) -> None:
        """Make and tell the recorded asks in their order; then begin those that were not told."""
        for ask_id in self._order:
            if ask_id == 0:
                continue
            while self._wants_more and len(self._open) < self._frame.window:
                self._make()
            if self._epochs.now.ending and not self._open:
                self._begin_epoch()
                continue
            opened = self._open.pop(ask_id, None)
            if opened is None or opened.recorded is None or opened.pending is None:
                raise StoreError(
                    f"{self._writer.path}: ask {ask_id} of the record was never made on the way there: "
                    "restore the file from a copy"
                )
            self._reserved += sum(map(ran, opened.recorded[1]))
            self._tell(opened.pending, opened.recorded[1])
        while self._open and self._wants_more and len(self._open) < self._frame.window:
            self._make()
        self._repeating = False
        self._asked = lambda _: None  # all that the record holds has been told
        self._reason = self._reason or self._why_end()
        for opened in list(self._open.values()):
            if self._reason is None:
                self._begin(opened)
            else:
                del self._open[opened.ask.id]

    def _make(self) -> _Open:
        """Have the strategy make an ask; take its answer from the record if it is there."""
        ask = self._strategy.ask()
        self._made = ask.id
        opened = self._open[ask.id] = _Open(ask, self.best.loss, recorded=self._asked(ask.id))
        if opened.recorded is not None:
            record, _ = opened.recorded
            if record.parents != tuple(parent.candidate.digest for parent in ask.parents):
                raise self._differs(ask)
            answered = Answered(record.proposals, record.calls, record.choice, thought=record.thought)
            self._live.begin(ask, self._context(ask), answered)
            admitted = Admitted(ask, record.proposals, (), ())
            opened.pending = Pending(
                admitted,
                opened.incumbent,
                recorded=opened.recorded,
                choice=record.choice,
                calls=record.calls,
                thought=record.thought,
            )
        return opened

    def _recorded_to_follow(self) -> AskRecord | None:
        """Return what the record holds of the next ask to be made, or of a later one that was told."""
        if self._repeating:
            for ask_id in range(self._made + 1, self._made + 1 + self._frame.window):
                found = self._asked(ask_id)
                if found is not None:
                    return found[0]
        return None

    def _take_recorded(
        self, ask: Ask, proposals: tuple[Proposal, ...]
    ) -> tuple[AskRecord, tuple[Verdict, ...]] | None:
        self._made = ask.id
        recorded = self._asked(ask.id)
        if recorded is not None and recorded[0].proposals != proposals:
            raise self._differs(ask)
        return recorded

    def _end_epoch_if_due(self) -> None:
        """As of `Loop`; but whoever may never answer is not waited for, so that there are no other epochs."""
        if not isinstance(self._live, Unhurried):
            super()._end_epoch_if_due()

    # The search -----------------------------------------------------------------------------------------

    def _search(self) -> None:
        while True:
            if not self._open:
                self._begin_epoch_if_ended()
            self._fill()
            if self._unhurried is not None:
                # Before the last verdict is told: whoever reads it finds the search over.
                self._reason = self._reason or self._why_end()
            if self._reason is not None:
                self._want_no_more()
            if not self._open:
                return
            arrived = self._next()
            if arrived is None:
                self._give_up()
                return
            self._advance(arrived)

    def _want_no_more(self) -> None:
        """Let go of asks that somebody might never answer."""
        if self._unhurried is not None:
            self._unhurried.enough()
            for opened in list(self._open.values()):
                if opened.answer is not None and opened.answer.cancelled():
                    del self._open[opened.ask.id]

    def _fill(self) -> None:
        while self._wants_more and len(self._open) < self._frame.window:
            self._reason = self._why_end()
            if self._reason is None:
                self._begin(self._make())

    def _why_end(self) -> str | None:
        budget, spent = self._frame.budget, self.spent
        if budget.tokens is not None and spent.tokens >= budget.tokens:
            return "budget"
        if budget.usd is not None and spent.usd >= budget.usd:
            return "budget"
        return super()._why_end()

    def _begin(self, opened: _Open) -> None:
        opened.answer = self._live.begin(opened.ask, self._context(opened.ask))
        opened.answer.add_done_callback(lambda _: self._arrivals.put(opened.ask.id))

    def _next(self) -> _Open | None:
        """Wait for an answer or a verdict; None if the time is over first."""
        while True:
            try:
                opened = self._open.get(self._arrivals.get(timeout=_TICK))
            except queue.Empty:
                opened = None
                if self._stop.is_set() and self._unhurried is not None:
                    self._reason = self._reason or "stopped"
                    self._want_no_more()
                    if not self._open:
                        return None
            self._journal.commit_if_due()
            seconds = self._frame.budget.seconds
            if seconds is not None and self._seconds() >= seconds and self._reason != "stopped":
                self._reason = "budget"
                return None
            if opened is not None:
                return opened

    def _advance(self, opened: _Open) -> None:
        """Send what was answered to the judge, or tell what was judged."""
        if opened.pending is None:
            self._admit(opened, room=self._room())
        if not self._settled(opened):
            return
        original = self._waits_for(opened)
        if original is not None:
            self._waiters.setdefault(original, []).append(opened.ask.id)
            return
        self._finish(opened)

    def _room(self) -> int | None:
        budget = self._frame.budget.candidates
        return None if budget is None else max(0, budget - self._reserved)

    def _admit(self, opened: _Open, room: int | None) -> None:
        answered = cast("Future[Answered]", opened.answer).result()
        admitted = self._admission.admit(opened.ask, answered.proposals, room)
        pending = Pending(
            admitted,
            opened.incumbent,
            choice=answered.choice,
            calls=answered.calls,
            thought=answered.thought,
        )
        opened.pending = pending
        if (answered.ended or answered.exhausted) and self._reason is None:
            self._reason = "exhausted" if answered.exhausted else "budget"
        candidates = admitted.to_judge
        if candidates:
            self._reserved += len(candidates)
            self._untold.update((candidate.digest, opened.ask.id) for candidate in candidates)
            batch = batch_of(opened.ask, candidates, opened.incumbent)
            pending.future = self._executor.submit(JudgeBatch(batch))
            pending.future.add_done_callback(lambda _: self._arrivals.put(opened.ask.id))

    @staticmethod
    def _settled(opened: _Open) -> bool:
        future = opened.pending.future if opened.pending is not None else None
        return future is None or future.done()

    def _waits_for(self, opened: _Open) -> int | None:
        """Return the ask of a candidate that this one repeats and that is not told yet."""
        pending = cast(Pending, opened.pending)
        for verdict in pending.admitted.verdicts:
            if verdict is not None and verdict.rejection is Rejection.DUPLICATE_SOURCE:
                original = self._untold.get(verdict.duplicate_of, opened.ask.id)
                if original != opened.ask.id:
                    return original
        return None

    def _finish(self, opened: _Open) -> None:
        pending = cast(Pending, opened.pending)
        judged: tuple[Verdict, ...] = ()
        if pending.future is not None:
            reply = pending.future.result()
            if not isinstance(reply, Verdicts):
                raise TypeError(f"a worker answered {type(reply).__name__} to a batch")
            judged = reply.verdicts
        del self._open[opened.ask.id]
        for candidate in pending.admitted.to_judge:
            self._untold.pop(candidate.digest, None)
        self._tell(pending, self._decide(pending.admitted, judged))
        self._watch(pending.calls)
        for waiter in self._waiters.pop(opened.ask.id, ()):
            self._arrivals.put(waiter)

    def _watch(self, calls: Sequence[Call]) -> None:
        """Tell of the first call that fails in each way: without it, a dead server would go unnoticed."""
        for call in calls:
            if call.outcome not in (CallOutcome.ANSWERED, CallOutcome.UNAFFORDABLE, *self._calls):
                text = f"a call of {call.model} failed ({call.outcome}): {call.detail}; the search goes on"
                self._journal.announce(Notice("calls", text))
            self._calls[call.outcome] += 1

    def _sum_up_calls(self) -> None:
        failed = {how: count for how, count in self._calls.items() if how is not CallOutcome.ANSWERED}
        if failed:
            ways = ", ".join(f"{count} {how}" for how, count in sorted(failed.items()))
            text = f"{sum(failed.values())} of {self._calls.total()} calls brought no whole reply: {ways}"
            self._journal.announce(Notice("calls", text))

    def _tell(self, head: Pending, verdicts: tuple[Verdict, ...]) -> None:
        if head.thought and isinstance(self._strategy, Thinking):
            self._strategy.think(head.admitted.ask.id, head.thought)
        super()._tell(head, verdicts)
        for verdict in verdicts:
            if verdict.candidate is not None:
                self._known.add(verdict.candidate)

    def _give_up(self) -> None:
        """The time is over: drop what is with the judge, and record what the open calls have cost."""
        self._want_no_more()
        self._live.close()
        answers = [opened.answer for opened in self._open.values() if opened.pending is None]
        wait([answer for answer in answers if answer is not None], timeout=_LAST_WORDS)
        for opened in list(self._open.values()):
            if opened.pending is not None and opened.pending.future is not None:
                opened.pending.future.cancel()
            elif opened.answer is not None and opened.answer.done():
                self._admit(opened, room=0)
                self._finish(opened)
