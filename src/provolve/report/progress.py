"""What is known of a run while it goes, gathered from its events."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence

import msgspec

from provolve.record import (
    AskTold,
    ChampionChosen,
    EpochBegan,
    Event,
    Finished,
    Notice,
    RunStarted,
    Spent,
)

RATE_SECONDS = 10.0
"""Over how many seconds of searching a rate is taken."""
_MOST_POINTS = 4000
ACCEPTED = "accepted"


def grown(event: EpochBegan) -> str:
    """Say in a sentence that train grew."""
    return (
        f"train grew to {event.instances} instances (epoch {event.number}); "
        f"the best {event.kept} of before were judged anew"
    )


class Progress:
    """Gathers events; ``see`` costs a few microseconds a verdict, so it may be told everything.

    Not safe to read from one thread while another tells it something.
    """

    def __init__(self) -> None:
        self.started: RunStarted | None = None
        self.finished: Finished | None = None
        self.phase = "starting"
        """``starting``, ``searching``, ``testing`` or ``finished``."""
        self.spent = Spent()
        self.best: float | None = None
        """Least loss on train."""
        self.best_validation: float | None = None
        self.seed_validation: float | None = None
        """Loss of the seed program on validation, where it is known."""
        self.outcomes: Counter[str] = Counter()
        """How many verdicts there were of each rejection, and ``accepted``."""
        self.operators: Counter[str] = Counter()
        """How many verdicts came of each operator; those of a mixed ask are shared evenly."""
        self.improvements: list[tuple[float, float]] = []
        """Candidates judged and loss on train, at each new best."""
        self.notices: deque[str] = deque(maxlen=3)
        self._ticks: deque[tuple[float, int, int]] = deque()

    def recall(
        self,
        outcomes: Mapping[str, int],
        operators: Mapping[str, int],
        improvements: Sequence[tuple[int, float]],
        spent: Spent,
    ) -> None:
        """Take over what the record holds of a run that is resumed."""
        self.outcomes.update(outcomes)
        self.operators.update(operators)
        self.improvements += improvements
        self.spent = spent
        if improvements:
            self.best = improvements[-1][1]

    def see(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case AskTold():
                self._told(event)
            case RunStarted():
                self._begin(event)
            case ChampionChosen():
                self.phase = "testing"
            case Finished():
                self.phase, self.finished, self.spent = "finished", event, event.spent
            case EpochBegan():
                self._grow(event)
            case Notice():
                self.notices.append(event.text)

    def _begin(self, event: RunStarted) -> None:
        self.started, self.phase = event, "searching"
        if not self.improvements:
            self.improvements.append((0, event.seed_loss))
        if self.best is None:
            self.best = event.seed_loss
        self._tick()

    def _told(self, event: AskTold) -> None:
        self.spent, self.best_validation = event.spent, event.best_validation
        for verdict in event.verdicts:
            self.outcomes[ACCEPTED if verdict.rejection is None else verdict.rejection.value] += 1
        names = event.operator.split(",")
        for place, name in enumerate(names):
            self.operators[name] += (len(event.verdicts) + place) // len(names)
        if event.best != self.best:  # more than before where an epoch begins
            self._improve(event.best)
        self._tick()

    def _grow(self, event: EpochBegan) -> None:
        if self.started is not None:
            self.started = msgspec.structs.replace(self.started, seed_loss=event.seed_loss)
        self.notices.append(grown(event))

    def _improve(self, best: float) -> None:
        self.best = best
        self.improvements.append((self.spent.candidates, best))
        if len(self.improvements) > _MOST_POINTS:
            # Every other point of the older half: the curve has far fewer columns than that.
            half = _MOST_POINTS // 2
            self.improvements[:half] = self.improvements[:half:2]

    def _tick(self) -> None:
        self._ticks.append((self.spent.seconds, self.spent.candidates, self.spent.judged))
        while len(self._ticks) > 2 and self._ticks[1][0] <= self.spent.seconds - RATE_SECONDS:
            self._ticks.popleft()

    def rates(self) -> tuple[float, float]:
        """Return candidates a second, duplicates by behaviour counted, and judged ones, both of late."""
        first, last = (self._ticks[0], self._ticks[-1]) if self._ticks else ((0.0, 0, 0), (0.0, 0, 0))
        seconds = last[0] - first[0]
        if seconds <= 0:
            return 0.0, 0.0
        return (last[1] - first[1]) / seconds, (last[2] - first[2]) / seconds

    def rejections(self, most: int) -> list[tuple[str, float]]:
        """Return the ``most`` commonest rejections, each with its share of all verdicts."""
        return _shares(
            Counter({k: v for k, v in self.outcomes.items() if k != ACCEPTED}), most, self.outcomes.total()
        )

    def operator_shares(self, most: int) -> list[tuple[str, float]]:
        """Return the ``most`` busiest operators, each with its share of all verdicts."""
        return _shares(self.operators, most, self.operators.total())

    def share_spent(self, since: float = 0.0) -> float | None:
        """Return the share of the budget that is spent, 0 to 1; None where there is no limit.

        ``since``: seconds of searching since the last event.
        """
        if self.started is None:
            return None
        budget, shares = self.started.budget, []
        if budget.seconds is not None:
            shares.append((self.spent.seconds + since) / budget.seconds)
        if budget.candidates is not None:
            shares.append(self.spent.candidates / budget.candidates)
        if budget.tokens is not None:
            shares.append(self.spent.tokens / budget.tokens)
        if budget.usd is not None:
            shares.append(self.spent.usd / budget.usd)
        return min(1.0, max(shares)) if shares else None

    def seconds_left(self, since: float = 0.0) -> float | None:
        """Return the seconds until the budget ends as it goes now; None where that cannot be told."""
        if self.started is None:
            return None
        budget, left = self.started.budget, []
        if budget.seconds is not None:
            left.append(max(0.0, budget.seconds - self.spent.seconds - since))
        speed = self.rates()[0]
        if budget.candidates is not None and speed > 0:
            left.append(max(0.0, (budget.candidates - self.spent.candidates) / speed - since))
        return min(left) if left else None


def _shares(counts: Counter[str], most: int, total: int) -> list[tuple[str, float]]:
    return [(name, value / total) for name, value in counts.most_common(most)] if total else []
