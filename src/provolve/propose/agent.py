"""Candidates from somebody outside who submits them one at a time: a coding agent."""

from __future__ import annotations

import bisect
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from provolve.errors import UsageError
from provolve.propose.proposer import Answered, Context
from provolve.propose.redaction import Redaction
from provolve.record import Ask, AskTold, Candidate, Edit, Elite, Proposal, Rewrite, Verdict

OPERATOR = "agent"
FINISH = "finish"
OVER = "the search is over: the budget is spent, or somebody ended it"
ELITES = 100
"""How many of the best candidates are kept for whoever submits."""


@dataclass
class _Submitted:
    """A submission, or None in its place where the search is to end; ``told`` will hold what came of it."""

    proposal: Proposal | None
    told: Future[AskTold] = field(default_factory=Future)


@dataclass
class _Open:
    future: Future[Answered]
    submitted: _Submitted | None = None


class AgentProposer:
    """Answers each ask with what is submitted next. All of it may be called from any thread.

    An ask waits until somebody submits, and a submission until there is an ask for it: the window of the run
    is how many are judged at a time.

    Args:
        seed, in_flight: as every live proposer is given them; nothing here is drawn.
        attended: whether somebody is there to submit. If not, asks that the record does not answer are
            refused.
    """

    def __init__(self, *, seed: int = 0, in_flight: int = 1, attended: bool = False) -> None:
        self._attended = attended
        self._lock = threading.Lock()
        self._open: dict[int, _Open] = {}
        self._waiting: deque[_Open] = deque()
        self._queue: deque[_Submitted] = deque()
        self._over = ""
        self._known: dict[str, Candidate] = {}
        self._elites: list[Elite] = []
        self._redact = Redaction()

    # For the loop ---------------------------------------------------------------------------------------

    def begin(self, ask: Ask, context: Context, recorded: Answered | None = None) -> Future[Answered]:
        """Have the ask wait for a submission; see `LiveProposer.begin`.

        Raises:
            UsageError: if nobody is there to submit.
        """
        opened = _Open(Future())
        with self._lock:
            self._open[ask.id] = opened
            if recorded is not None:
                opened.future.set_result(recorded)
            elif not self._attended:
                raise UsageError(
                    "the candidates of this run are submitted by an agent, and none is connected: let one go "
                    "on with `provolve mcp --resume RUN`"
                )
            elif self._over:
                opened.future.cancel()
            else:
                self._waiting.append(opened)
                self._match()
        return opened.future

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Keep what was judged, so that it can be built upon; see `LiveProposer.observe`."""
        with self._lock:
            opened = self._open.get(ask_id)
            if opened is None:
                raise ValueError(f"ask {ask_id} is unknown here, or its verdicts were observed already")
            if opened.submitted is None:
                del self._open[ask_id]
            self._keep(verdicts)

    def enough(self) -> None:
        """Cancel what waits for a submission; later submissions are told that the search is over."""
        self.close()

    def close(self) -> None:
        """Cancel what waits for a submission; see `LiveProposer.close`."""
        with self._lock:
            self._over = self._over or OVER
            while self._waiting:
                self._waiting.popleft().future.cancel()
            self._refuse_queued()

    # For whoever submits --------------------------------------------------------------------------------

    def submit(self, parent: str, change: Edit | Rewrite) -> Future[AskTold]:
        """Submit a change of the candidate whose digest is ``parent``.

        The future holds the event with its verdict once that is committed, or a UsageError if the search
        ended first.

        Raises:
            UsageError: if the search is over already.
        """
        if isinstance(change, Edit):
            change = Edit(self._redact(change.text))
        else:
            change = Rewrite(tuple(self._redact(text) for text in change.regions))
        return self._enqueue(_Submitted(Proposal(OPERATOR, (parent,), change)))

    def finish(self) -> None:
        """End the search after what was submitted until now; twice is fine."""
        try:
            self._enqueue(_Submitted(None))
        except UsageError:
            return

    def told(self, event: AskTold) -> None:
        """Take an event of the run: what was committed is told to whoever submitted it."""
        with self._lock:
            opened = self._open.pop(event.ask, None)
        if opened is not None and opened.submitted is not None:
            opened.submitted.told.set_result(event)

    def give_up(self, why: str) -> None:
        """Tell all whose submissions have no verdict that there will be none, and why."""
        with self._lock:
            self._over = why
            left = [one.submitted for one in self._open.values() if one.submitted is not None]
            self._open.clear()
            self._refuse_queued()
        for submitted in left:
            submitted.told.set_exception(
                UsageError(f"the search ended before this was judged, and it is not on record: {why}")
            )

    def keep(self, verdicts: Iterable[Verdict]) -> None:
        """Take in verdicts that are in the record already."""
        with self._lock:
            self._keep(verdicts)

    def elites(self) -> list[Elite]:
        """Return the best candidates that were accepted, at most ``ELITES``, the best on train first."""
        with self._lock:
            return list(self._elites)

    def find(self, digest: str) -> list[Candidate]:
        """Return the candidates whose digest begins with ``digest``, whatever became of them."""
        with self._lock:
            if digest in self._known:
                return [self._known[digest]]
            return [candidate for name, candidate in self._known.items() if name.startswith(digest)]

    # Under the lock -------------------------------------------------------------------------------------

    def _enqueue(self, submitted: _Submitted) -> Future[AskTold]:
        with self._lock:
            if self._over:
                raise UsageError(f"{self._over}. Nothing more is judged, and this is not on record")
            self._queue.append(submitted)
            self._match()
        return submitted.told

    def _match(self) -> None:
        """Give waiting asks to waiting submissions, both in their order."""
        while self._waiting and self._queue:
            opened, submitted = self._waiting.popleft(), self._queue.popleft()
            if submitted.proposal is None:
                opened.future.set_result(Answered(choice=FINISH, exhausted=True))
            else:
                opened.submitted = submitted
                opened.future.set_result(Answered((submitted.proposal,), choice=OPERATOR))

    def _refuse_queued(self) -> None:
        while self._queue:
            self._queue.popleft().told.set_exception(
                UsageError(f"{self._over}. This was not judged and is not on record")
            )

    def _keep(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            candidate = verdict.candidate
            if candidate is None or candidate.digest in self._known:
                continue
            self._known[candidate.digest] = candidate
            if verdict.accepted and verdict.loss is not None:
                elite = Elite(candidate, verdict.loss, verdict.scores, verdict.behaviour, verdict.measures)
                bisect.insort(self._elites, elite, key=lambda one: one.loss)
                del self._elites[ELITES:]
