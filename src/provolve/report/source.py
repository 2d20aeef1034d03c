"""Programs and their differences, coloured."""

from __future__ import annotations

from rich.text import Text

from provolve.program import unified_diff
from provolve.report.text import harmless, plain

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def python(source: str) -> Text:
    """Return Python source, highlighted; text that would steer the terminal stands as escapes."""
    from rich.syntax import Syntax

    highlighter = Syntax("", "python", theme="ansi_dark", background_color="default")
    text = highlighter.highlight(harmless(source).strip("\n"))
    text.rstrip()
    return _unbroken(text)


def difference(before: str, after: str, before_name: str, after_name: str) -> Text:
    """Return the unified diff of two programs, coloured; a sentence where there is none."""
    diff = unified_diff(before, after, before_name=before_name, after_name=after_name)
    if not diff:
        return Text("no difference", "dim")
    lines = diff.rstrip("\n").split("\n")
    text = Text("\n").join(
        plain(line, "bold" if line.startswith(("---", "+++")) else _DIFF_STYLES.get(line[:1], ""))
        for line in lines
    )
    return _unbroken(text)


def _unbroken(text: Text) -> Text:
    """Leave long lines whole: what is copied from the screen must still be the program."""
    text.no_wrap, text.overflow = True, "ignore"
    return text
