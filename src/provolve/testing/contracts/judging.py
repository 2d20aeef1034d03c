"""Elites and verdicts for contracts, drawn by lot: nothing is run."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from provolve.record import Ask, Candidate, Elite, Rejection, Template, Verdict


def made_elite(name: str, loss: float, measures: Sequence[float] = (), *, nodes: int = 10) -> Elite:
    """Return an elite of a program that nobody wrote, called ``name``."""
    candidate = Candidate.of(Template(name, (("x = ", ""),), "f", nodes), (loss,))
    return Elite(candidate, loss, (loss, 2.0 * loss), name, tuple(measures))


def made_starts(measures: int) -> tuple[Elite, ...]:
    """Return a seed program and two baselines, with as many measures each."""
    losses = (1.0, 1.5, 2.0)
    return tuple(
        made_elite(f"start {place}", loss, [loss * (1 + axis) for axis in range(measures)])
        for place, loss in enumerate(losses)
    )


def accepted(elite: Elite) -> Verdict:
    """Return the verdict that makes an elite of its candidate."""
    return Verdict(
        elite.candidate,
        loss=elite.loss,
        scores=elite.scores,
        behaviour=elite.behaviour,
        measures=elite.measures,
        work=len(elite.scores),
    )


def every_rejection(candidate: Candidate) -> list[Verdict]:
    """Return a verdict for each reason, with a candidate and without one."""
    return [Verdict(made, reason, "why") for reason in Rejection for made in (candidate, None)]


def by_lot(ask: Ask, seed: int) -> list[Verdict]:
    """Return verdicts on an ask: better ones, worse ones, duplicates, rejections, none.

    The lot is that of ``seed`` and the ask's number alone.
    """
    rng = np.random.default_rng([seed, ask.id])
    return [_drawn(ask, rng) for _ in range(int(rng.integers(ask.count + 1)))]


def _drawn(ask: Ask, rng: np.random.Generator) -> Verdict:
    parent = ask.parents[int(rng.integers(len(ask.parents)))]
    loss = parent.loss + float(rng.normal(0.01, 0.1))
    nodes, name = int(rng.integers(5, 9)), f"b{rng.integers(200)}"
    measures = rng.normal(size=len(parent.measures)).tolist()
    elite = msgspec.structs.replace(
        made_elite(f"t{rng.integers(20)}", loss, measures, nodes=nodes), behaviour=name
    )
    lot = rng.random()
    if lot < 0.6:
        return accepted(elite)
    if lot < 0.8:
        again = Verdict(elite.candidate, Rejection.DUPLICATE_BEHAVIOUR, loss=loss, duplicate_of="original")
        return msgspec.structs.replace(again, scores=elite.scores, behaviour=name)
    return Verdict(elite.candidate if lot < 0.9 else None, Rejection.RAISED, "by lot")


def all_new(ask: Ask) -> list[Verdict]:
    """Return verdicts of which every one is accepted, unlike all before, and better now and then."""
    rng = np.random.default_rng(ask.id)
    best = 1.0 / (1.0 + ask.id / 50)
    found = []
    for place in range(ask.count):
        loss = best * float(rng.uniform(0.98, 2.0))
        measures = rng.normal(size=len(ask.parents[0].measures)).tolist()
        found.append(accepted(made_elite(f"ask {ask.id}, {place}", loss, measures)))
    return found
