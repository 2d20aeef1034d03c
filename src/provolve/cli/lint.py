"""``provolve lint``: look for what is wrong with a task."""

from __future__ import annotations

from pathlib import Path

import click

from provolve.cli.group import FAILED
from provolve.cli.options import data_option, pairs, set_option, weak_option


@click.command(short_help="Look for what is wrong with a task.")
@click.argument("task")
@set_option
@data_option
@weak_option
def command(task: str, settings: tuple[str, ...], data: Path | None, allow_weak_sandbox: bool) -> int:
    """Judge TASK's own programs and try its judge; say what would go wrong in a run."""
    from provolve.cli.output import console
    from provolve.engine.lint import lint_task
    from provolve.report.findings import findings_table
    from provolve.task import load

    loaded = load(task, pairs(settings, "--set"), data)
    findings = lint_task(loaded, allow_weak_sandbox=allow_weak_sandbox)
    out = console()
    out.print(findings_table([(finding.severity, finding.text) for finding in findings]))
    errors = sum(finding.severity == "error" for finding in findings)
    if errors:
        out.print(f"\n{loaded.name}: {errors} {'error' if errors == 1 else 'errors'} to mend before a run")
        return FAILED
    out.print(f"\n{loaded.name}: nothing stands in the way of `provolve run {task}`")
    return 0
