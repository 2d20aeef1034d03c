"""One epoch of a run, and whether it gets no further."""

from __future__ import annotations

import msgspec

from provolve.record import Elite

LEAST = 1000
"""Candidates that an epoch goes on for without a notable gain, at the least."""
SHARE = 0.5
"""It also goes on so for this share of all candidates of the run: what took long may take long to better."""
NOTABLE = 0.01
"""A gain is notable if it is more than this part of all that was gained over the seed program. Gains are
those of the champion on validation: a search that fits train and nothing else goes on gaining there."""


class Epoch(msgspec.Struct, frozen=True):
    """One epoch, as far as it has gone."""

    reference: tuple[float, ...]
    """Scores of the seed program on its train instances."""
    starts: tuple[Elite, ...]
    seed_loss: float
    """Loss of the seed program on validation."""
    notable: float
    """Loss of the champion on validation when the last notable gain was made."""
    notable_at: int
    """Candidates of the run until then."""
    number: int = 0
    ask: int = 0
    """The ask with which it began."""
    ending: bool = False
    """Whether the next one begins as soon as all that was asked is told."""
    last: bool = False
    """Whether the seed program is rejected on the instances of the next one, so that there is none."""

    def noting(self, validation: float, candidates: int) -> Epoch:
        """Return the epoch after ``candidates`` of the run, of which the champion has this on validation."""
        gained = max(0.0, self.seed_loss - self.notable)
        if not validation < self.notable - NOTABLE * gained:
            return self
        return msgspec.structs.replace(self, notable=validation, notable_at=candidates)

    def on_plateau(self, candidates: int) -> bool:
        """Whether there was no notable gain for long, ``candidates`` of the run being judged."""
        return candidates - self.notable_at >= max(LEAST, SHARE * candidates)
