"""Pieces of a proposer's work, carried out by the run's workers while the loop waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import wait

from provolve.engine.executor import Executor
from provolve.engine.messages import Searched, SearchPiece

_TICK = 0.05


class RunOver(Exception):
    """The run ended while pieces were under way; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def spread(executor: Executor, pieces: Sequence[bytes], over: Callable[[], str | None]) -> list[bytes]:
    """Have ``executor`` carry out pieces of search; return what came of them, in their order.

    Args:
        executor: the run's.
        pieces: as `provolve.propose.numeric` writes them.
        over: says why the run is over, None while it is not; asked while the pieces are under way.

    Raises:
        RunOver: if the run ended first. The ask that wanted the pieces has then not been made.
        ProvolveError: what a worker met.
    """
    futures = [executor.submit(SearchPiece(piece)) for piece in pieces]
    while wait(futures, timeout=_TICK).not_done:
        if (reason := over()) is not None:
            for future in futures:
                future.cancel()
            raise RunOver(reason)
    outcomes = []
    for reply in (future.result() for future in futures):
        if not isinstance(reply, Searched):
            raise TypeError(f"a worker answered {type(reply).__name__} to a piece of search")
        outcomes.append(reply.outcome)
    return outcomes
