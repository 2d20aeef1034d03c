"""What came of an ask, and what it took: the two sides by which bandits choose."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.record import SOURCE_REJECTIONS, Ask, Budget, Call, Rejection, Verdict


class Gains:
    """Rewards and costs of asks, beside the best of the run so far and the limits of its budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._best: float | None = None

    def reward(self, ask: Ask, verdicts: Sequence[Verdict]) -> float:
        """Return 1 for a new best of the run, half for a child better than its parent, else a little."""
        for elite in ask.parents:
            self._note(elite.loss)
        losses = [v.loss for v in verdicts if v.accepted and v.loss is not None]
        if not losses:
            return 0.0
        least = min(losses)
        best = self._best is not None and least < self._best
        self._note(least)
        if best:
            return 1.0
        return 0.5 if least < ask.parents[0].loss else 0.05

    def _note(self, loss: float) -> None:
        self._best = loss if self._best is None else min(self._best, loss)

    def cost(self, calls: Sequence[Call], verdicts: Sequence[Verdict]) -> float:
        """Return the greatest share of any limit of the budget that an ask has used up."""
        budget = self._budget
        seconds = sum(call.seconds for call in calls) + sum(verdict.cpu for verdict in verdicts)
        ran = sum(
            verdict.rejection not in SOURCE_REJECTIONS and verdict.rejection is not Rejection.BUDGET
            for verdict in verdicts
        )
        used = (
            (budget.tokens, sum(call.tokens for call in calls)),
            (budget.usd, sum(call.usd or 0.0 for call in calls)),
            (budget.candidates, max(1, ran)),
            (budget.seconds, seconds),
        )
        shares = [spent / limit for limit, spent in used if limit is not None]
        return max(shares) if shares else float(bool(calls))
