"""The claim as a sentence and a table."""

from __future__ import annotations

import msgspec

from provolve.record import Claim, Comparison
from provolve.report.claim import claim_report, finding, headline, merged
from provolve.report.scale import Scale
from provolve.task.settings import Published

SEED = Comparison("seed program", 4.2, 3.4, 3.35, 3.45, "t")
CLAIM = Claim("0" * 32, "heuristic", 30, 0.8, "", (0.8,) * 30, (SEED,), 0.78, 0.81)
SCALE = Scale("minimize", "mean", "% excess")


def test_the_sentence_has_both_scores_the_difference_and_its_interval() -> None:
    assert headline(CLAIM, "% excess") == (
        "The champion is better than the seed program: 0.800 against 4.200 % excess on 30 sealed test "
        "instances, a difference of 3.400 (95 % interval 3.350 to 3.450)."
    )


def test_the_sentence_does_not_boast() -> None:
    parity = msgspec.structs.replace(CLAIM, comparisons=(msgspec.structs.replace(SEED, low=-0.1, high=0.2),))
    worse = msgspec.structs.replace(CLAIM, comparisons=(msgspec.structs.replace(SEED, low=-0.3, high=-0.2),))
    assert "at parity with the seed program" in headline(parity)
    assert "is worse than the seed program" in headline(worse)


def test_a_whole_population_has_no_interval() -> None:
    exact = msgspec.structs.replace(SEED, low=None, high=None, method="")
    assert "the whole population" in headline(msgspec.structs.replace(CLAIM, comparisons=(exact,)))
    assert finding(exact) == "better"
    assert finding(msgspec.structs.replace(exact, difference=0.0)) == "equal"
    assert finding(msgspec.structs.replace(exact, difference=-1.0)) == "worse"


def test_a_baseline_that_is_the_seed_program_shares_its_row() -> None:
    same = msgspec.structs.replace(SEED, name="best-fit")
    other = Comparison("worst-fit", 9.0, 8.2, 8.1, 8.3, "t")
    assert [row.name for row in merged((SEED, same, other))] == ["worst-fit", "seed program = best-fit"]


def test_a_rejected_champion_claims_nothing(drawn) -> None:
    failed = msgspec.structs.replace(CLAIM, failure="raised: \x1b[1mboom", comparisons=())
    text = drawn(claim_report(failed, SCALE, {}))
    assert "nothing is claimed" in text
    assert "\\x1b[1mboom" in text


def test_a_construction_shows_its_exact_value_and_what_was_published(drawn) -> None:
    claim = Claim("0" * 32, "construction", 1, 2 / 3, "2/3", (2 / 3,), (), -1.0, -1.0)
    published = {"somebody": Published(value=0.6666, source="A. Author, 2020", on="n = 3")}
    text = drawn(claim_report(claim, Scale("maximize"), published))
    assert "exact: 2/3" in text
    assert "0.666666666667" in text
    assert "0.6666" in text
    assert "A. Author, 2020; n = 3" in text


def test_the_interval_decides_how_many_digits_are_shown(drawn) -> None:
    wide = msgspec.structs.replace(SEED, mean=42000.0, difference=12345.0, low=12000.0, high=13000.0)
    text = drawn(claim_report(msgspec.structs.replace(CLAIM, mean=29655.0, comparisons=(wide,)), SCALE, {}))
    assert "12,345" in text
    assert "12,345." not in text
