"""An executor that judges by a function of the source, in threads, after delays of one's choosing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import blake2b

from provolve.engine.messages import (
    BaselineScores,
    Done,
    JudgeBaselines,
    JudgeBatch,
    JudgePlainly,
    PlainResults,
    Ranges,
    Reply,
    Request,
    RunProgram,
    Seen,
    Verdicts,
    WatchProgram,
)
from provolve.judge import Batch, PlainResult
from provolve.program import Program, render_source
from provolve.record import Candidate, Rejection, Verdict

Score = Callable[[str, str], Sequence[float]]


class FakeExecutor:
    """Stands in for the workers of a run in tests of strategies, proposers and engines.

    Nothing is run: ``score(split, source)`` gives the scores of a whole program on a split, smaller is
    better and the loss is their mean; a ValueError of it rejects the candidate as ``raised``. In a later
    epoch the split is ``train 1``, ``train 2`` and so on. ``delay()`` gives the seconds that a batch takes,
    from as many threads as there are workers.
    """

    def __init__(
        self, program: Program, score: Score, *, workers: int = 1, delay: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._program = program
        self._score = score
        self._delay = delay
        self._pool = ThreadPoolExecutor(workers)
        self._train = "train"
        self.served = 0
        """Requests carried out so far."""

    def submit(self, request: Request) -> Future[Reply]:
        """Queue ``request`` for a thread."""
        return self._pool.submit(self._serve, request)

    def set_reference(self, split: str, scores: tuple[float, ...]) -> None:
        """Losses are means here: there is no reference to set."""

    def begin_epoch(self, number: int) -> None:
        """Have candidates judged on another split from now on."""
        self._train = f"train {number}" if number else "train"

    def close(self) -> None:
        """Drop what is queued and wait for the rest."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _serve(self, request: Request) -> Reply:
        time.sleep(self._delay())
        self.served += 1
        match request:
            case JudgeBatch(batch=batch):
                return Verdicts(tuple(self._judge(batch)))
            case JudgePlainly(split=split, sources=sources):
                return PlainResults(tuple(self._plain(split, source) for source in sources))
            case JudgeBaselines():
                return BaselineScores({})
            case WatchProgram():
                return Ranges({})
            case RunProgram(source=source):
                return Seen(tuple(map(repr, self._score("train", source))))
        return Done()

    def _judge(self, batch: Batch) -> list[Verdict]:
        verdicts = []
        for index, literals in batch.candidates:
            candidate = Candidate.of(batch.templates[index], literals)
            verdicts.append(self._verdict(render_source(self._program, candidate), batch.incumbent))
        return verdicts

    def _verdict(self, source: str, incumbent: float | None) -> Verdict:
        try:
            scores = tuple(self._score(self._train, source))
        except ValueError as error:
            return Verdict(None, Rejection.RAISED, str(error))
        loss = sum(scores) / len(scores)
        better = incumbent is None or loss < incumbent
        checked = tuple(self._score("validation", source)) if better else ()
        return Verdict(
            candidate=None,
            loss=loss,
            scores=scores,
            behaviour=_behaviour(scores),
            work=len(scores),
            audited=better,
            validation=sum(checked) / len(checked) if checked else None,
        )

    def _plain(self, split: str, source: str) -> PlainResult:
        try:
            scores = tuple(self._score(self._train if split == "train" else split, source))
        except ValueError as error:
            return PlainResult(Rejection.RAISED, str(error), (), (), "", (), ())
        return PlainResult(None, "", scores, tuple(map(repr, scores)), _behaviour(scores), (), ())


def _behaviour(scores: tuple[float, ...]) -> str:
    return blake2b(repr(scores).encode(), digest_size=16).hexdigest()
