"""What a candidate wrote must not steer the terminal."""

from __future__ import annotations

import pytest

from provolve.report.text import harmless, one_line, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("a\rb", "a\\x0db"),
        ("\x9b31m", "\\x9b31m"),
        ("safe \u202e evil", "safe \\u202e evil"),
        ("lone \ud800", "lone \\ud800"),
        ("a\tb\r\nc", "a   b\nc"),
        ("Grüße, ☃ 東京", "Grüße, ☃ 東京"),
    ],
)
def test_steering_characters_stand_as_escapes(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_one_line_is_short_and_flat() -> None:
    assert one_line("a\n  b\n") == "a b"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


def test_brackets_are_no_markup() -> None:
    assert plain("[bold]x[/bold]").plain == "[bold]x[/bold]"
