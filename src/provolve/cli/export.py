"""``provolve export``: a run as a bundle, a program or a table."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TextIO

import click

from provolve.cli.options import named_run, runs_option
from provolve.cli.output import free_path


@click.command(short_help="Write a run to a file.")
@click.argument("run", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["bundle", "py", "csv", "jsonl"]),
    required=True,
    help="bundle: a zip from which anyone re-checks the claim; py: the champion; csv, jsonl: every verdict.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    help="File to write; standard output if left out, RUN.zip for a bundle.",
)
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
@click.option("--canonical", is_flag=True, help="jsonl without name and times: equal runs give equal bytes.")
@runs_option
def command(run: str | None, form: str, out: Path | None, force: bool, canonical: bool, runs: Path) -> None:
    """Write RUN, the newest if left out, to a file."""
    from provolve.engine.bundle import export_bundle

    path = named_run(runs, run)
    if form == "bundle":
        out = free_path(out or Path(f"{path.stem}.zip"), force=force)
        export_bundle(path, out)
        click.echo(f"{out} is written. Anyone re-checks it with: provolve verify {out}")
        return
    if out is None:
        _write(path, form, canonical, sys.stdout)
        return
    from provolve.cli.files import whole

    with whole(free_path(out, force=force)) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        _write(path, form, canonical, text)
        text.detach()
    click.echo(f"{out} is written.", err=True)


def _write(path: Path, form: str, canonical: bool, out: TextIO) -> None:
    from provolve.cli.recorded import champion_of
    from provolve.store import RunReader, export_csv, export_jsonl

    if form == "py":
        out.write(champion_of(path))
        return
    with RunReader(path) as reader:
        if form == "csv":
            export_csv(reader, out)
        else:
            export_jsonl(reader, out, canonical=canonical)
