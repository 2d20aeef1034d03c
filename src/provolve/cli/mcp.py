"""``provolve mcp``: let a coding agent drive a run, by the Model Context Protocol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provolve.cli.options import (
    data_option,
    named_run,
    pairs,
    runs_option,
    set_option,
    weak_option,
    workers_option,
)
from provolve.errors import UsageError

if TYPE_CHECKING:
    from provolve.engine.conduct import Conduct, Outcome
    from provolve.record import Budget
    from provolve.store import RunSpec
    from provolve.task import Task

CANDIDATES = 100


@click.command(short_help="Let a coding agent drive a run, over MCP.")
@click.argument("task", required=False)
@click.option("--resume", "run", metavar="RUN", help="Go on with a run that was stopped, in place of TASK.")
@click.option(
    "--budget",
    "-b",
    "budgets",
    multiple=True,
    metavar="LIMIT",
    help=f"{CANDIDATES}candidates, 2h; of several, whichever ends first. {CANDIDATES}candidates if left out.",
)
@click.option("--strategy", metavar="NAME", help="What keeps the archive; islands if left out.")
@workers_option
@click.option("--seed", "-s", type=click.IntRange(min=0), help="Seed of the instances.")
@click.option(
    "--test-seed",
    type=click.IntRange(min=0),
    help="Seed of the sealed instances; that of the run if left out.",
)
@set_option
@data_option
@click.option("--name", help="Name of the run; after the task if left out.")
@runs_option
@click.option("--http", "port", type=click.IntRange(0, 65535), help="Serve on this port of 127.0.0.1.")
@weak_option
def command(
    task: str | None,
    run: str | None,
    budgets: tuple[str, ...],
    strategy: str | None,
    workers: int | None,
    seed: int | None,
    test_seed: int | None,
    settings: tuple[str, ...],
    data: Path | None,
    name: str | None,
    runs: Path,
    port: int | None,
    allow_weak_sandbox: bool,
) -> int:
    """Let a coding agent submit the candidates of a run of TASK: a gallery name, a file or a folder.

    The agent's client starts this command and speaks the Model Context Protocol over its standard input and
    output. When the client goes, the run stops and can be resumed.
    """
    from provolve.agent.server import require_mcp, serve_http, serve_stdio
    from provolve.agent.session import Session
    from provolve.cli.sitting import carry_out
    from provolve.record import Budget

    require_mcp()
    budget = Budget.parse(*budgets) if budgets else None
    if (task is None) == (run is None):
        raise UsageError("give either a TASK to begin with or --resume RUN to go on with")
    if run is not None:
        given = (strategy, seed, test_seed, settings, data, name)
        loaded, go = _resumed(named_run(runs, run), budget, any(one not in (None, ()) for one in given))
    else:
        from provolve.engine.planning import make_spec
        from provolve.engine.run import start_run
        from provolve.task import load

        loaded = load(str(task), pairs(settings, "--set"), data)
        spec: RunSpec = make_spec(
            loaded,
            budget=budget or Budget(candidates=CANDIDATES),
            proposer="agent",
            strategy=_strategy(strategy),
            seed=seed,
            test_seed=test_seed,
            batch=1,
            runs=runs,
        )

        def go(conduct: Conduct) -> Outcome:
            return start_run(loaded, spec, conduct, runs=runs, name=name)

    def serve(conduct: Conduct) -> None:
        session = Session(loaded, go, conduct, runs)
        if port is None:
            serve_stdio(session)
        else:
            serve_http(session, port, lambda text: click.echo(f"provolve: {text}", err=True))

    return carry_out(
        serve,
        task=loaded,
        runs=runs,
        workers=workers,
        allow_weak_sandbox=allow_weak_sandbox,
        as_json=False,
        err=True,
    )


def _strategy(name: str | None) -> str:
    from provolve.search import names

    if name is not None and name not in names():
        raise UsageError(f"there is no strategy {name!r}: choose one of {', '.join(names())}")
    return name or "islands"


def _resumed(path: Path, budget: Budget | None, given: bool) -> tuple[Task, Callable[[Conduct], Outcome]]:
    """Return the task of the run at ``path``, and what goes on with it.

    Raises:
        UsageError: if it was not driven by an agent, or options of a new run are ``given``.
    """
    from provolve.engine.run import load_task, resume_run
    from provolve.store import RunReader

    if given:
        raise UsageError(
            "with --resume, strategy, seeds, parameters, data and name are the run's: leave them out"
        )
    with RunReader(path) as reader:
        spec = reader.spec
    if spec.proposer != "agent":
        raise UsageError(
            f"the candidates of run {path.stem} come from {spec.proposer} and not from an agent: go on with "
            f"`provolve resume {path.stem}`"
        )
    return load_task(spec), lambda conduct: resume_run(path.parent, path.stem, conduct, budget)
