"""What a run claims at its end, and the comparisons behind it."""

from __future__ import annotations

import msgspec


class Comparison(msgspec.Struct, frozen=True):
    """The champion against one other program, paired by test instance.

    Differences are other minus champion for ``minimize`` and champion minus other for ``maximize``:
    above zero, the champion is better.
    """

    name: str
    """``seed program`` or the name of a baseline."""
    mean: float
    """Mean score of the other program, in the task's direction."""
    difference: float
    """Mean paired difference."""
    low: float | None
    """Lower end of the 95 % interval of the mean difference; None where there is none to give."""
    high: float | None
    method: str
    """How the interval was computed: ``t+bca`` is the hull of the t and the BCa bootstrap interval; empty
    where there is none."""

    @property
    def finding(self) -> str:
        """``better``, ``worse`` or ``parity``; ``exact`` where the instances are the whole population."""
        if self.low is None or self.high is None:
            return "exact"
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "parity"


class Claim(msgspec.Struct, frozen=True):
    """The champion's result on the sealed test instances."""

    champion: str
    """Digest of the candidate."""
    kind: str
    """``heuristic`` or ``construction``."""
    instances: int
    mean: float
    """Mean score of the champion over the test instances, in the task's direction."""
    exact: str
    """For a construction: the score in exact form (integer, fraction or repr of the float); else empty."""
    scores: tuple[float, ...]
    """The champion's score for each test instance."""
    comparisons: tuple[Comparison, ...]
    train: float
    """The champion's loss on train, as the search saw it."""
    validation: float
    """The champion's loss on validation."""
    failure: str = ""
    """Why the champion was rejected on test; then nothing is compared. Empty where it was accepted."""
    self_judged: bool = False
    """Whether all scores are the programs' own word: given by an evaluator that ran beside them."""
