"""What a run claims at its end, and the comparisons behind it."""

from __future__ import annotations

import msgspec


class Ratio(msgspec.Struct, frozen=True):
    """CPU time of one program over that of another, with a 95 % interval; below 1 the first is faster."""

    value: float
    low: float
    high: float

    @property
    def finding(self) -> str:
        """``better`` or ``worse``; ``parity`` where the interval holds 1 or the two are within 5 %.

        What is nearer than that lies within the error of measuring.
        """
        if self.high < 1 and self.value <= NOTABLE:
            return "better"
        return "worse" if self.low > 1 and self.value >= 1 / NOTABLE else "parity"


NOTABLE = 0.95
"""The greatest ratio of times of which a speed-up is claimed."""


class Speed(msgspec.Struct, frozen=True):
    """How the champion of a task of kind ``speed`` was timed beside the other programs."""

    warm: bool
    """Whether loading is left out of the ratios."""
    rounds: int
    """Samples of each program, each from a process of its own."""
    equal: int
    """Inputs on which the champion's answers were those of the seed program: all of the test instances."""
    control: Ratio
    """The seed program against itself in the same rounds: what the machine makes of equal programs."""
    ratio: Ratio
    """The champion's time over the seed program's, its interval widened by the spread of the control."""
    cold: float
    """The same ratio with loading counted."""
    floor: float
    """Seconds of a call that does nothing, mean over the inputs; subtracted from every call."""
    seconds: dict[str, float]
    """CPU seconds of each program for all inputs, without loading."""
    loading: dict[str, float]
    """CPU seconds of loading each program."""


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
    """How the interval was computed: ``t+bca`` is the hull of the t and the BCa bootstrap interval;
    ``bootstrap+aa`` that of a ratio of times, widened by an A/A control; empty where there is none."""
    ratio: Ratio | None = None
    """For kind ``speed``: the champion's time over the other program's. Then ``mean`` is the other's time
    over the seed program's, and ``difference``, ``low`` and ``high`` follow from the ratio."""
    jointly: bool = True
    """Whether a difference that the interval shows holds together with those of all other comparisons of the
    claim, by Holm (1979). A claim of one comparison is joint by itself; ratios of times each stand alone."""

    @property
    def finding(self) -> str:
        """What the champion is.

        ``better`` and ``worse`` hold for all comparisons of the claim together, at 95 %; ``better alone`` and
        ``worse alone`` only if no other comparison had been made. ``parity`` where the interval holds zero,
        ``exact`` where the instances are the whole population. For kind ``speed`` it is the ratio's finding,
        which is not corrected for other comparisons.
        """
        if self.ratio is not None:
            return self.ratio.finding
        if self.low is None or self.high is None:
            return "exact"
        if self.low <= 0 <= self.high:
            return "parity"
        found = "better" if self.low > 0 else "worse"
        return found if self.jointly else f"{found} alone"


class Optimism(msgspec.Struct, frozen=True):
    """How much worse the champion is on test than on validation, where it was chosen.

    The best of many on validation is there in part by chance, so the expected difference is above zero.
    """

    test: float
    """The champion's loss on test, in proportion to the seed program's there as on the other splits."""
    difference: float
    """Mean loss on test minus that on validation; above zero, validation flattered the champion."""
    low: float | None
    """Lower end of the 95 % interval of the difference, by Welch (1947): the two splits share no instance.
    None where there is none to give."""
    high: float | None


class Claim(msgspec.Struct, frozen=True):
    """The champion's result on the sealed test instances."""

    champion: str
    """Digest of the candidate."""
    kind: str
    """``heuristic``, ``construction`` or ``speed``."""
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
    optimism: Optimism | None = None
    """Test against validation; None where they are the same instances, or the losses have no value."""
    failure: str = ""
    """Why the champion was rejected on test; then nothing is compared. Empty where it was accepted."""
    speed: Speed | None = None
    """For kind ``speed``: how it was timed; else None."""
    self_judged: bool = False
    """Whether all scores are the programs' own word: given by an evaluator that ran beside them."""
    epoch: int = 0
    """The epoch on whose train instances the loss on train is."""
    explained: tuple[str, ...] = ()
    """The judge's own words on the champion's answer to the first test instance, line by line."""
