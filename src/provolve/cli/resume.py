"""``provolve resume``: carry on a run that was stopped or killed."""

from __future__ import annotations

from pathlib import Path

import click

from provolve.cli.options import (
    budget_option,
    json_option,
    named_run,
    runs_option,
    weak_option,
    workers_option,
)


@click.command(short_help="Carry on a run that was stopped.")
@click.argument("run", required=False)
@budget_option
@workers_option
@runs_option
@weak_option
@json_option
def command(
    run: str | None,
    budgets: tuple[str, ...],
    workers: int | None,
    runs: Path,
    allow_weak_sandbox: bool,
    as_json: bool,
) -> int:
    """Carry on RUN, the newest that was stopped if left out; it ends where the unbroken run would have.

    A new budget counts from the beginning of the run.
    """
    from provolve.cli.recorded import recorded_task
    from provolve.cli.sitting import carry_out
    from provolve.engine.run import resume_run
    from provolve.record import Budget
    from provolve.store import RunReader

    budget = Budget.parse(*budgets) if budgets else None
    path = named_run(runs, run, resumable=True)
    with RunReader(path) as reader:
        task = recorded_task(reader.spec)
    return carry_out(
        lambda conduct: resume_run(path.parent, path.stem, conduct, budget),
        task=task,
        runs=path.parent,
        workers=workers,
        allow_weak_sandbox=allow_weak_sandbox,
        as_json=as_json,
    )
