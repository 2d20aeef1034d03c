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


class CallSum(NamedTuple):
    """What the calls of one operator to one model came to."""

    operator: str
    model: str
    calls: int
    answered: int
    """Calls that brought a whole reply."""
    tokens_in: int
    tokens_out: int
    estimated: int
    """Calls whose tokens are an upper estimate: the server told none."""
    usd: float
    """US dollars of the calls whose price is known."""
    unpriced: int
    """Calls that used tokens of a model whose price is unknown."""
    seconds: float


class OperatorCount(NamedTuple):
    """What one operator brought."""

    proposals: int
    accepted: int
    improvements: int
    """New bests on train."""
