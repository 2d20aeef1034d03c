"""One run that agents drive: the engine in a thread, and what may be asked of it from outside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import msgspec

from provolve.agent.telling import (
    Told,
    budget_told,
    elite_told,
    finished_told,
    source_told,
    task_told,
    verdict_told,
)
from provolve.agent.tools import ElitesCall, SubmitCall
from provolve.engine.conduct import Conduct, Outcome
from provolve.engine.start import Start
from provolve.errors import ProvolveError, UsageError
from provolve.propose.agent import OVER, AgentProposer
from provolve.record import (
    AskTold,
    Budget,
    Candidate,
    ChampionChosen,
    Edit,
    Event,
    Finished,
    Rewrite,
    RunStarted,
    Spent,
)
from provolve.store import RunReader
from provolve.task import Task

_LEAST_DIGITS = 6


class Session:
    """Carries out a run in a thread of its own and answers questions about it from any other.

    Args:
        task: the task of the run.
        go: has the engine carry out the run with the conduct it is given.
        conduct: how; what listens there goes on listening.
        runs: folder of runs.
    """

    def __init__(self, task: Task, go: Callable[[Conduct], Outcome], conduct: Conduct, runs: Path) -> None:
        self._task = task
        self._runs = runs
        self._go = go
        self._proposer = AgentProposer(attended=True)
        self._conduct = replace(conduct, listener=self._see, proposer=self._proposer)
        self._listener = conduct.listener
        self._lock = threading.Lock()
        self._budget, self._spent = Budget(), Spent()
        self._best, self._best_digest = float("inf"), ""
        self._state = "starting"
        self.started: Future[Told] = Future()
        """What is told of the task, once its seed program was judged; or the error that kept it from that."""
        self.finished: Future[Told] = Future()
        """What is told of the end; or why there is none: the run was stopped, or failed."""
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._carry_out, daemon=True)

    # The run --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the run."""
        self._thread.start()

    def stop(self) -> None:
        """Have the run stop once what is with the judge is judged; it can be resumed."""
        self._conduct.stop.set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop, by whomever."""
        return self._conduct.stop.is_set()

    @property
    def alive(self) -> bool:
        """Whether the engine is still at work."""
        return self._thread.is_alive()

    def result(self) -> None:
        """Wait until the engine is done.

        Raises:
            Exception: what the engine met, if it failed.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _carry_out(self) -> None:
        try:
            outcome = self._go(self._conduct)
        except BaseException as error:  # noqa: BLE001 - it is handed on, to be raised where the command ends
            self._error = error
            self._end("failed", f"the run failed: {error}")
        else:
            if not self.finished.done():
                again = f"provolve mcp --resume {outcome.run}"
                self._end("stopped", f"run {outcome.run} was stopped; `{again}` goes on with it")

    def _end(self, state: str, why: str) -> None:
        self._state = state
        self._proposer.give_up(why)
        for future in (self.started, self.finished):
            if not future.done():
                future.set_exception(ProvolveError(why))

    def _see(self, event: Event) -> None:
        """Take in an event of the run, in the engine's thread."""
        self._listener(event)
        match event:
            case RunStarted():
                self._begin(event)
            case AskTold():
                with self._lock:
                    self._spent = event.spent
                    self._best, self._best_digest = event.best, event.best_digest
                self._proposer.told(event)
            case ChampionChosen():
                self._state = "testing"
                self._proposer.give_up(OVER)
            case Finished():
                self._state = "finished"
                self.finished.set_result(finished_told(event))

    def _begin(self, event: RunStarted) -> None:
        with RunReader(self._runs / f"{event.run}.db") as reader:
            start = msgspec.msgpack.decode(reader.stage("started") or b"", type=Start)
            self._spent = reader.spent()
            best = start.best()
            for _, verdicts in reader.verdicts():
                # Here, and not only as the loop comes by them: what was judged can be named from now on.
                self._proposer.keep(verdicts)
                for verdict in verdicts:
                    best = best.after(verdict)
        self._best, self._best_digest = best.loss, best.digest
        self._budget = event.budget
        self._state = "searching"
        self.started.set_result({"run": event.run, **task_told(self._task, start, event.level)})

    # What may be asked ----------------------------------------------------------------------------------

    def status(self) -> Told:
        """Return how the run stands."""
        with self._lock:
            return {
                "state": self._state,
                **budget_told(self._budget, self._spent),
                "best": {"digest": self._best_digest, "loss": self._best if self._best_digest else None},
            }

    def elites(self, call: ElitesCall) -> Told:
        """Return the best candidates."""
        found = self._proposer.elites()[: call.limit]
        return {"elites": [elite_told(elite, source=call.sources) for elite in found]}

    def source(self, digest: str) -> Told:
        """Return the source of the candidate that ``digest`` names.

        Raises:
            UsageError: if it names none, or several.
        """
        return source_told(self._task, self._named(digest))

    def submit(self, call: SubmitCall) -> Future[AskTold]:
        """Submit a candidate; see `AgentProposer.submit`.

        Raises:
            UsageError: if its parent is unknown, or the search is over.
        """
        change = Edit(call.edit) if call.edit is not None else Rewrite(call.regions or ())
        return self._proposer.submit(self._parent(call.parent), change)

    def told(self, event: AskTold) -> Told:
        """Return what is told of a submission that was judged."""
        return {**verdict_told(event), **budget_told(self._budget, event.spent)}

    def finish(self) -> None:
        """End the search; `finished` will hold the claim."""
        self._proposer.finish()

    def _parent(self, digest: str) -> str:
        if digest:
            return self._named(digest).digest
        with self._lock:
            return self._best_digest

    def _named(self, digest: str) -> Candidate:
        if len(digest) < _LEAST_DIGITS:
            raise UsageError(f"digest {digest!r} is too short: give at least {_LEAST_DIGITS} digits")
        found = self._proposer.find(digest)
        if len(found) != 1:
            many = f"{len(found)} candidates begin with it: give more digits" if found else "see `elites`"
            raise UsageError(f"digest {digest!r} names no one candidate of this run: {many}")
        return found[0]
