"""Differences between two texts, for people."""

from __future__ import annotations

import difflib

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def unified_diff(before: str, after: str, *, before_name: str, after_name: str) -> str:
    """Return the differences as a unified diff with three lines of context; empty where there are none.

    A last line without a newline is followed by the note that ``diff`` and ``patch`` use.
    """
    lines = difflib.unified_diff(
        _lines(before), _lines(after), fromfile=before_name, tofile=after_name, lineterm="\n"
    )
    return "".join(line if line.endswith("\n") else line + _NO_NEWLINE for line in lines)


def _lines(text: str) -> list[str]:
    # str.splitlines would cut at form feeds and other characters that end no line of a program
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
