"""What reading a record gives, beside the structs of the record room."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from provolve.record import Proposal, Verdict


class Entry(msgspec.Struct, frozen=True):
    """One verdict with its place in the run."""

    ask: int
    position: int
    """Place among the proposals of the ask, from 0."""
    proposal: Proposal
    verdict: Verdict


class Improvement(NamedTuple):
    """A new best on train, at the end of the ask that brought it."""

    candidates: int
    seconds: float
    loss: float
    validation: float | None


class OperatorCount(NamedTuple):
    """What one operator brought."""

    proposals: int
    accepted: int
    improvements: int
    """New bests on train."""
