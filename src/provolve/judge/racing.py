"""The race of a candidate against the worst of its ask's parents, stage by stage over train."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.judge.scoring import Scoring
from provolve.judge.statistics import is_behind


class Race:
    """One candidate's race: who has lost need not be judged further, who has not is judged in full.

    It is decided by the candidate's scores and those of its parents alone, so it goes the same way whatever
    was judged before. Losing rejects a candidate; nothing is ever accepted by a race.
    """

    def __init__(self, scoring: Scoring, parents: Sequence[Sequence[float]]) -> None:
        self._scoring = scoring
        self._planned = scoring.size("train")
        self._worst = max(parents, key=lambda scores: scoring.loss("train", scores), default=())
        stages = scoring.task.settings.stages if self._worst else ()
        self.stages = tuple(stage for stage in stages if stage < self._planned)
        """Numbers of instances after which the race may be lost; none where there is nobody to race."""

    def is_lost(self, scores: Sequence[float]) -> bool:
        """Whether the candidate with these first ``scores`` is given up.

        Where the loss is a mean, by `provolve.judge.statistics.is_behind`, each stage with an equal part of
        ``race_error``. The worst score only grows worse with more instances, so a candidate whose worst is
        already beyond its parent's on all of train is given up for certain.
        """
        settings = self._scoring.task.settings
        if len(scores) not in self.stages:
            return False
        if settings.aggregate == "worst":
            return self._scoring.loss("train", scores) > self._scoring.loss("train", self._worst)
        error = settings.race_error / len(self.stages)
        return is_behind(self._scoring.behind("train", scores, self._worst), self._planned, error)
