"""Elites, verdicts and streams of them for the tests of the search room."""

from __future__ import annotations

import math

import numpy as np

from provolve.record import Ask, Candidate, Elite, Rejection, Template, Verdict
from provolve.search import (
    AgeLayers,
    Beam,
    BestOfN,
    HillClimb,
    Islands,
    MapElites,
    Novelty,
    Portfolio,
    RandomSampling,
    ScatteredForest,
    Tree,
)


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


MEASURED = tuple(elite(1.0 + i, f"start {i}", measures=(1.0 * i, 2.0 * i)) for i in range(3))
MAKES = {
    "islands": lambda seed, window: Islands(
        starts=STARTS, seed=seed, window=window, batch=6, islands=3, patience=4, migrate_every=3,
        reset_every=11, capacity=10, per_template=3,
    ),
    "islands with measures": lambda seed, window: Islands(
        starts=MEASURED, seed=seed, window=window, batch=6, islands=2, patience=6, regrid_every=5, capacity=9
    ),
    "hill-climb": lambda seed, window: HillClimb(
        starts=STARTS, seed=seed, window=window, batch=6, patience=3
    ),
    "random": lambda seed, window: RandomSampling(starts=STARTS, seed=seed, window=window, batch=6),
    "best-of-n": lambda seed, window: BestOfN(starts=STARTS, seed=seed, window=window, batch=6, n=20),
    "beam": lambda seed, window: Beam(starts=STARTS, seed=seed, window=window, batch=6, width=4, turns=1),
    "tree": lambda seed, window: Tree(starts=STARTS, seed=seed, window=window, batch=6, capacity=9),
    "scattered-forest": lambda seed, window: ScatteredForest(
        starts=STARTS, seed=seed, window=window, batch=6, trees=2, capacity=12
    ),
    "map-elites": lambda seed, window: MapElites(
        starts=STARTS, seed=seed, window=window, batch=6, cells=9, regrid_every=5
    ),
    "map-elites with measures": lambda seed, window: MapElites(
        starts=MEASURED, seed=seed, window=window, batch=6, cells=9, regrid_every=5
    ),
    "novelty": lambda seed, window: Novelty(starts=STARTS, seed=seed, window=window, batch=6, capacity=12),
    "age-layers": lambda seed, window: AgeLayers(
        starts=STARTS, seed=seed, window=window, batch=6, layers=3, gap=5, capacity=8
    ),
    "portfolio": lambda seed, window: Portfolio(starts=STARTS, seed=seed, window=window, batch=6),
}  # fmt: skip


def reached(strategy):
    """Return the least loss that a strategy comes to on a hill where every parent has better children."""
    best = 1.0
    for _ in range(300):
        ask = strategy.ask()
        rng = np.random.default_rng(ask.id)
        losses = [ask.parents[0].loss * float(rng.uniform(0.97, 1.1)) for _ in range(4)]
        best = min(best, *losses)
        strategy.tell(ask.id, [verdict(loss, f"{loss}") for loss in losses])
    return best
