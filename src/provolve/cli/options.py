"""Options that several commands have, and what is typed into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from provolve.errors import UsageError

if TYPE_CHECKING:
    from provolve.store import RunSummary

Command = TypeVar("Command", bound=Callable[..., Any])

RUNS = Path(".provolve") / "runs"


def runs_option(command: Command) -> Command:
    """Give a command ``--runs``, the folder of runs."""
    return click.option(
        "--runs",
        type=click.Path(path_type=Path, file_okay=False),
        default=RUNS,
        show_default=True,
        envvar="PROVOLVE_RUNS",
        show_envvar=True,
        help="Folder of runs.",
    )(command)


def budget_option(command: Command) -> Command:
    """Give a command ``--budget``, which may be given once for each sort."""
    return click.option(
        "--budget",
        "-b",
        "budgets",
        multiple=True,
        metavar="LIMIT",
        help="60s, 5m, 2h or 5000candidates, for models 200000tokens or 2usd; of several, whichever ends "
        "first. A new run has 60s unless told otherwise.",
    )(command)


def workers_option(command: Command) -> Command:
    """Give a command ``--workers``."""
    return click.option(
        "--workers",
        "-w",
        type=click.IntRange(min=1),
        help="Processes that judge; all processors unless given. They change the speed, not the result.",
    )(command)


def json_option(command: Command) -> Command:
    """Give a command ``--json``."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="One event a line on standard output, as JSON, and nothing else.",
    )(command)


def weak_option(command: Command) -> Command:
    """Give a command ``--allow-weak-sandbox``."""
    return click.option(
        "--allow-weak-sandbox",
        is_flag=True,
        help="Run self-judged tasks and candidates of models even where they cannot be kept from files and "
        "the network.",
    )(command)


def project_options(command: Command) -> Command:
    """Give a command what belongs to a program with an evaluator of OpenEvolve's beside it."""
    for decorate in (
        click.option("--openevolve", is_flag=True, help="Take the two files for a project of OpenEvolve's."),
        click.option(
            "--allow", multiple=True, metavar="HOLE", help="Open read:PATH, processes, gpu or net:HOST:PORT."
        ),
        click.option(
            "--checkpoint",
            type=click.Path(path_type=Path),
            help="A checkpoint of OpenEvolve's, to start from too.",
        ),
        click.option(
            "--config", "-c", type=click.Path(path_type=Path), help="A configuration of OpenEvolve's (YAML)."
        ),
    ):
        command = decorate(command)
    return command


def set_option(command: Command) -> Command:
    """Give a command ``--set``, for the parameters of a task."""
    return click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Choose a parameter of the task."
    )(command)


def data_option(command: Command) -> Command:
    """Give a command ``--data``, for tasks that read instances from files."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path),
        help="A file or folder of instances, in place of the task's own.",
    )(command)


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Return what was given as NAME=VALUE, by name.

    Raises:
        UsageError: if a text has another form or names something twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError(f"{option} {text!r} is not understood: write NAME=VALUE")
        if name in found:
            raise UsageError(f"{option} names {name!r} twice: give it once")
        found[name] = value.strip()
    return found


def values(texts: Sequence[str], option: str) -> dict[str, object]:
    """Return what was given as NAME=VALUE, each value read as JSON where it is JSON, else as text.

    Raises:
        UsageError: as `pairs`.
    """
    import msgspec

    found: dict[str, object] = {}
    for name, text in pairs(texts, option).items():
        try:
            found[name] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            found[name] = text
    return found


def named_run(runs: Path, name: str | None, *, resumable: bool = False) -> Path:
    """Return the file of the run called ``name``; of the newest, which is then told, where it is None.

    Args:
        runs: folder of runs.
        name: its name, or None.
        resumable: look only at runs that can be resumed.

    Raises:
        UsageError: if there is none.
    """
    from provolve.store import find_run, list_runs

    if name is not None:
        return find_run(runs, name)
    found = [
        one
        for one in list_runs(runs)
        if one.status == "stopped" or (not resumable and one.status != "damaged")
    ]
    if not found:
        raise UsageError(_no_run(runs, resumable))
    click.echo(
        f"provolve: run {_newest(found)} (the newest{' that can go on' if resumable else ''})", err=True
    )
    return find_run(runs, _newest(found))


def _newest(found: Sequence[RunSummary]) -> str:
    return found[0].name


def _no_run(runs: Path, resumable: bool) -> str:
    if resumable:
        return f"no run in {runs} waits to be resumed: `provolve runs` lists those there are"
    return f"there is no run in {runs}: `provolve run TASK` makes one, --runs names another folder"
