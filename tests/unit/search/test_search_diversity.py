"""Strategies that keep unlike programs: the map and novelty."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_cases import MEASURED, STARTS, elite, verdict

from provolve.search import Grid, MapElites, Novelty
from provolve.search.map_elites import described_by
from provolve.search.novelty import novelty

SEED = np.random.SeedSequence(1)


def scored(name, *scores):
    return msgspec.structs.replace(elite(float(np.mean(scores)), name), scores=tuple(map(float, scores)))


def mapped(starts=MEASURED, **settings):
    return MapElites(starts=starts, seed=SEED, window=1, **{"cells": 9, "regrid_every": 1, **settings})


points = st.lists(st.tuples(st.integers(0, 9), st.integers(-4, 12), st.integers(-4, 12)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(points)
def test_each_cell_holds_the_best_that_was_told_of_it(stream):
    """Against a plain table of the best of each cell, from the laying of the grid on."""
    strategy = mapped(regrid_every=1000)
    strategy._lay(tuple(strategy._map))
    edges = strategy._grid.edges
    best = {}
    told = [*MEASURED]
    for number, (loss, x, y) in enumerate(stream):
        found = verdict(float(loss), f"b{number}", measures=(float(x), float(y)))
        told.append(elite(float(loss), f"b{number}", measures=(float(x), float(y))))
        strategy.tell(strategy.ask().id, [found])
    for each in told:
        cell = Grid(edges)(each)
        if cell not in best or each.loss < best[cell].loss:
            best[cell] = each
    assert sorted(e.loss for e in strategy._map) == sorted(e.loss for e in best.values())
    assert {Grid(edges)(e) for e in strategy._map} == set(best)


def test_parents_are_drawn_from_all_cells_alike():
    strategy = mapped(regrid_every=1000)
    strategy._lay(tuple(strategy._map))
    for number, place in enumerate((-9.0, 0.5, 9.0)):
        strategy.tell(strategy.ask().id, [verdict(float(number), f"b{number}", measures=(place, place))])
    drawn = []
    for _ in range(600):
        ask = strategy.ask()
        drawn.append(ask.parents[0].candidate.digest)
        strategy.tell(ask.id, [])
    counts = [drawn.count(digest) for digest in set(drawn)]
    assert len(counts) == len(strategy)
    assert min(counts) > 0.6 * 600 / len(counts)


def test_without_measures_the_grid_is_over_size_and_literals():
    """A small program stays, far worse than the larger ones as it is; one as large as they are does not."""
    strategy = mapped(starts=STARTS[:1])
    for _ in range(3):
        found = [verdict(5.0, "small", nodes=3), verdict(1.1, "beside", nodes=10)]
        strategy.tell(strategy.ask().id, found)
    assert {described_by(kept)[0] for kept in strategy._map} == {3.0, 10.0}
    assert {kept.behaviour for kept in strategy._map} == {"small", "seed program"}


def test_who_is_good_elsewhere_is_more_novel_than_twins():
    crowd = [scored(f"t{k}", 1 + k / 100, 9 + k / 100) for k in range(8)]
    odd = scored("odd", 9, 1)
    worth = novelty([odd, crowd[3]], [*crowd, odd])
    assert worth[0] > 2 * worth[1]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=20, unique=True))
def test_neither_scale_nor_direction_of_an_instance_matters(rows):
    plain = [scored(f"b{k}", *row) for k, row in enumerate(rows)]
    scaled = [scored(f"b{k}", 1024.0 * row[0] - 64.0, row[1]) for k, row in enumerate(rows)]
    assert novelty(plain, plain) == pytest.approx(novelty(scaled, scaled))


def test_novelty_alone_asks_for_the_odd_one_and_without_it_for_the_best():
    crowd = tuple(scored(f"t{k}", 1 + k / 100, 9 + k / 100) for k in range(12))
    odd = scored("odd", 20, 3)
    shares = {}
    for share in (0.0, 1.0):
        strategy = Novelty(starts=(*crowd, odd), seed=SEED, window=1, novel_share=share)
        first = []
        for _ in range(200):
            ask = strategy.ask()
            first.append(ask.parents[0].behaviour)
            strategy.tell(ask.id, [])
        shares[share] = first.count("odd") / 200
    assert shares[0.0] == 0.0
    assert shares[1.0] > 0.25


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_0_to_1(share):
    with pytest.raises(ValueError, match="novel_share"):
        Novelty(starts=STARTS, seed=SEED, novel_share=share)
