"""What a candidate says of itself, made fit to be recorded, quoted and shown: it proves nothing."""

from __future__ import annotations

from provolve.judge.failures import steady

PRINTED = 2000
"""Characters of printed output that are kept with a verdict."""


def said(text: bytes | str, longest: int) -> str:
    """Return ``text`` without addresses and with at most ``longest`` characters, its middle left out.

    Lines stay. What else could steer a terminal or hide from a reader stands as an escape: control,
    format and unassigned characters.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    lines = text.replace("\r\n", "\n").expandtabs(4)
    plain = "".join(letter if letter.isprintable() or letter == "\n" else _escape(letter) for letter in lines)
    plain = steady(plain).strip("\n")
    if len(plain) <= longest:
        return plain
    half = longest // 2 - 1
    return f"{plain[:half]}…\n{plain[-half:]}"


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
