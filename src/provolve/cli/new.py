"""``provolve new``: write a task to start from."""

from __future__ import annotations

from pathlib import Path

import click

from provolve.cli.output import free_path
from provolve.errors import UsageError


@click.command(short_help="Write a task to start from.")
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Write a commented task to FILE that runs as it is, to be changed into your own."""
    from provolve.cli.files import write_whole
    from provolve.task import NEW_TASK

    if file.suffix != ".py":
        raise UsageError(f"{file}: a task of one file ends in .py: write {file.with_suffix('.py').name}")
    write_whole(free_path(file), NEW_TASK.encode())
    click.echo(f"{file} is written. Next:\n  provolve lint {file}\n  provolve run {file}")
