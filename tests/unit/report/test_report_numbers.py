"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from provolve.report.numbers import (
    count,
    duration,
    fixed,
    number,
    percent,
    places_for,
    rate,
    signed_percent,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (4.22713, "4.227"),
        (0.82, "0.8200"),
        (-0.5, "−0.5000"),
        (19071.4, "19,071"),
        (123456.0, "123,456"),
        (1e-7, "1.000e-07"),
        (2.5e12, "2.500e+12"),
        (math.inf, "∞"),
        (math.nan, "not a number"),
    ],
)
def test_a_number_has_four_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_digits_after_the_point_show_two_digits_of_the_width() -> None:
    assert [places_for(width) for width in (0.034, 0.34, 3.4, 340.0, 0.0, 1e-30)] == [3, 2, 1, 0, 3, 12]


def test_fixed_places_have_a_real_minus_and_no_minus_zero() -> None:
    assert fixed(-1.25, 1) == "−1.2"
    assert fixed(-0.001, 1) == "0.0"
    assert fixed(12345.678, 2) == "12,345.68"


def test_shares_and_gains() -> None:
    assert percent(0.805) == "80.5 %"
    assert percent(1.25) == "125 %"
    assert signed_percent(0.5) == "+50.0 %"
    assert signed_percent(-0.5) == "−50.0 %"
    assert signed_percent(0.0) == "0.0 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.44, "0.4 s"), (12.4, "12 s"), (59.7, "1:00 min"), (185, "3:05 min"), (7385, "2:03:05 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts_and_rates() -> None:
    assert count(1234567) == "1,234,567"
    assert rate(1985.4) == "1,985/s"
    assert rate(6.66) == "6.7/s"
