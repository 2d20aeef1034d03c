"""Where live proposers have programs looked at: by the workers of their run, between its candidates."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError

from provolve.engine.executor import Executor
from provolve.engine.messages import CheckProgram, Look, RunProgram, Seen, TraceProgram
from provolve.errors import ProvolveError
from provolve.judge.selection import functional_consensus, number_outputs
from provolve.propose import Unseen

_PATIENCE = 120.0
"""Seconds that a look may wait for a worker and take; then whoever asked goes on without."""


class WorkerBench:
    """A `Bench` on the workers of an executor. It takes time, and nothing of a budget of candidates."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def trace(self, source: str, place: int | None) -> str:
        """Return a trace; see `Bench.trace`."""
        return "".join(self._seen([TraceProgram(source, place)])[0])

    def checks(self, source: str, statements: Sequence[str]) -> tuple[str, ...]:
        """Return a failure for each statement; see `Bench.checks`."""
        return self._seen([CheckProgram(source, tuple(statements))])[0]

    def consensus(self, sources: Sequence[str]) -> tuple[int, str]:
        """Return the place of the program that acts most like the others; see `Bench.consensus`."""
        rows = self._seen([RunProgram(source) for source in sources])
        choice = functional_consensus(number_outputs([[text or None for text in row] for row in rows]))
        return choice.index, "; ".join(choice.explanation)

    def _seen(self, looks: Sequence[Look]) -> list[tuple[str, ...]]:
        futures = [self._executor.submit(look) for look in looks]
        try:
            replies = [future.result(_PATIENCE) for future in futures]
        except (ProvolveError, TimeoutError, CancelledError) as error:
            for future in futures:
                future.cancel()
            raise Unseen(str(error) or "no worker was free in time") from error
        seen = [reply.texts for reply in replies if isinstance(reply, Seen)]
        if len(seen) < len(looks):
            raise Unseen("the workers of this run look at no program")
        return seen
