"""What ``provolve lint`` found, and what ``provolve verify`` found."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.engine.verify import Verification
from provolve.report.claim import headline
from provolve.report.text import plain
from provolve.report.word import MARK, MEANING

_STYLES = {"error": "bold red", "warning": "yellow", "ok": "green"}


def findings_table(findings: Sequence[tuple[str, str]]) -> RenderableType:
    """Return findings, each a severity (``ok``, ``note``, ``warning`` or ``error``) and a text."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for severity, text in findings:
        grid.add_row(Text(severity, _STYLES.get(severity, "dim")), plain(text))
    return grid


def verification_report(verification: Verification) -> RenderableType:
    """Return every check with what differs, and whether the claim holds."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for check in verification.checks:
        mark = Text("holds", "green") if check.holds else Text("differs", "bold red")
        grid.add_row(mark, plain(check.name, "bold"), plain(check.detail))
    trust = (
        "the installed task judged"
        if verification.installed
        else f"not installed here, digest {verification.task_digest}: the judge came with the bundle and ran "
        "confined too"
    )
    if verification.claim.self_judged:
        trust = f"scores are {MARK}: {MEANING}; what was run again need not say the same"
    level = f"; sandbox {verification.level}" if verification.level else ""
    parts: list[RenderableType] = [
        grid,
        Text(),
        plain(f"task {verification.task_name}: {trust}{level}", "dim"),
    ]
    if verification.unchecked:
        parts.append(plain(f"Not checked: {verification.unchecked}.", "yellow"))
    if verification.holds:
        parts.append(Text("The claim holds. ", "bold green") + plain(headline(verification.claim)))
    else:
        parts.append(Text("The claim does not hold: see what differs.", "bold red"))
    return Group(*parts)
