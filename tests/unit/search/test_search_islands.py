import numpy as np
import pytest
from search_cases import STARTS, candidate, duplicate, elite, stream, verdict

from provolve.record import Rejection, Verdict
from provolve.search import Islands


def build(starts=STARTS, **settings):
    settings = {"islands": 3, "batch": 4, "window": 1, **settings}
    return Islands(starts=starts, seed=np.random.SeedSequence(7), **settings)


def turn(strategy, verdicts=()):
    """Ask once, tell `verdicts`, and return the ask."""
    ask = strategy.ask()
    strategy.tell(ask.id, verdicts)
    return ask


def run(strategy, asks, **streaming):
    asked = []
    for _ in range(asks):
        ask = strategy.ask()
        strategy.tell(ask.id, stream(ask, 3, **streaming))
        asked.append(ask)
    return asked


def losses(population):
    return [kept.loss for kept in population]


def test_asks_go_round_the_islands_and_carry_the_batch():
    asked = [turn(build_once) for build_once in [build(batch=5)] for _ in range(7)]
    assert [(ask.id, ask.island, ask.count) for ask in asked] == [(i, (i - 1) % 3, 5) for i in range(1, 8)]


def test_islands_begin_with_the_seed_program_and_their_share_of_the_other_starts():
    populations = build(islands=2).populations
    assert [losses(population) for population in populations] == [[1.0, 2.0], [1.0, 1.5]]
    assert [losses(population) for population in build(islands=4).populations] == [
        [1.0],
        [1.0, 1.5],
        [1.0, 2.0],
        [1.0],
    ]


def test_the_best_is_kept_through_restarts_and_resets():
    strategy = build(patience=3, reset_every=20, fresh_share=1.0)
    seen = [start.loss for start in STARTS]
    for _ in range(400):
        ask = strategy.ask()
        verdicts = stream(ask, 3)
        seen += [each.loss for each in verdicts if each.loss is not None]
        strategy.tell(ask.id, verdicts)
    assert strategy.best.loss == min(seen)
    assert min(losses(population)[0] for population in strategy.populations) < STARTS[0].loss


def test_populations_stay_within_capacity_and_share_of_a_template():
    strategy = build(capacity=9, per_template=2)
    for _ in range(60):
        run(strategy, 1)
        for population in strategy.populations:
            assert len(population) <= 9
            templates = [kept.candidate.template.digest for kept in population]
            assert max(map(templates.count, templates)) <= 2
    assert max(map(len, strategy.populations)) == 9


def test_a_duplicate_replaces_its_original_only_if_it_is_smaller():
    strategy = build(islands=1)
    turn(strategy, [verdict(0.5, "b", template="original", nodes=10)])
    turn(strategy, [duplicate(0.5, "b", template="as large", nodes=10)])
    assert strategy.populations[0][0].candidate.template.digest == "original"
    turn(strategy, [duplicate(0.5, "b", template="smaller", nodes=9)])
    assert strategy.populations[0][0].candidate.template.digest == "smaller"
    assert [kept.behaviour for kept in strategy.populations[0]].count("b") == 1


@pytest.mark.parametrize("rejection", [kind for kind in Rejection if "duplicate" not in kind])
@pytest.mark.parametrize("made", [None, candidate("t")])
def test_rejections_are_passed_over_even_with_a_loss(rejection, made):
    strategy = build()
    before = strategy.populations
    turn(strategy, [Verdict(made, rejection, "because"), Verdict(made, rejection, "because", loss=0.1)])
    assert strategy.populations == before
    assert strategy.best.loss == 1.0


@pytest.mark.parametrize("rejection", [Rejection.DUPLICATE_SOURCE, Rejection.DUPLICATE_BEHAVIOUR])
def test_duplicates_of_unknown_loss_are_passed_over(rejection):
    strategy = build()
    before = strategy.populations
    turn(strategy, [Verdict(candidate(), rejection, duplicate_of="x"), Verdict(None, rejection)])
    turn(strategy, [])
    assert strategy.populations == before


def test_losses_that_are_not_finite_are_passed_over():
    strategy = build()
    turn(strategy, [verdict(float("nan"), "n"), verdict(float("-inf"), "i")])
    assert strategy.best.loss == 1.0
    assert losses(strategy.populations[0]) == [1.0]


@pytest.mark.parametrize(("fresh_share", "founder"), [(1.0, STARTS[0]), (0.0, elite(0.2, "leader"))])
def test_an_island_on_a_plateau_is_founded_anew_and_the_leader_is_spared(fresh_share, founder):
    strategy = build(
        STARTS[:1], islands=2, patience=3, fresh_share=fresh_share, migrate_every=1000, temperature=1e-3
    )
    turn(strategy, [verdict(0.2, "leader")])
    turn(strategy, [verdict(0.5, "x"), verdict(0.6, "y")])
    for _ in range(5):
        turn(strategy)
    assert losses(strategy.populations[1]) == [0.5, 0.6, 1.0]
    for _ in range(20):
        turn(strategy)
    assert losses(strategy.populations[0]) == [0.2, 1.0]
    assert strategy.populations[1] == (founder,)


def test_an_island_alone_is_founded_anew_too_and_the_best_is_still_known():
    strategy = build(STARTS[:1], islands=1, patience=2, fresh_share=1.0)
    turn(strategy, [verdict(0.2, "b")])
    for _ in range(3):
        turn(strategy)
    assert losses(strategy.populations[0]) == [1.0]
    assert strategy.best.loss == 0.2


def test_an_improvement_puts_the_plateau_off():
    strategy = build(STARTS[:1], islands=1, patience=3)
    for step in range(30):
        turn(strategy, [verdict(0.9 - step / 100, f"b{step}")] if step % 3 == 0 else [])
    assert len(strategy.populations[0]) == 11


def test_verdicts_from_before_a_founding_stay_off_the_island():
    strategy = build(STARTS[:1], islands=1, patience=2, fresh_share=1.0, window=3)
    turn(strategy)
    old = strategy.ask()
    turn(strategy)
    strategy.ask()
    strategy.tell(old.id, [verdict(0.2, "late")])
    assert losses(strategy.populations[0]) == [1.0]
    assert strategy.best.loss == 0.2


def test_the_best_migrates_every_so_many_turns():
    strategy = build(STARTS[:1], islands=2, migrate_every=3)
    turn(strategy, [verdict(0.2, "migrant")])
    for _ in range(6):
        turn(strategy)
    assert losses(strategy.populations[1]) == [1.0]
    turn(strategy)
    assert losses(strategy.populations[1]) == [0.2, 1.0]


def test_the_old_do_not_migrate_among_the_young_but_the_young_among_the_old():
    strategy = build(STARTS[:1], islands=2, patience=4, fresh_share=1.0, migrate_every=10)
    turn(strategy, [verdict(0.2, "old")])
    for _ in range(11):
        turn(strategy)
    for step in range(24):
        turn(strategy, [verdict(0.9 - step / 100, f"young {step}")] if step % 2 else [])
    behaviours = [{kept.behaviour for kept in population} for population in strategy.populations]
    assert "old" not in behaviours[1]
    assert any(behaviour.startswith("young") for behaviour in behaviours[0])


@pytest.mark.parametrize(("patience", "expected"), [(1, {0.1, 0.2}), (50, {0.1, 0.2, 0.3, 0.4})])
def test_the_worse_half_is_reset_from_the_better_and_the_young_are_spared(patience, expected):
    strategy = build(STARTS[:1], islands=4, reset_every=9, patience=patience, migrate_every=1000)
    for loss in (0.1, 0.4, 0.2, 0.3):
        turn(strategy, [verdict(loss, f"b{loss}")])
    for step in range(4):
        turn(strategy, [verdict((0.09, 0.39, 0.19, 0.29)[step] + 0.005, f"c{step}")])
    turn(strategy)
    best = {round(population[0].loss, 1) for population in strategy.populations}
    assert best == expected


def test_the_next_migrant_comes_as_many_turns_later():
    strategy = build(STARTS[:1], islands=2, migrate_every=3)
    for place in range(2):
        turn(strategy, [verdict(0.2, f"first {place}")])
    for _ in range(6):
        turn(strategy)
    turn(strategy, [verdict(0.1, "second")])
    for _ in range(4):
        turn(strategy)
        assert "second" not in {kept.behaviour for kept in strategy.populations[1]}
    turn(strategy)
    turn(strategy)
    assert "second" in {kept.behaviour for kept in strategy.populations[1]}


def test_an_island_founded_from_the_best_of_the_run_is_as_old_as_the_run():
    strategy = build(STARTS[:1], islands=2, patience=6, fresh_share=0.0, migrate_every=3, temperature=100.0)
    turn(strategy)
    turn(strategy, [verdict(0.5, "x"), verdict(0.6, "y"), verdict(0.7, "z")])
    for _ in range(100):
        if losses(strategy.populations[1]) in ([0.6], [0.7], [1.0]):
            break
        turn(strategy, [verdict(0.2, "leader")] if strategy.best.loss > 0.2 else [])
    else:
        pytest.fail("the second island was never founded from another elite than the leader")
    for _ in range(8):
        turn(strategy)
    assert losses(strategy.populations[1])[0] == 0.2


def test_an_island_reset_from_a_young_one_is_as_young():
    strategy = build(STARTS[:1], islands=2, patience=4, fresh_share=1.0, migrate_every=2, reset_every=31)
    turn(strategy, [verdict(0.2, "old")])
    for _ in range(13):
        turn(strategy)
    for step in range(16):
        loss = 0.1 if step == 15 else 0.9 - step / 100
        turn(strategy, [verdict(loss, f"young {step}")] if step % 2 else [])
    turn(strategy, [verdict(0.01, "after the reset")])
    assert {kept.behaviour for kept in strategy.populations[0]} == {"young 15", "after the reset"}
    for _ in range(6):
        turn(strategy)
    assert "after the reset" in {kept.behaviour for kept in strategy.populations[1]}


def test_islands_are_founded_anew_from_the_best_of_each_template():
    strategy = build(STARTS[:1], islands=1, patience=1, fresh_share=0.0, temperature=100.0)
    turn(strategy, [verdict(0.1 + rank / 100, f"b{rank}", template="crowded") for rank in range(4)])
    founders = set()
    for _ in range(60):
        turn(strategy)
        if len(strategy.populations[0]) == 1:
            founders.add(strategy.populations[0][0].loss)
    assert founders == {0.1, 1.0}


def grown(**settings):
    """Return a strategy of two islands that hold 20 elites each; the first holds those of even rank."""
    strategy = build(STARTS[:1], islands=2, migrate_every=1000, **settings)
    for place in range(2):
        turn(strategy, [verdict(0.1 + rank / 100, f"b{rank}") for rank in range(place, 38, 2)])
    return strategy


def first_parents(**settings):
    strategy = grown(patience=10**6, **settings)
    return [turn(strategy).parents[0].loss for _ in range(200)][::2]


def test_the_best_share_says_how_often_the_best_is_improved():
    assert set(first_parents(best_share=1.0, temperature=100.0)) == {0.1}
    assert first_parents(best_share=0.0, temperature=100.0).count(0.1) < 15
    assert 35 < first_parents(best_share=0.5, temperature=100.0).count(0.1) < 70


def test_the_temperature_spreads_the_choice_over_the_ranks():
    assert set(first_parents(best_share=0.0, temperature=0.001)) == {0.1}
    cool = np.mean(first_parents(best_share=0.0, temperature=0.1))
    warm = np.mean(first_parents(best_share=0.0, temperature=10.0))
    assert 0.11 < cool < 0.2 < warm


def strangers(**settings):
    """Return for each ask of the first island which parents after the first are of the second."""
    strategy = grown(patience=10**6, temperature=10.0, **settings)
    asked = [turn(strategy) for _ in range(100)][::2]
    home = set(strategy.populations[0])
    return [[parent not in home for parent in ask.parents[1:]] for ask in asked]


def test_the_foreign_share_says_how_often_the_second_parent_is_of_another_island():
    assert not any(map(any, strangers(foreign_share=0.0)))
    always = strangers(foreign_share=1.0)
    assert sum(row[0] for row in always) > 40
    assert not any(any(row[1:]) for row in always)


def test_others_bounds_the_further_parents_and_parents_are_distinct():
    assert {len(row) for row in strangers(others=0)} == {0}
    strategy = grown()
    sizes = set()
    for _ in range(60):
        parents = turn(strategy).parents
        assert len({parent.candidate.digest for parent in parents}) == len(parents)
        sizes.add(len(parents))
    assert max(sizes) == 4


MEASURED = (elite(1.0, "seed program", measures=(0.0, 0.0)),)


def test_measures_make_islands_keep_one_elite_a_cell():
    strategy = build(MEASURED, islands=1, capacity=16, regrid_every=10, patience=10**6)
    run(strategy, 9, measures=True)
    crowd = [verdict(0.5 + i / 100, f"c{i}", measures=(5.0, 5.0 + i / 10)) for i in range(6)]
    turn(strategy, [])
    turn(strategy, crowd)
    kept = [each for each in strategy.populations[0] if each.measures and each.measures[0] == 5.0]
    assert losses(kept) == [0.5]
    assert len(strategy.populations[0]) > 4


def test_the_grid_is_laid_at_the_ask_it_is_due():
    def crowd(place):
        return [verdict(0.5 + place / 100, f"c{place}", measures=(5.0, 5.0 + place / 1e6))]

    strategy = build(MEASURED, islands=1, capacity=16, regrid_every=30)
    for place in range(29):
        turn(strategy, crowd(place) if place < 12 else [])
    assert len(strategy.populations[0]) == 13
    strategy.ask()
    assert len(strategy.populations[0]) < 13


@pytest.mark.parametrize(
    "wrong",
    [
        {"islands": 0},
        {"capacity": 0},
        {"per_template": 0},
        {"others": -1},
        {"best_share": 1.5},
        {"foreign_share": -0.1},
        {"fresh_share": float("nan")},
        {"temperature": 0.0},
        {"migrate_every": 0},
        {"patience": 0},
        {"reset_every": 0},
        {"regrid_every": 0},
        {"batch": 0},
        {"window": 0},
        {"starts": ()},
    ],
)
def test_settings_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        build(**wrong)
