"""``provolve apply``: write the champion into the user's own source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from provolve.cli.group import FAILED
from provolve.cli.options import named_run, runs_option
from provolve.errors import TaskError, UsageError

if TYPE_CHECKING:
    from provolve.store import RunSpec
    from provolve.task import Task
    from provolve.task.cells import Cell


class Change(NamedTuple):
    """What is to be written, and where."""

    path: Path
    before: bytes
    after: bytes


@click.command(short_help="Write the champion into the source.")
@click.argument("run", required=False)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="Write the whole program to this file."
)
@runs_option
def command(run: str | None, yes: bool, to: Path | None, runs: Path) -> int:
    """Write the champion of RUN, the newest if left out, back into the source; the difference is shown first.

    Only the regions that may change are written: all else stays as it is, byte for byte.
    """
    from provolve.cli.files import write_whole
    from provolve.cli.output import console
    from provolve.report.source import difference

    path = named_run(runs, run)
    change = _change(path, to)
    if change.before == change.after:
        click.echo(f"{change.path} holds the champion already: nothing to do")
        return 0
    out = console()
    before, after = change.before.decode("utf-8", "replace"), change.after.decode("utf-8", "replace")
    out.print(
        difference(before, after, str(change.path), f"{change.path} with the champion of {path.stem}"),
        soft_wrap=True,
    )
    if not yes and not _agreed(change.path):
        click.echo("nothing is written")
        return FAILED
    write_whole(change.path, change.after)
    click.echo(f"{change.path} is written")
    return 0


def _agreed(path: Path) -> bool:
    try:
        return click.confirm(f"\nWrite {path}?", default=False)
    except click.Abort:
        raise UsageError(
            "apply asks before it writes, and there was no answer: answer y, or give --yes"
        ) from None


def _change(path: Path, to: Path | None) -> Change:
    """Return what to write for the run at ``path``.

    Raises:
        UsageError: if its source cannot be written to, or was changed since the run began.
    """
    from provolve.cli.recorded import champion_of, recorded_task
    from provolve.store import RunReader

    with RunReader(path) as reader:
        spec, finished = reader.spec, reader.stage("finished") is not None
    champion = champion_of(path)
    if not finished:
        click.echo(f"provolve: run {path.stem} is not finished; this is its best so far on train", err=True)
    if to is not None:
        return Change(to, to.read_bytes() if to.exists() else b"", champion.encode())
    task = recorded_task(spec)
    if task is None:
        raise UsageError(
            f"the task of run {path.stem} cannot be read any more: write the champion with --to FILE"
        )
    return _in_place(spec, path.stem, task, champion)


def _in_place(spec: RunSpec, run: str, task: Task, champion: str) -> Change:
    from provolve.cli.splice import splice
    from provolve.program import Program
    from provolve.task.loading import is_own

    if not is_own(spec.task):
        raise UsageError(
            f"run {run} is of {spec.task}, which is installed with provolve and is not written to: "
            "name a file for the champion with --to FILE"
        )
    path, cell = _program_cell(spec.task, run)
    functions = task.settings.functions
    raw = path.read_bytes()
    texts = Program.parse(champion, name="the champion", functions=functions).texts()
    seed = task.parts.program.text
    if cell.text not in (seed, Program.parse(seed, functions=functions).with_texts(texts)):
        raise UsageError(
            f"{path} was changed since run {run} began, so the champion may not fit it: bring the program "
            "back to what it was, or write the champion elsewhere with --to FILE"
        )
    return Change(path, raw, splice(raw, cell, functions, texts))


def _program_cell(reference: str, run: str) -> tuple[Path, Cell]:
    from provolve.task.loading import read_again

    try:
        cell = read_again(reference).program
    except (UsageError, TaskError) as error:
        raise UsageError(
            f"the source of run {run} cannot be read any more ({error}): write the champion with --to FILE"
        ) from error
    return cell.path, cell
