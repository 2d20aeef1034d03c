"""Carrying a recorded run through again: its proposals are taken from the record, and nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import msgspec

from provolve.errors import StoreError, UsageError
from provolve.propose import Answered, Context
from provolve.record import Ask, Budget, Rejection, Verdict
from provolve.store import RunReader, RunSpec


class ReplayProposer:
    """Answers each ask as the record of another run does, in the order in which that run told them.

    Everything is judged anew. Where the same programs are judged alike, the champion is the same, byte for
    byte.

    Args:
        run: the file of the recorded run.
        seed, in_flight: as every live proposer is given them; the recorded run's own.
    """

    def __init__(self, *, run: str, seed: int = 0, in_flight: int = 1) -> None:
        self._reader = RunReader(Path(run))
        nobody_asked = {0, *self._reader.epochs()}
        self._order: Iterator[int] = (ask for ask in self._reader.order() if ask not in nobody_asked)
        self._expected = next(self._order, None)
        self._open: dict[int, tuple[Future[Answered], Answered | None]] = {}

    def begin(self, ask: Ask, context: Context, recorded: Answered | None = None) -> Future[Answered]:
        """Find the ask in the record; its answer comes when its turn does."""
        future: Future[Answered] = Future()
        if recorded is not None:
            future.set_result(recorded)
            self._open[ask.id] = future, recorded
            return future
        self._open[ask.id] = future, self._found(ask)
        self._release()
        return future

    def _found(self, ask: Ask) -> Answered | None:
        found = self._reader.asked(ask.id)
        if found is None:
            return None
        record, verdicts = found
        if record.parents != tuple(parent.candidate.digest for parent in ask.parents):
            raise StoreError(
                f"{self._reader.path}: ask {ask.id} was made from other parents than it is now: the task is "
                "judged otherwise than it was, or by other versions; it cannot be replayed here"
            )
        # What the budget had no room for was never judged.
        proposals = tuple(
            proposal
            for proposal, verdict in zip(record.proposals, verdicts, strict=True)
            if verdict.rejection is not Rejection.BUDGET
        )
        return Answered(proposals, (), record.choice, thought=record.thought)

    def _release(self) -> None:
        """Give the answer whose turn it is; at the end of the record, all the rest is told to be over."""
        if self._expected is None:
            for future, _ in self._open.values():
                if not future.done():
                    future.set_result(Answered(ended=True))
        elif self._expected in self._open:
            future, answered = self._open[self._expected]
            if not future.done() and answered is not None:
                future.set_result(answered)

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Go on to the next turn of the record."""
        if self._open.pop(ask_id, None) is None:
            raise ValueError(f"ask {ask_id} is unknown here, or its verdicts were observed already")
        if ask_id == self._expected:
            self._expected = next(self._order, None)
        self._release()

    def close(self) -> None:
        """End what waits, and close the record."""
        for future, _ in self._open.values():
            if not future.done():
                future.set_result(Answered())
        self._reader.close()


def replayed(spec: RunSpec, path: Path) -> RunSpec:
    """Return the spec of a run of the same task that repeats the one at ``path``.

    Raises:
        UsageError: if that run was of another task, or of other parameters or data.
    """
    with RunReader(path) as reader:
        old = reader.spec
    same = ("task_digest", "parameters", "data_digest")
    if any(getattr(old, name) != getattr(spec, name) for name in same):
        raise UsageError(
            f"run {path.stem} was of task {old.task_name} with other contents, parameters or data than "
            f"{spec.task_name} has now: give it the task that it was of"
        )
    return msgspec.structs.replace(
        spec,
        champion=old.champion,
        tests=old.tests,
        proposer="replay",
        strategy=old.strategy,
        proposer_options={"run": str(path.resolve())},
        strategy_options=old.strategy_options,
        seed=old.seed,
        test_seed=old.test_seed,
        borrowed=old.borrowed,
        batch=old.batch,
        window=old.window,
        # The record ends the run. Its budget of candidates had a say in whether an epoch began.
        budget=Budget(candidates=old.budget.candidates),
        growth=old.growth,
        live=True,
    )
