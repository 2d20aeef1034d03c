"""``provolve show``: all about a run or a task."""

from __future__ import annotations

from pathlib import Path

import click

from provolve.cli.options import named_run, runs_option
from provolve.errors import UsageError


@click.command(short_help="Show a run or a task.")
@click.argument("name", metavar="[RUN|TASK]", required=False)
@click.option("--calls", is_flag=True, help="List the calls of models or programs, a line each.")
@click.option(
    "--json", "as_json", is_flag=True, help="The run as one JSON object; with --calls every prompt too."
)
@runs_option
def command(name: str | None, calls: bool, as_json: bool, runs: Path) -> None:
    """Show a RUN (champion, difference, lineage, verdicts, calls) or a TASK; the newest run if left out."""
    if name is None:
        _show_run(named_run(runs, None), calls, as_json)
        return
    try:
        path = named_run(runs, name)
    except UsageError:
        _show_task(name, runs, calls or as_json)
    else:
        _show_run(path, calls, as_json)


def _show_run(path: Path, calls: bool, as_json: bool) -> None:
    from provolve.cli.output import console
    from provolve.cli.recorded import recorded_task
    from provolve.report.calls import calls_list
    from provolve.report.run_json import run_json
    from provolve.report.run_page import champion_source, read_facts, run_page
    from provolve.store import RunReader

    facts = read_facts(path)
    with RunReader(path) as reader:
        if as_json:
            champion = champion_source(facts, recorded_task(facts.spec))
            click.echo(run_json(facts, champion, reader.all_calls() if calls else None))
        elif calls and facts.calls:
            console().print(calls_list(reader.all_calls()), crop=False)
        elif calls:
            click.echo(f"run {facts.name} made no calls: its proposer is {facts.spec.proposer}")
        else:
            console().print(run_page(facts, recorded_task(facts.spec)), crop=False)


def _show_task(name: str, runs: Path, run_only: bool) -> None:
    from provolve.cli.output import console
    from provolve.report.task_page import task_page
    from provolve.task import load

    if run_only:
        raise UsageError(f"there is no run {name!r} in {runs}: --calls and --json show a run")
    try:
        task = load(name)
    except UsageError as error:
        raise UsageError(f"there is no run {name!r} in {runs}, and as a task: {error}") from error
    console().print(task_page(task), crop=False)
