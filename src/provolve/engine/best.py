"""The best candidate of a search so far."""

from __future__ import annotations

import msgspec

from provolve.record import Candidate, Verdict


class Best(msgspec.Struct, frozen=True):
    """The best on train so far, and the champion so far: the best on validation of all that were audited."""

    loss: float
    digest: str
    champion: Candidate
    champion_loss: float
    validation: float

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
                validation=verdict.validation,
            )
        return best
