"""Asks on their way through the judge, and what is kept of them and of the loop in a snapshot."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

import msgspec

from provolve.engine.admission import Admitted
from provolve.engine.best import Best
from provolve.engine.epoch import Epoch
from provolve.engine.messages import Reply
from provolve.judge import Batch
from provolve.record import (
    SOURCE_REJECTIONS,
    Ask,
    Call,
    Candidate,
    Proposal,
    Rejection,
    Spent,
    Template,
    Verdict,
)
from provolve.store import AskRecord


class Snapshot(msgspec.Struct, frozen=True):
    """Everything the loop holds after ``told`` asks were told and the window was filled again."""

    told: int
    spent: Spent
    best: Best
    idle: int
    strategy: bytes
    proposer: bytes
    pending: tuple[tuple[Ask, tuple[Proposal, ...], float], ...]
    """Asks that were made and not told, each with its proposals and the best loss when it was made."""
    epoch: Epoch | None = None
    """The epoch that the run was in; None in runs of before there were epochs."""


@dataclass
class Pending:
    admitted: Admitted
    incumbent: float
    future: Future[Reply] | None = None
    recorded: tuple[AskRecord, tuple[Verdict, ...]] | None = None
    choice: str = ""
    calls: tuple[Call, ...] = ()
    thought: str = ""


def batch_of(ask: Ask, candidates: list[Candidate], incumbent: float) -> Batch:
    """Join candidates into one batch; candidates of one template carry it once."""
    places: dict[str, int] = {}
    templates: list[Template] = []
    rows = []
    for candidate in candidates:
        place = places.setdefault(candidate.template.digest, len(templates))
        if place == len(templates):
            templates.append(candidate.template)
        rows.append((place, candidate.literals))
    race = tuple(parent.scores for parent in ask.parents)
    return Batch(tuple(templates), tuple(rows), incumbent, race)


def ran(verdict: Verdict) -> bool:
    """Whether the candidate reached the sandbox."""
    return verdict.rejection not in SOURCE_REJECTIONS and verdict.rejection is not Rejection.BUDGET
