"""What searches of minutes find on the tasks of the gallery, beside their baselines and published values.

One search of ten minutes gives what it had found after one, three and ten: the champion that a search of that
budget would have ended with, for nothing in a search looks at how much time it was given, and train grows by
candidates alone. (A search that ends also tells asks that were judged and not yet told, a fraction of a
second's worth; here these are left out.) All these champions are judged after the search, on one set of
sealed instances, as claims are. Tasks of kind ``speed`` have claims of another form and are left out.

Seconds are CPU seconds of all processes of a search, for each worker: those at the clock of a machine that
has a free core for each worker, whatever else this one does.

A line is appended to the file of results for each search, and no search whose line stands there is done
again, so it can be interrupted and gone on with. Asserts nothing. ``--table`` prints the tables from the file
alone; ``gallery_pages.py`` puts them into the tasks' pages, with figures.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

import provolve
from gallery_lines import SHOWN, Line, Other, Point, append, group_of, groups, read, table
from processes import CpuClock
from provolve.engine.api import default_workers
from provolve.engine.claims import only_result
from provolve.engine.conduct import Conduct
from provolve.engine.executor import LocalExecutor
from provolve.engine.messages import JudgePlainly, Open
from provolve.engine.planning import make_spec
from provolve.engine.run import start_run
from provolve.errors import ProvolveError
from provolve.program import render_source
from provolve.record import AskTold, Budget, Candidate, ChampionChosen, Claim, Event, Finished
from provolve.store import RunReader
from provolve.task import Task, gallery, load
from provolve.task.standing import result

TEST_SEED = 271_828
BETWEEN = (5.0, 10.0, 20.0, 30.0, 120.0, 300.0)
"""Seconds after which it is also told what was found, for figures."""


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was asked for on the command line."""
    names = [name for name, *_ in gallery() if load(name).kind != "speed"]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", nargs="+", choices=names, default=names, metavar="TASK")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="parameters of the tasks")
    parser.add_argument("--seconds", type=float, default=max(SHOWN), help="budget of each search")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--strategies", nargs="+", default=["islands", "hill-climb", "random"])
    parser.add_argument("--workers", type=int, default=default_workers())
    parser.add_argument("--label", default="", help="what is to be known of the machine, kept in the lines")
    parser.add_argument("--results", type=Path, default=Path("gallery.jsonl"), help="file of the lines")
    parser.add_argument("--table", action="store_true", help="search nothing: print what stands in the file")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Search what is missing, and print the tables."""
    asked = options(arguments)
    if not asked.table:
        for task in asked.tasks:
            try:
                complete(load(task, _chosen(task, asked.set)), asked)
            except ProvolveError as error:
                print(f"{task}: {error}", flush=True)
    for group, lines in groups(line for line in read(asked.results) if line.task in asked.tasks).items():
        unit = f", {lines[0].unit}" if lines[0].unit else ""
        print(f"\n{group.task} ({lines[0].direction}{unit}), {lines[0].instances} sealed instances")
        print(f"{group.provolve}, {group.workers} worker(s){', ' if group.label else ''}{group.label}\n")
        print("\n".join(f"    {text}" for text in table(lines)))
        for name, text in lines[0].published.items():
            print(f"    published {name}: {text}")


def _chosen(task: str, settings: Sequence[str]) -> dict[str, str]:
    wanted = dict(text.split("=", 1) for text in settings)
    return {name: value for name, value in wanted.items() if name in load(task).parameters}


def complete(task: Task, asked: argparse.Namespace) -> None:
    """Search with each strategy and seed, unless the file of results has it."""
    known = {(group_of(line), line.strategy, line.seed): line.seconds for line in read(asked.results)}
    for strategy in asked.strategies:
        for seed in asked.seeds:
            line = blank(task, strategy, seed, asked)
            if known.get((group_of(line), strategy, seed), 0.0) < asked.seconds:
                line = searched(task, line)
                append(asked.results, line)
                print(f"{task.name}, {strategy}, seed {seed}: {line.points[-1]}", flush=True)


def blank(task: Task, strategy: str, seed: int, asked: argparse.Namespace) -> Line:
    """Return the line of a search that has found nothing yet."""
    settings = task.settings
    return Line(
        task=task.name,
        parameters={name: str(value) for name, value in task.parameters.items()},
        strategy=strategy,
        seed=seed,
        workers=asked.workers,
        seconds=asked.seconds,
        provolve=version(),
        digest=task.digest,
        label=asked.label,
        test_seed=TEST_SEED,
        direction=settings.direction,
        unit=settings.unit,
        kind=task.kind,
        bound=None if settings.bound is None else float(settings.bound),
        reason="",
        instances=0,
        points=(),
        others={},
        published={name: f"{result(one)} ({one.source})" for name, one in settings.published.items()},
        champion="",
    )


def version() -> str:
    """Return the version of the code, with its commit where it stands in a checkout."""
    git = ["git", "-C", str(Path(provolve.__file__).parent)]
    try:
        commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
        edited = subprocess.run([*git, "status", "--porcelain", "."], capture_output=True, text=True)
    except OSError:  # no git here
        return provolve.__version__
    if commit.returncode:
        return provolve.__version__
    return f"{provolve.__version__} {commit.stdout.strip()}{' edited' if edited.stdout else ''}"


class Watch:
    """Notes how many candidates a search had judged when given moments were reached."""

    def __init__(self, moments: Sequence[float]) -> None:
        self.moments = moments
        self.candidates: list[int] = []
        self.reason = ""
        self._now = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, AskTold):
            self._pass(sum(moment < event.spent.seconds for moment in self.moments))
            self._now = event.spent.candidates
        elif isinstance(event, ChampionChosen):
            self._pass(len(self.moments))
        elif isinstance(event, Finished):
            self.reason = event.reason

    def _pass(self, reached: int) -> None:
        self.candidates += [self._now] * (reached - len(self.candidates))


def searched(task: Task, line: Line) -> Line:
    """Search, and return the line with what was found."""
    between = sorted(moment for moment in {*SHOWN, *BETWEEN} if moment < line.seconds)
    watch = Watch([*between, line.seconds])
    with tempfile.TemporaryDirectory() as runs:
        spec = make_spec(
            task,
            budget=Budget(seconds=line.seconds),
            strategy=line.strategy,
            seed=line.seed,
            test_seed=line.test_seed,
        )
        with CpuClock(line.workers) as clock:
            conduct = Conduct(line.workers, watch, clock=clock)
            outcome = start_run(task, spec, conduct, runs=Path(runs))
        claim = outcome.claim
        assert claim is not None
        points = points_of(task, line, claim, watch, champions(Path(outcome.path)))
    others = {one.name: Other(one.mean, one.difference, one.low, one.high) for one in claim.comparisons}
    return msgspec.structs.replace(
        line,
        reason=watch.reason,
        instances=claim.instances,
        points=points,
        others=others,
        champion=outcome.champion,
    )


def champions(path: Path) -> list[tuple[float, float, Candidate]]:
    """Return each champion that a run had: when it was told, its loss on validation, and what it is."""
    found: list[tuple[float, float, Candidate]] = []
    with RunReader(path) as reader:
        for entry in sorted(reader.audited(sys.maxsize), key=lambda entry: (entry.ask, entry.position)):
            verdict, told = entry.verdict, reader.asked(entry.ask)
            assert told is not None
            assert verdict.candidate is not None
            # The start alone may lack the one on validation: where the two are the same instances.
            loss = verdict.loss if verdict.validation is None else verdict.validation
            assert loss is not None
            if not found or loss < found[-1][1]:
                found.append((told[0].at, loss, verdict.candidate))
    return found


def points_of(
    task: Task, line: Line, claim: Claim, watch: Watch, found: Sequence[tuple[float, float, Candidate]]
) -> tuple[Point, ...]:
    """Return what was found after each moment, judged on the sealed instances; at the end, the claim's."""
    chosen = [
        max((one for one in found if one[0] <= moment), key=lambda one: one[0])
        for moment in watch.moments[:-1]
    ]
    known = {claim.champion: None if claim.failure else claim.mean}
    known |= sealed_means(task, line, {one[2].digest: one[2] for one in chosen if one[2].digest not in known})
    last = (claim.validation, claim.champion)
    return tuple(
        Point(moment, candidates, loss, known[digest])
        for moment, candidates, (loss, digest) in zip(
            watch.moments,
            watch.candidates,
            [*((loss, candidate.digest) for _, loss, candidate in chosen), last],
            strict=True,
        )
    )


def sealed_means(task: Task, line: Line, candidates: Mapping[str, Candidate]) -> dict[str, float | None]:
    """Return the mean score of each on the sealed instances, as a claim has it; None where it is rejected."""
    opening = Open(
        task=task.reference,
        parameters=line.parameters,
        data="",
        task_digest=task.digest,
        seed=line.seed,
        test_seed=line.test_seed,
        slot=0,
    )
    executor = LocalExecutor(opening, 1)
    executor.open()
    try:
        sources = {name: render_source(task.program, one) for name, one in candidates.items()}
        futures = {name: executor.submit(JudgePlainly("test", (one,))) for name, one in sources.items()}
        results = {name: only_result(future.result()) for name, future in futures.items()}
    finally:
        executor.close()
    return {name: None if one.rejection else float(np.mean(one.scores)) for name, one in results.items()}


if __name__ == "__main__":
    main()
