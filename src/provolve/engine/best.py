"""The best candidate of a search so far."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from provolve.record import Candidate, Verdict


class Best(msgspec.Struct, frozen=True):
    """The best on train so far, and the champion so far: the best on validation of all that were audited."""

    loss: float
    digest: str
    champion: Candidate
    champion_loss: float
    validation: float
    epoch: int = 0
    """The epoch that the run is in, on whose train ``loss`` is."""
    champion_epoch: int = 0
    """The epoch on whose train ``champion_loss`` is."""

    def in_epoch(self, number: int, verdicts: Sequence[Verdict]) -> Best:
        """Return the best where epoch ``number`` begins, from the verdicts on elites that were judged anew.

        The champion stays who is best on validation, which no epoch changes.
        """
        best = msgspec.structs.replace(self, loss=math.inf, epoch=number)
        for verdict in verdicts:
            if verdict.loss is not None and verdict.candidate == self.champion:
                best = msgspec.structs.replace(best, champion_loss=verdict.loss, champion_epoch=number)
        for verdict in verdicts:
            best = best.after(verdict)
        return best

    def after(self, verdict: Verdict) -> Best:
        """Return the best after ``verdict``; only audited verdicts count."""
        if not verdict.audited or verdict.loss is None or verdict.candidate is None:
            return self
        best = self
        if verdict.loss < self.loss:
            best = msgspec.structs.replace(best, loss=verdict.loss, digest=verdict.candidate.digest)
        if verdict.validation is not None and verdict.validation < self.validation:
            best = msgspec.structs.replace(
                best,
                champion=verdict.candidate,
                champion_loss=verdict.loss,
                champion_epoch=best.epoch,
                validation=verdict.validation,
            )
        return best
