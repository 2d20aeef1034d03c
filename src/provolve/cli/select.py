"""``provolve select``: choose a solution when solutions, tests and judges may all be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provolve.cli.options import named_run, runs_option
from provolve.errors import UsageError

if TYPE_CHECKING:
    from provolve.engine.samples.ballots import Ballot
    from provolve.engine.selection import Candidates

_SAMPLES = (".jsonl", ".jsonl.gz")


@click.command(short_help="Choose among solutions that nobody can judge.")
@click.argument("source", metavar="SOURCE")
@click.option(
    "--method",
    "-m",
    help="bayes, b4, codet, mbr-exec, max-pass, consensus or pooled-bayes by passes; majority-vote, "
    "weighted-vote, best-of-n or best-of-majority by answers and rewards. What fits the input if left out.",
)
@click.option(
    "--tests", type=click.Path(path_type=Path), help="JSON lines: proposed tests to run SAMPLES or a RUN on."
)
@click.option(
    "--picks", type=click.IntRange(min=1), default=1, show_default=True, help="For best-of-majority."
)
@click.option(
    "--top", type=click.IntRange(min=1), default=5, show_default=True, help="Classes of solutions to show."
)
@click.option(
    "--cpu-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    help="CPU time for one input of --tests.",
)
@click.option(
    "--allow-weak-sandbox", "weak", is_flag=True, help="Run candidates even where the sandbox is not strong."
)
@runs_option
@click.option("--json", "as_json", is_flag=True, help="One task a line on standard output, as JSON.")
def command(
    source: str,
    method: str | None,
    tests: Path | None,
    picks: int,
    top: int,
    cpu_seconds: float,
    weak: bool,
    runs: Path,
    as_json: bool,
) -> None:
    """Choose the best solution of SOURCE by who passes what, and say why.

    SOURCE is a .csv, .npz or .jsonl file of passes (solutions by tests), outputs, answers or rewards. With
    --tests it is a file of samples (.jsonl) or a run, whose audited candidates are run on proposed inputs
    and chosen among by the expected outputs, or by their agreement where no outputs are known.
    """
    from provolve.cli.output import console
    from provolve.engine.samples.ballots import read_ballots
    from provolve.engine.selection import check_method, select
    from provolve.report.selection import selection_report, selection_to_json

    check_method(method)
    ballots = (
        read_ballots(Path(source)) if tests is None else _run(source, tests, runs, cpu_seconds, weak=weak)
    )
    selections = select(ballots, method, picks)
    if as_json:
        for selection in selections:
            click.echo(selection_to_json(selection))
        return
    out = console()
    for number, selection in enumerate(selections):
        if number:
            out.print()
        out.print(selection_report(selection, top))


def _run(source: str, tests: Path, runs: Path, cpu_seconds: float, *, weak: bool) -> Sequence[Ballot]:
    """Run the candidates that ``source`` names on the tests."""
    from provolve.engine.samples.files import read_samples
    from provolve.engine.samples.runner import Limits
    from provolve.engine.selection import candidates_of_samples, run_candidates

    if source.endswith(_SAMPLES):
        groups = candidates_of_samples(read_samples(Path(source), tests, answers=False))
    else:
        groups = [_of_run(named_run(runs, source), tests)]
    return run_candidates(groups, Limits(cpu_seconds), weak=weak)


def _of_run(path: Path, tests: Path) -> Candidates:
    from provolve.cli.recorded import recorded_task
    from provolve.engine.samples.lines import read_bytes
    from provolve.engine.selection import Candidates, audited_candidates, tests_for
    from provolve.program import render_source
    from provolve.store import RunReader

    with RunReader(path) as reader:
        task = recorded_task(reader.spec)
    if task is None:
        raise UsageError(f"the task of run {path.stem} cannot be read any more: bring its files back")
    problem = tests_for(task, read_bytes(tests), tests.name)
    found = audited_candidates(path)
    if not found:
        raise UsageError(
            f"run {path.stem} has no audited candidate yet: carry it on with `provolve resume {path.stem}`"
        )
    names = tuple(candidate.digest[:12] for candidate in found)
    return Candidates(problem, names, tuple(render_source(task.program, one) for one in found))
