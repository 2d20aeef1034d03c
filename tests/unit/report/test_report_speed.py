"""The claim of kind speed as a sentence and a table."""

import msgspec
import pytest

from provolve.record import Claim, Comparison, Ratio, Speed
from provolve.report.claim import claim_report, headline
from provolve.report.scale import Scale

RATIO = Ratio(0.3216, 0.3118, 0.3324)
SPEED = Speed(
    warm=False,
    rounds=8,
    equal=30,
    control=Ratio(1.006, 0.993, 1.014),
    ratio=RATIO,
    cold=0.3216,
    floor=28.2e-6,
    seconds={
        "seed program": 0.0636,
        "seed program again": 0.0637,
        "the champion": 0.0204,
        "hash[b]": 0.0008,
    },
    loading={"seed program": 1e-4, "seed program again": 1e-4, "the champion": 2e-4, "hash[b]": 1e-4},
)
CLAIM = Claim(
    champion="0" * 32,
    kind="speed",
    instances=30,
    mean=0.3216,
    exact="",
    scores=(0.3216,) * 30,
    comparisons=(
        Comparison("seed program", 1.0, 0.678, 0.668, 0.688, "bootstrap+aa", RATIO),
        Comparison("hash[b]", 0.013, -0.3, -0.31, -0.29, "bootstrap+aa", Ratio(20.3, 17.5, 21.8)),
    ),
    train=0.33,
    validation=0.33,
    speed=SPEED,
)


def changed(ratio: Ratio, *, warm: bool = False) -> Claim:
    speed = msgspec.structs.replace(SPEED, ratio=ratio, warm=warm)
    return msgspec.structs.replace(CLAIM, speed=speed)


def test_the_sentence_has_ratio_interval_and_the_number_of_inputs() -> None:
    assert headline(CLAIM) == (
        "The champion takes 0.322 times the seed program's CPU time (95 % interval 0.312 to 0.332), loading "
        "included; its answers were right on all 30 sealed test inputs."
    )


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (Ratio(0.97, 0.965, 0.975), "shows no difference to the seed program"),
        (Ratio(0.80, 0.60, 1.05), "shows no difference to the seed program"),
        (Ratio(1.30, 1.20, 1.40), "is slower"),
    ],
)
def test_the_sentence_does_not_boast(ratio: Ratio, words: str) -> None:
    assert words in headline(changed(ratio))


def test_the_table_has_every_program_and_the_control(drawn) -> None:
    text = drawn(claim_report(CLAIM, Scale("minimize"), {}))
    for part in (
        "0.322",
        "20.3",
        "17.5 to 21.8",
        "slower",
        "faster",
        "63.6",
        "1.006 (0.993 to 1.01)",
        "28.2 µs",
    ):
        assert part in text, part
    assert "hash[b]" in text
    assert text.index("seed program  ") < text.index("hash[b]") < text.index("\nchampion")
    assert "8 samples" in text


def test_a_warm_claim_says_so_and_shows_the_cold_ratio_too(drawn) -> None:
    text = drawn(claim_report(changed(RATIO, warm=True), Scale("minimize"), {}), width=200)
    assert "without loading" in text
    assert "With loading the ratio is 0.322" in text
