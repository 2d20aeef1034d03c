"""``provolve show``: all about a run or a task."""

from __future__ import annotations

from pathlib import Path

import click

from provolve.cli.options import named_run, runs_option
from provolve.errors import UsageError


@click.command(short_help="Show a run or a task.")
@click.argument("name", metavar="[RUN|TASK]", required=False)
@runs_option
def command(name: str | None, runs: Path) -> None:
    """Show a RUN (champion, difference, lineage, verdicts) or a TASK; the newest run if left out."""
    if name is None:
        _show_run(named_run(runs, None))
        return
    try:
        path = named_run(runs, name)
    except UsageError:
        _show_task(name, runs)
    else:
        _show_run(path)


def _show_run(path: Path) -> None:
    from provolve.cli.output import console
    from provolve.cli.recorded import recorded_task
    from provolve.report.run_page import read_facts, run_page

    facts = read_facts(path)
    console().print(run_page(facts, recorded_task(facts.spec)), crop=False)


def _show_task(name: str, runs: Path) -> None:
    from provolve.cli.output import console
    from provolve.report.task_page import task_page
    from provolve.task import load

    try:
        task = load(name)
    except UsageError as error:
        raise UsageError(f"there is no run {name!r} in {runs}, and as a task: {error}") from error
    console().print(task_page(task), crop=False)
