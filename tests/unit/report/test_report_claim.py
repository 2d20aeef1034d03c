"""The claim as a sentence and a table."""

from __future__ import annotations

import msgspec

from provolve.record import Claim, Comparison, Optimism
from provolve.report.claim import claim_report, finding, headline, merged
from provolve.report.ending import losses_text
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


def test_what_does_not_hold_jointly_is_marked(drawn) -> None:
    alone = msgspec.structs.replace(SEED, jointly=False)
    other = Comparison("worst-fit", 9.0, 8.2, 8.1, 8.3, "t")
    claim = msgspec.structs.replace(CLAIM, comparisons=(alone, other))
    assert "is better than the seed program by that comparison alone: " in headline(claim)
    text = " ".join(drawn(claim_report(claim, SCALE, {})).split())
    assert "better alone" in text
    assert (
        "better and worse hold for all 2 comparisons together (Holm), what is marked alone does not" in text
    )


def test_the_judges_words_stand_below_a_line_each(drawn) -> None:
    for kind in ("heuristic", "construction"):
        claim = msgspec.structs.replace(CLAIM, kind=kind, explained=("a law", "an [bold]odd\x1b[31m one"))
        lines = [line.strip() for line in drawn(claim_report(claim, SCALE, {})).splitlines()]
        place = lines.index("the judge says of it")
        assert lines[place + 1] == "a law"
        assert "[bold]odd" in lines[place + 2]
        assert "\x1b" not in lines[place + 2]
    assert "the judge says" not in drawn(claim_report(CLAIM, SCALE, {}))


def test_a_single_comparison_needs_no_word_about_others(drawn) -> None:
    same = msgspec.structs.replace(SEED, name="best-fit")
    text = drawn(claim_report(msgspec.structs.replace(CLAIM, comparisons=(SEED, same)), SCALE, {}))
    assert "together" not in text


def test_the_result_on_test_stands_beside_validation_with_its_spread() -> None:
    def said(*optimism, direction="minimize"):
        claim = msgspec.structs.replace(CLAIM, optimism=Optimism(*optimism))
        return losses_text(claim, Scale(direction, "mean"), None)

    assert ", test 0.8300: 0.020 worse than on validation (95 % interval −0.010 to 0.050);" in said(
        0.83, 0.02, -0.01, 0.05
    )
    assert ", test 0.7900: 0.020 better than on validation (95 % interval −0.010 to 0.050);" in said(
        0.79, -0.02, -0.05, 0.01
    )
    assert "test 2.000: 0.50 worse than on validation;" in said(-2.0, 0.5, None, None, direction="maximize")
    assert "test 0.8100: the same as on validation;" in said(0.81, 0.0, 0.0, 0.0)
    assert "test" not in losses_text(CLAIM, SCALE, None)


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
