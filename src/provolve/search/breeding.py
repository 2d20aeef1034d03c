"""How islands are bred."""

from __future__ import annotations

import msgspec

_COUNTS = (
    "islands",
    "capacity",
    "per_template",
    "migrate_every",
    "patience",
    "reset_every",
    "regrid_every",
)


class Breeding(msgspec.Struct, frozen=True):
    """The settings of `Islands`. Turns are asks of one island, told.

    Raises:
        ValueError: if a value is out of its range.
    """

    islands: int = 6
    """Populations bred apart; at least 1."""
    capacity: int = 48
    """Most elites an island keeps; at least 1."""
    per_template: int = 4
    """Most elites of one template an island keeps, where the task declares no measures; at least 1."""
    others: int = 3
    """Most parents besides the one to improve; at least 0."""
    best_share: float = 0.35
    """Probability that the parent to improve is the island's best, from 0 to 1."""
    temperature: float = 0.08
    """Otherwise it is drawn by rank: the scale of the ranks as a share of their number; above 0."""
    foreign_share: float = 0.1
    """Probability that the second parent comes from another island, from 0 to 1."""
    migrate_every: int = 20
    """Turns after which an island takes in the best of another; at least 1."""
    patience: int = 60
    """Turns without a better best after which an island is founded anew; at least 1."""
    fresh_share: float = 0.5
    """Probability that an island founded anew begins from a start, not an elite of the run; 0 to 1."""
    reset_every: int = 900
    """Asks after which the worse half of the islands is founded anew from the better; at least 1."""
    regrid_every: int = 60
    """Asks after which the grid is laid anew, where the task declares measures; at least 1."""

    def __post_init__(self) -> None:
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be at least 1")
        for name in ("best_share", "foreign_share", "fresh_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must lie between 0 and 1")
        if self.others < 0 or not self.temperature > 0:
            raise ValueError(
                f"others is {self.others} and temperature {self.temperature}: "
                "others must not be negative and temperature must be above 0"
            )
