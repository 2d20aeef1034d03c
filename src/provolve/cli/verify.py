"""``provolve verify``: re-check a claim from scratch."""

from __future__ import annotations

from pathlib import Path

import click

from provolve.cli.group import FAILED
from provolve.cli.options import named_run, runs_option, weak_option


@click.command(short_help="Re-check a run or a bundle.")
@click.argument("target", metavar="[RUN|BUNDLE]", required=False)
@click.option("--task", help="The task to trust; that of the bundle's name in the gallery if left out.")
@runs_option
@weak_option
def command(target: str | None, task: str | None, runs: Path, allow_weak_sandbox: bool) -> int:
    """Re-check a run or a bundle: its stored answers, then its programs run again, then the claim."""
    from provolve.cli.output import console
    from provolve.engine.verify import verify
    from provolve.report.findings import verification_report

    verification = verify(
        named_run(runs, None).stem if target is None else target,
        runs=runs,
        task=task,
        allow_weak_sandbox=allow_weak_sandbox,
    )
    console().print(verification_report(verification))
    return 0 if verification.holds else FAILED
