"""``provolve tasks``: list the gallery."""

from __future__ import annotations

import click


@click.command(short_help="List the tasks that come along.")
def command() -> None:
    """List the tasks that come with provolve."""
    from provolve.cli.output import console
    from provolve.report.task_page import tasks_table
    from provolve.task import listed

    console().print(tasks_table(listed()))
    click.echo("\n`provolve show TASK` tells more of one; `provolve new FILE` starts one of your own.")
