"""Elites, verdicts and streams of them for the tests of the search room."""

from __future__ import annotations

import math

import numpy as np

from provolve.record import Ask, Candidate, Elite, Rejection, Template, Verdict


def candidate(name: str = "a", *, nodes: int = 10, literal: float = 0.0) -> Candidate:
    return Candidate.of(
        Template(name, (("x = ", ""),), "f", nodes), [literal if math.isfinite(literal) else 0.0]
    )


def elite(loss: float, behaviour: str, *, template: str = "", nodes: int = 10, measures=()) -> Elite:
    made = candidate(template or f"template of {behaviour}", nodes=nodes, literal=loss)
    return Elite(made, loss, (loss,), behaviour, measures)


def verdict(loss: float, behaviour: str, *, template: str = "", nodes: int = 10, measures=()) -> Verdict:
    made = elite(loss, behaviour, template=template, nodes=nodes, measures=measures)
    return Verdict(made.candidate, None, "", loss, (loss,), behaviour, measures, work=1)


def duplicate(loss: float, behaviour: str, *, template: str = "copy", nodes: int = 10) -> Verdict:
    made = candidate(template, nodes=nodes, literal=loss)
    return Verdict(made, Rejection.DUPLICATE_BEHAVIOUR, "", loss, (loss,), behaviour, duplicate_of="original")


STARTS = (elite(1.0, "seed program"), elite(1.5, "first baseline"), elite(2.0, "second baseline"))


def stream(ask: Ask, seed: int, *, measures: bool = False) -> list[Verdict]:
    """Return verdicts drawn from the ask alone: some better, some worse, some duplicates, some nothing."""
    rng = np.random.default_rng([seed, ask.id])
    found = []
    for _ in range(int(rng.integers(ask.count + 1))):
        parent = ask.parents[int(rng.integers(len(ask.parents)))]
        loss = parent.loss + float(rng.normal(0.01, 0.1))
        name = f"b{rng.integers(200)}"
        nodes = int(rng.integers(5, 9))
        place = tuple(rng.normal(size=2).tolist()) if measures else ()
        template = f"t{rng.integers(20)}"
        found.append(
            (
                verdict(loss, name, template=template, nodes=nodes, measures=place),
                duplicate(loss, name, nodes=nodes),
                Verdict(candidate(), Rejection.RAISED, "no"),
                Verdict(None, Rejection.EDIT_EMPTY, "no"),
            )[int(rng.choice(4, p=[0.6, 0.2, 0.1, 0.1]))]
        )
    return found
