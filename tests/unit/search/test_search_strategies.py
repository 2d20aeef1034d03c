"""What strategies say of mistakes, and the two small ones; what all promise is tested with the contract."""

import re

import numpy as np
import pytest
from search_cases import MAKES, STARTS, duplicate, reached, verdict

from provolve.errors import StoreError, UsageError
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
    Resumable,
    ScatteredForest,
    Strategy,
    Tree,
    build,
    names,
)

every = pytest.mark.parametrize("make", MAKES.values(), ids=MAKES.keys())


@every
def test_ids_count_up_and_each_ask_is_told_once(make):
    strategy = make(np.random.SeedSequence(1), 3)
    assert [strategy.ask().id for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ValueError, match="ask 4 was never asked"):
        strategy.tell(4, [])
    with pytest.raises(ValueError, match="ask 0 was never asked"):
        strategy.tell(0, [])
    strategy.tell(2, [])
    with pytest.raises(ValueError, match="ask 2 was told before"):
        strategy.tell(2, [])
    assert strategy.ask().id == 4


@every
def test_a_full_window_refuses_to_ask_and_changes_nothing(make):
    strategy = make(np.random.SeedSequence(1), 2)
    strategy.ask()
    strategy.ask()
    before = strategy.snapshot()
    with pytest.raises(ValueError, match="tell ask 1 first"):
        strategy.ask()
    assert strategy.snapshot() == before


@pytest.mark.parametrize("name", ["islands", "random"])
def test_another_seed_gives_other_asks(name):
    def parents(entropy, key=()):
        strategy = MAKES[name](np.random.SeedSequence(entropy, spawn_key=key), 1)
        found = []
        for _ in range(40):
            ask = strategy.ask()
            strategy.tell(ask.id, [verdict(2.0 + i / 10, f"b{i}") for i in range(6)])
            found.append(tuple(parent.behaviour for parent in ask.parents))
        return found

    assert parents(1) == parents(1)
    assert parents(1) != parents(2)
    assert parents(1) != parents(1, (5,))


@every
def test_a_foreign_or_damaged_snapshot_is_refused(make):
    strategy = make(np.random.SeedSequence(1), 2)
    strategy.ask()
    data = strategy.snapshot()
    with pytest.raises(StoreError, match="snapshot"):
        strategy.restore(data[:-1])
    with pytest.raises(StoreError, match="wrote it"):
        strategy.restore(re.sub(rb"/\d", b"/0", data))


def test_a_snapshot_of_other_settings_is_refused():
    seed = np.random.SeedSequence(1)
    data = Islands(starts=STARTS, seed=seed, islands=3).snapshot()
    with pytest.raises(StoreError, match="3 islands and this strategy 2"):
        Islands(starts=STARTS, seed=seed, islands=2).restore(data)


def test_an_elite_is_written_once_however_many_islands_hold_it():
    seed = np.random.SeedSequence(1)
    few = Islands(starts=STARTS[:1], seed=seed, islands=1).snapshot()
    many = Islands(starts=STARTS[:1], seed=seed, islands=8).snapshot()
    assert many.count(b"seed program") == few.count(b"seed program")


def test_the_entry_points_name_the_strategies():
    assert {"islands", "hill-climb", "random"} <= set(names())
    for name, kind in (("islands", Islands), ("hill-climb", HillClimb), ("random", RandomSampling)):
        strategy = build(name, starts=STARTS, seed=np.random.SeedSequence(1), batch=3, window=2)
        assert type(strategy) is kind
        assert isinstance(strategy, Strategy)
        assert isinstance(strategy, Resumable)
        assert strategy.ask().count == 3


def test_an_unknown_strategy_is_refused_with_the_known_names():
    with pytest.raises(UsageError, match=r"'annealing'.*hill-climb, islands, .*random"):
        build("annealing", starts=STARTS, seed=np.random.SeedSequence(1))


def climb(**arguments):
    return HillClimb(starts=STARTS, seed=np.random.SeedSequence(1), window=3, **arguments)


def test_hill_climb_improves_the_best_so_far():
    strategy = climb()
    assert strategy.ask().parents == STARTS[:1]
    strategy.tell(1, [verdict(0.8, "b"), verdict(0.6, "c"), verdict(0.7, "d")])
    assert [parent.loss for parent in strategy.ask().parents] == [0.6]
    strategy.tell(2, [verdict(0.9, "e"), verdict(0.6, "larger", nodes=11)])
    assert [parent.behaviour for parent in strategy.ask().parents] == ["c"]
    strategy.tell(3, [verdict(0.6, "level"), duplicate(0.65, "f")])
    assert [parent.behaviour for parent in strategy.ask().parents] == ["level"]


def test_hill_climb_restarts_on_a_plateau_from_another_start():
    strategy = climb(patience=2)
    parents = []
    for _ in range(40):
        ask = strategy.ask()
        parents.append(ask.parents[0].behaviour)
        strategy.tell(ask.id, [])
    assert parents[:2] == ["seed program"] * 2
    assert parents[::2] == parents[1::2]
    assert all(a != b for a, b in zip(parents[::2], parents[2::2], strict=False))
    assert set(parents) == {start.behaviour for start in STARTS}


def test_hill_climb_is_not_led_back_up_the_old_hill():
    strategy = climb(patience=1)
    old = [strategy.ask(), strategy.ask()]
    strategy.tell(old[0].id, [])
    assert strategy.ask().parents != STARTS[:1]
    strategy.tell(old[1].id, [verdict(0.1, "old hill")])
    assert strategy.ask().parents[0].behaviour != "old hill"


def test_hill_climb_with_one_start_restarts_from_it():
    strategy = HillClimb(starts=STARTS[:1], seed=np.random.SeedSequence(1), patience=1)
    strategy.tell(strategy.ask().id, [verdict(0.5, "b")])
    strategy.tell(strategy.ask().id, [])
    assert strategy.ask().parents == STARTS[:1]


def test_random_sampling_learns_nothing_and_draws_every_start_alike():
    strategy = RandomSampling(starts=STARTS, seed=np.random.SeedSequence(1))
    drawn = []
    for _ in range(600):
        ask = strategy.ask()
        drawn.append(ask.parents)
        strategy.tell(ask.id, [verdict(0.1, "b")])
    assert set(drawn) == {(start,) for start in STARTS}
    assert all(150 < drawn.count((start,)) < 250 for start in STARTS)


@pytest.mark.parametrize(
    "kind",
    [
        HillClimb,
        RandomSampling,
        BestOfN,
        Beam,
        Tree,
        ScatteredForest,
        MapElites,
        Novelty,
        AgeLayers,
        Portfolio,
    ],
)
@pytest.mark.parametrize("wrong", [{"starts": ()}, {"batch": 0}, {"window": 0}])
def test_numbers_out_of_range_are_refused(kind, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        kind(**{"starts": STARTS, "seed": np.random.SeedSequence(1), **wrong})


def test_hill_climb_needs_some_patience():
    with pytest.raises(ValueError, match="patience 0"):
        climb(patience=0)


def test_islands_climb_a_hill_that_random_sampling_does_not():
    arguments = {"starts": STARTS[:1], "seed": np.random.SeedSequence(1)}
    assert reached(Islands(**arguments)) < 0.8
    assert reached(RandomSampling(**arguments)) > 0.95
