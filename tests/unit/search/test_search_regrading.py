"""Strategies when train grows: what each does of its own, and what all say of mistakes."""

import msgspec
import numpy as np
import pytest
from search_cases import MAKES, STARTS, verdict

from provolve.search import AgeLayers, Islands, Portfolio, Regrading, Tree

every = pytest.mark.parametrize("make", MAKES.values(), ids=MAKES.keys())


@every
def test_an_open_ask_must_be_told_before(make):
    strategy = make(np.random.SeedSequence(1), 4)
    strategy.ask()
    before = strategy.snapshot()
    with pytest.raises(ValueError, match="ask 1 waits"):
        strategy.regrade(10)
    assert strategy.snapshot() == before


@every
def test_the_seed_program_must_be_among_what_was_judged(make):
    strategy = make(np.random.SeedSequence(1), 4)
    strategy.regrade(10)
    with pytest.raises(ValueError, match="seed program"):
        strategy.regraded([])


def test_a_strategy_that_does_not_say_what_it_keeps_cannot_be_built():
    class Forgetful(Regrading):
        def _renew(self, known):
            """Nothing is kept."""

    with pytest.raises(TypeError, match="_kept"):
        Forgetful(starts=STARTS, seed=np.random.SeedSequence(1))


def test_islands_stay_apart_and_lose_the_tail_of_each():
    strategy = Islands(starts=STARTS[:1], seed=np.random.SeedSequence(1), islands=2, window=1, patience=99)
    for number in range(1, 41):
        ask = strategy.ask()
        strategy.tell(ask.id, [verdict(1.0 - number / 100, f"b{number}")])
    before = strategy.populations
    ask = strategy.regrade(12)
    strategy.regraded([msgspec.structs.replace(parent, loss=parent.loss + 9) for parent in ask.parents])
    after = strategy.populations
    for old, new in zip(before, after, strict=True):
        digests = [elite.candidate.digest for elite in old]
        kept = [elite.candidate.digest for elite in new]
        assert len(kept) >= 5
        assert set(kept) <= set(digests)
        assert digests[0] in kept


def test_a_tree_is_planted_anew_from_its_best():
    strategy = Tree(starts=STARTS[:1], seed=np.random.SeedSequence(1), window=1, capacity=8)
    for number in range(1, 30):
        strategy.tell(strategy.ask().id, [verdict(1.0 - number / 100, f"b{number}")])
    ask = strategy.regrade(40)
    strategy.regraded([msgspec.structs.replace(parent, loss=parent.loss + 9) for parent in ask.parents])
    assert len(strategy) == 3


def layers_of(strategy):
    return [[elite.candidate.digest for elite in layer] for layer in strategy.layers]


def test_the_youngest_layer_begins_anew_and_its_lines_move_on():
    strategy = AgeLayers(starts=STARTS[:1], seed=np.random.SeedSequence(1), window=1, gap=4, layers=3)
    for number in range(1, 4):
        strategy.tell(strategy.ask().id, [verdict(1.0 - number / 10, f"b{number}")])
    found = layers_of(strategy)[0]
    assert len(found) == 4
    strategy.ask()
    after = layers_of(strategy)
    assert after[0] == [STARTS[0].candidate.digest]
    assert set(found) <= set(after[1])


def test_no_line_stays_in_a_layer_beyond_its_age():
    root = np.random.SeedSequence(1)
    strategy = AgeLayers(starts=STARTS[:1], seed=root, window=1, gap=3, layers=3, capacity=9)
    for number in range(1, 61):
        strategy.tell(strategy.ask().id, [verdict(1.0 - number / 100, f"b{number}")])
    old = {verdict(1.0 - number / 100, f"b{number}").candidate.digest for number in range(1, 20)}
    assert not old & set(layers_of(strategy)[0])


def test_a_portfolio_moves_the_budget_to_the_strategy_that_pays():
    strategy = Portfolio(
        starts=STARTS, seed=np.random.SeedSequence(1), window=1, strategies=["random", "hill-climb"]
    )
    best = 1.0
    for _ in range(300):
        ask = strategy.ask()
        if ask.island == 1:
            best -= 0.001
        loss = best if ask.island == 1 else 5.0
        strategy.tell(ask.id, [verdict(loss, f"b{ask.id}")])
    assert strategy.shares[1] > 0.85
    assert min(strategy.shares) >= 0.0999


def test_a_portfolio_pays_for_work_and_not_for_asks():
    strategy = Portfolio(
        starts=STARTS, seed=np.random.SeedSequence(1), window=1, strategies=["random", "hill-climb"]
    )
    for number in range(200):
        ask = strategy.ask()
        found = verdict(0.9 - number / 1000, f"b{ask.id}")
        work = 20 if ask.island == 1 else 1
        strategy.tell(ask.id, [msgspec.structs.replace(found, work=work)])
    assert strategy.shares[0] > 0.8


def test_the_best_of_a_portfolio_is_a_parent_of_every_ask():
    strategy = Portfolio(starts=STARTS, seed=np.random.SeedSequence(1), window=1)
    strategy.tell(strategy.ask().id, [verdict(0.1, "best")])
    for _ in range(20):
        ask = strategy.ask()
        assert "best" in {parent.behaviour for parent in ask.parents}
        strategy.tell(ask.id, [])


@pytest.mark.parametrize("names", [["islands", "islands"], ["portfolio"], []])
def test_a_portfolio_that_cannot_be_is_refused(names):
    with pytest.raises(ValueError, match="strategies"):
        Portfolio(starts=STARTS, seed=np.random.SeedSequence(1), strategies=names)
