"""The curve of braille dots."""

from __future__ import annotations

from provolve.report.curve import curve, steps

BLANK = chr(0x2800)


def test_a_fall_starts_at_the_top_and_ends_at_the_bottom() -> None:
    lines = curve([(0, 4.0), (50, 1.0)], 100, 10, 3)
    assert [len(line) for line in lines] == [10, 10, 10]
    assert lines[0][0] != BLANK
    assert lines[0][9] == BLANK
    assert lines[2][0] == BLANK
    assert lines[2][9] != BLANK


def test_a_rise_ends_at_the_top() -> None:
    lines = curve([(0, 1.0), (10, 2.0)], 20, 8, 2)
    assert lines[0][7] != BLANK
    assert lines[1][7] == BLANK


def test_the_jump_is_where_it_happened() -> None:
    lines = curve([(0, 1.0), (90, 0.0)], 100, 10, 2)
    assert lines[0][:9] == lines[0][0] * 9
    assert lines[0][9] != lines[0][0]


def test_a_jump_leaves_no_gap() -> None:
    lines = curve([(0, 4.0), (50, 0.0)], 100, 10, 4)
    assert all(any(character != BLANK for character in line) for line in lines)


def test_a_flat_curve_and_an_empty_one_are_drawn() -> None:
    assert any(character != BLANK for line in curve([(0, 1.0)], 0, 5, 2) for character in line)
    assert curve([], 1, 5, 2) == ["     ", "     "]


def test_of_several_values_at_one_place_the_last_counts() -> None:
    assert steps([(0, 4.0), (0, 2.0), (5, 1.0)]) == [(0, 2.0), (5, 1.0)]
