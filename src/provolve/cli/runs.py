"""``provolve runs``: list the runs."""

from __future__ import annotations

import time
from pathlib import Path

import click

from provolve.cli.options import runs_option


@click.command(short_help="List the runs.")
@runs_option
def command(runs: Path) -> None:
    """List the runs, the one last written first."""
    from provolve.cli.output import console
    from provolve.report.runs import runs_table
    from provolve.store import list_runs

    found = list_runs(runs)
    if not found:
        click.echo(f"there is no run in {runs}: `provolve run TASK` makes one")
        return
    console().print(runs_table(found, time.time()))
