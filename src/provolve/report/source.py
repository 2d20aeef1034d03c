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
    text.no_wrap = False
    return text


def difference(before: str, after: str, before_name: str, after_name: str) -> Text:
    """Return the unified diff of two programs, coloured; a sentence where there is none."""
    diff = unified_diff(before, after, before_name=before_name, after_name=after_name)
    if not diff:
        return Text("no difference", "dim")
    lines = diff.rstrip("\n").split("\n")
    return Text("\n").join(
        plain(line, "bold" if line.startswith(("---", "+++")) else _DIFF_STYLES.get(line[:1], ""))
        for line in lines
    )
