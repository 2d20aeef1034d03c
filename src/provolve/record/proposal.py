"""What a strategy asks for and what a proposer answers."""

from __future__ import annotations

import msgspec

from provolve.record.candidate import Candidate, Template


class Elite(msgspec.Struct, frozen=True):
    """A candidate that was accepted and is kept to be built upon."""

    candidate: Candidate
    loss: float
    """Aggregate over train, turned so that smaller is better."""
    scores: tuple[float, ...]
    """One score a train instance, in the task's own direction."""
    behaviour: str
    """Hash of what it does; empty where the task is stochastic."""
    measures: tuple[float, ...] = ()


class Thought(msgspec.Struct, frozen=True):
    """A plan in words for changing the first parent of an ask, kept by a strategy as a node of its search."""

    text: str = ""
    """Empty where a new one is to be thought of."""
    failure: str = ""
    """What went wrong when it was carried out; where this is not empty, it is to be written anew."""
    others: tuple[str, ...] = ()
    """Other thoughts on the same program, from which a new one should differ."""


class Ask(msgspec.Struct, frozen=True):
    """A strategy's request for up to ``count`` candidates made from ``parents``."""

    id: int
    """1, 2, 3, … in the order of asking; 0 is the run's own start (seed program and baselines)."""
    parents: tuple[Elite, ...]
    """The first is the one to improve; others may be crossed with it or serve as inspiration."""
    count: int
    island: int = 0
    thought: Thought | None = None
    """What to carry out or to think of, from a strategy that searches among thoughts too. A proposer need
    not heed it."""


class Edit(msgspec.Struct, frozen=True, tag="edit"):
    """SEARCH/REPLACE blocks to be applied strictly to the first parent's source."""

    text: str


class Rewrite(msgspec.Struct, frozen=True, tag="rewrite"):
    """New text for every region of the program, in order."""

    regions: tuple[str, ...]


class Vector(msgspec.Struct, frozen=True, tag="vector"):
    """A template and the literals that fill it: no source is rendered to judge it."""

    template: Template
    literals: tuple[int | float, ...]


EPOCH = "epoch"
"""The operator of proposals that are elites to be judged anew, with which an epoch begins."""


class Proposal(msgspec.Struct, frozen=True):
    """One change, the operator that made it and the candidates it was made from."""

    operator: str
    parents: tuple[str, ...]
    """Digests of candidates."""
    change: Edit | Rewrite | Vector
