"""Runs to write and read, small and made by hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest

from provolve.record import (
    Budget,
    Candidate,
    Edit,
    Proposal,
    Rejection,
    Rewrite,
    Spent,
    Template,
    Vector,
    Verdict,
)
from provolve.store import AskRecord, RunSpec


def name_of(word: str) -> str:
    return hashlib.blake2b(word.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Samples:
    """Makes specs, candidates and asks."""

    def digest(self, word: str) -> str:
        return name_of(word)

    def spec(self, **changes: object) -> RunSpec:
        fields: dict[str, object] = {
            "task": "/tasks/packing.py",
            "task_name": "packing",
            "task_digest": name_of("task"),
            "parameters": {"size": "5000"},
            "data": "",
            "direction": "minimize",
            "kind": "heuristic",
            "proposer": "symbolic",
            "strategy": "islands",
            "proposer_options": {"depth": 4, "rates": [0.1, 0.9]},
            "strategy_options": {},
            "seed": 2**100 + 1,
            "test_seed": 7,
            "batch": 4,
            "window": 2,
            "budget": Budget(candidates=100),
            "versions": {"provolve": "0.1.0"},
            "task_source": {"packing.py": b"# \xff not text"},
        }
        return RunSpec(**{**fields, **changes})  # type: ignore[arg-type]

    def template(self, word: str = "template") -> Template:
        return Template(name_of(word), ((f"return {word} * ", " + ", ""),), "if", 12)

    def candidate(self, value: float, word: str = "template") -> Candidate:
        return Candidate.of(self.template(word), (3, value))

    def ask(self, number: int, losses: list[float], parent: str = "") -> tuple[AskRecord, list[Verdict]]:
        """An ask of vectors accepted with the given losses; candidate values are ask + position / 100."""
        made = [self.candidate(number + place / 100) for place in range(len(losses))]
        parents = (parent,) if parent else ()
        proposals = tuple(Proposal("nudge", parents, Vector(one.template, one.literals)) for one in made)
        verdicts = [
            Verdict(
                one, loss=loss, scores=(loss, 2 * loss), behaviour=f"b{number}", work=2, level="full", cpu=0.5
            )
            for one, loss in zip(made, losses, strict=True)
        ]
        spent = Spent(float(number), 10 * number, 5 * number, number)
        return AskRecord(number, parents, 1, proposals, spent, float(number)), verdicts

    def mixed(self, number: int) -> tuple[AskRecord, list[Verdict]]:
        """An ask with an edit that failed, a rewrite that was accepted and one that raised."""
        good, bad = self.candidate(0.25, "good"), self.candidate(0.5, "bad")
        proposals = (
            Proposal("edit", (name_of("x"),), Edit("no blocks \ud800 here")),
            Proposal("rewrite", (name_of("x"), name_of("y")), Rewrite(("one\r\n", "zwei ☃"))),
            Proposal("rewrite", (), Rewrite(())),
        )
        verdicts = [
            Verdict(None, Rejection.EDIT_EMPTY, "no block found\n=1+1"),
            Verdict(good, loss=0.125, validation=0.5, audited=True, measures=(-0.0, 2.0), level="strong"),
            Verdict(bad, Rejection.RAISED, "ZeroDivisionError: \udcff\0", level="strong", cpu=1e-9),
        ]
        return AskRecord(number, (), 0, proposals, Spent(1.5, 2, 2, 1), 1.25), verdicts


@pytest.fixture
def samples() -> Samples:
    return Samples()
