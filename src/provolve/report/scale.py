"""How a loss is shown to people: in the task's own direction and unit."""

from __future__ import annotations

from dataclasses import dataclass

from provolve.report.numbers import number
from provolve.task import Settings

_MEANINGS = {
    "ratio": "mean ratio to the seed program",
    "sum_ratio": "ratio of the sums to the seed program's",
    "worst": "worst score",
    "mean": "mean score",
}


@dataclass(frozen=True)
class Scale:
    """Turns losses, of which smaller is better, back into what the task's author thinks in."""

    direction: str
    """``minimize`` or ``maximize``."""
    aggregate: str = ""
    """As in the task's settings; empty where the task cannot be loaded any more."""
    unit: str = ""
    """What a score is measured in."""

    @classmethod
    def of(cls, settings: Settings) -> Scale:
        """Return the scale of a task."""
        return cls(settings.direction, settings.aggregate, settings.unit)

    @property
    def meaning(self) -> str:
        """What a shown value is, such as ``mean score, % excess over the L1 bound``."""
        meaning = _MEANINGS.get(self.aggregate, "score")
        return f"{meaning}, {self.unit}" if self.unit and not self._relative else meaning

    @property
    def better(self) -> str:
        """Which values are good."""
        return "smaller is better" if self.direction == "minimize" else "larger is better"

    @property
    def _relative(self) -> bool:
        return self.aggregate in ("ratio", "sum_ratio")

    def value(self, loss: float) -> float:
        """Return the score that ``loss`` stands for."""
        return loss if self.direction == "minimize" else -loss

    def shown(self, loss: float) -> str:
        """Return the score that ``loss`` stands for, to four significant digits."""
        return number(self.value(loss))

    @staticmethod
    def gain(loss: float, seed_loss: float) -> float | None:
        """Return by what fraction of the seed program's score ``loss`` is better; None where that is 0."""
        return None if seed_loss == 0 else (seed_loss - loss) / abs(seed_loss)
