"""What the claim says follows from the scores alone, all comparisons together."""

from dataclasses import dataclass

import numpy as np
import pytest

from provolve.engine.best import Best
from provolve.engine.claims import SEED_PROGRAM, make_claim, optimism_of
from provolve.judge import PlainResult
from provolve.record import Candidate, Comparison, Template
from provolve.task.settings import Settings, SplitSizes

CHAMPION = Candidate.of(Template("ef" * 16, (("x = ", ""),), "i", 3), (1,))
BEST = Best(0.5, CHAMPION.digest, CHAMPION, 0.5, 0.6)


@dataclass
class Judged:
    settings: Settings


def task(**changes) -> Judged:
    values = {"direction": "minimize", "answer": "certificate", "aggregate": "mean"}
    return Judged(Settings(**(values | changes)))


def result(scores) -> PlainResult:
    return PlainResult(None, "", tuple(scores), tuple(map(repr, scores)), "", (), ())


def compared(champion, others, **changes) -> dict[str, Comparison]:
    claim = make_claim(task(**changes), BEST, result(champion), others, 7, None)
    return {comparison.name: comparison for comparison in claim.comparisons}


def others(shift: float, count: int, n: int = 20):
    """Programs that are behind a champion of zeros by about ``shift`` standard errors."""
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 1, n)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    rows = {SEED_PROGRAM: tuple(noise + shift / n**0.5)}
    for number in range(count - 1):
        rows[f"other-{number}"] = tuple(rng.permutation(noise))
    return rows


def test_what_one_comparison_shows_many_may_not_hold_together() -> None:
    zeros = (0.0,) * 20
    single = compared(zeros, others(2.5, 1))[SEED_PROGRAM]
    joint = compared(zeros, others(2.5, 8))[SEED_PROGRAM]
    assert single.finding == "better"
    assert joint.finding == "better alone"
    assert (joint.low, joint.high) == (single.low, single.high)
    assert compared(zeros, others(6.0, 8))[SEED_PROGRAM].finding == "better"
    assert compared(zeros, others(2.5, 8), direction="maximize")[SEED_PROGRAM].finding == "worse alone"


def test_programs_of_equal_scores_count_once() -> None:
    seed = others(2.5, 1)[SEED_PROGRAM]
    rows = {SEED_PROGRAM: seed} | {f"same-{number}": seed for number in range(9)}
    found = compared((0.0,) * 20, rows)
    assert len(found) == 10
    assert {comparison.finding for comparison in found.values()} == {"better"}


def test_parity_stays_parity_and_a_whole_population_exact() -> None:
    rows = others(0.3, 3)
    assert {each.finding for each in compared((0.0,) * 20, rows).values()} == {"parity"}
    exact = compared((0.0,) * 20, rows, splits=SplitSizes(exhaustive=True))
    assert {each.finding for each in exact.values()} == {"exact"}
    assert compared((0.0,), {SEED_PROGRAM: (1.0,)})[SEED_PROGRAM].finding == "exact"


def test_optimism_is_the_loss_on_test_minus_that_on_validation() -> None:
    test, validation = (2.0, 4.0, 3.0), (1.0, 2.0)
    found = optimism_of(task(), (test, (9.0,) * 3), (validation, (9.0,) * 2))
    assert (found.test, found.difference) == (3.0, 1.5)
    assert found.low < 1.5 < found.high
    turned = optimism_of(task(direction="maximize"), (test, (9.0,) * 3), (validation, (9.0,) * 2))
    assert (turned.test, turned.difference) == (-3.0, -1.5)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_optimism_compares_each_split_with_the_seed_program_there() -> None:
    found = optimism_of(task(aggregate="ratio"), ((2.0, 4.0), (4.0, 8.0)), ((30.0, 10.0), (60.0, 20.0)))
    assert (found.test, found.difference, found.low, found.high) == (0.5, 0.0, 0.0, 0.0)


def test_there_is_no_optimism_where_it_has_no_meaning() -> None:
    pair = ((2.0, 4.0), (4.0, 8.0))
    assert optimism_of(task(splits=SplitSizes(exhaustive=True)), pair, pair) is None
    assert optimism_of(task(), ((2.0, 4.0), ()), pair) is None
    assert optimism_of(task(), pair, ((), (1.0,))) is None
    assert optimism_of(task(aggregate="ratio"), ((2.0, 4.0), (0.0, 8.0)), pair) is None
    worst = optimism_of(task(aggregate="worst"), pair, ((1.0, 3.0), (4.0, 8.0)))
    assert (worst.difference, worst.low) == (1.0, None)
