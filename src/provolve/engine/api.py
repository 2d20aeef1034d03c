"""provolve in Python: the same as on the command line."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from provolve.engine.conduct import Conduct, Outcome, ignore_events
from provolve.engine.planning import RUNS, make_spec
from provolve.engine.run import load_task, resume_run, start_run
from provolve.engine.samples.lines import read_bytes
from provolve.errors import UsageError
from provolve.program import render_source
from provolve.record import Budget, Claim, Event, Finished, Spent, Verdict
from provolve.store import AskRecord, RunReader, RunSpec, find_run
from provolve.task import Task, load


class Run:
    """A run in its folder: what it is, what it found, and how to go on with it.

    It is read anew at each question, so it may be watched while another process carries it out.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The name of the run."""
        return self.path.stem

    @property
    def spec(self) -> RunSpec:
        """Everything from which the run can be rebuilt."""
        with RunReader(self.path) as reader:
            return reader.spec

    @property
    def spent(self) -> Spent:
        """What has been spent."""
        with RunReader(self.path) as reader:
            return reader.spent()

    @property
    def finished(self) -> bool:
        """Whether the test was opened and the claim stands."""
        return self._finished() is not None

    @property
    def claim(self) -> Claim | None:
        """The claim on the sealed test; None before the end."""
        finished = self._finished()
        return None if finished is None else finished.claim

    @property
    def champion(self) -> str:
        """Source of the champion, a whole program; of the best so far while the run is not finished.

        Raises:
            UsageError: if nothing has been accepted yet.
            TaskError: if the run is not finished and its task is not what it was.
        """
        finished = self._finished()
        if finished is not None:
            return finished.champion
        with RunReader(self.path) as reader:
            best = reader.best()
            candidate = None if best is None else best.verdict.candidate
            if candidate is None:
                raise UsageError(f"run {self.name} has accepted no candidate yet")
            return render_source(load_task(reader.spec).program, candidate)

    def verdicts(self) -> Iterator[tuple[AskRecord, tuple[Verdict, ...]]]:
        """Yield every ask with its verdicts, in order."""
        with RunReader(self.path) as reader:
            yield from reader.verdicts()

    def resume(
        self,
        *,
        budget: str | Sequence[str] | Budget | None = None,
        workers: int | None = None,
        allow_weak_sandbox: bool = False,
        listener: Callable[[Event], None] = ignore_events,
        stop: threading.Event | None = None,
    ) -> Outcome:
        """Carry on a run that was stopped or killed; see `run` for the arguments.

        Raises:
            UsageError: if it is finished.
            TaskError: if the task is not what it was.
        """
        conduct = Conduct(
            _workers(workers), listener, stop or threading.Event(), allow_weak_sandbox=allow_weak_sandbox
        )
        wanted = None if budget is None else _budget(budget)
        return resume_run(self.path.parent, self.name, conduct, wanted)

    def _finished(self) -> Finished | None:
        with RunReader(self.path) as reader:
            stage = reader.stage("finished")
        return None if stage is None else msgspec.msgpack.decode(stage, type=Finished)


def run(
    task: str | Path | Task,
    *,
    budget: str | Sequence[str] | Budget = "60s",
    proposer: str | None = None,
    strategy: str = "islands",
    workers: int | None = None,
    seed: int | None = None,
    test_seed: int | None = None,
    parameters: Mapping[str, str] | None = None,
    data: str | Path | None = None,
    batch: int | None = None,
    window: int | None = None,
    champion: str = "validation",
    tests: str | Path | None = None,
    name: str | None = None,
    runs: str | Path = RUNS,
    proposer_options: Mapping[str, object] | None = None,
    strategy_options: Mapping[str, object] | None = None,
    earlier: str | None = None,
    growth: bool = True,
    level: str | None = None,
    allow_weak_sandbox: bool = False,
    listener: Callable[[Event], None] = ignore_events,
    stop: threading.Event | None = None,
) -> Run:
    """Search for a better program and return the run.

    Args:
        task: name of a gallery task, path of a file or a folder, or a loaded task.
        budget: ``"60s"``, ``"5000candidates"``, ``"200000tokens"``, ``"2usd"``, or several in a list;
            whichever ends first.
        proposer, strategy: names of installed ones; ``command:PROGRAM`` and ``replay:RUN`` too.
        workers: processes that judge; all processors unless given. It does not change what is found.
        seed: same seed, same run, for a budget of candidates; drawn where not given.
        test_seed: seed of the sealed instances; that of the run unless given.
        parameters: what the task lets its user choose, by name.
        data: folder of instances, for a task that reads files.
        champion: how it is chosen: on ``validation``; for stochastic tasks, among the finalists by
            ``knockout`` or ``majority`` over repeated draws of validation; with tests, by a selector.
        tests: file of proposed tests of the entry point, as `provolve select` reads it.
        batch: candidates an ask. window: asks open at once. Both belong to the run.
        name: name of the run; after the task unless given. runs: folder of runs.
        earlier: name of a run of the same task in ``runs``, whose best candidates join the starts.
        growth: whether train grows in epochs, as the task says; without, it stays as it is.
        level: a weaker level of the sandbox than the best that can be proven here.
        allow_weak_sandbox: whether a self-judged task, or candidates of a model or a program, may run where
            only ``partial`` or ``none`` holds.
        listener: called with each event after it is committed.
        stop: when set, the run finishes what is in flight and can be resumed.

    Raises:
        ProvolveError: as the tree in ``provolve.errors`` says. What was committed can be resumed.
    """
    loaded = (
        task if isinstance(task, Task) else load(task, parameters, data=None if data is None else Path(data))
    )
    spec = make_spec(
        loaded,
        budget=_budget(budget),
        proposer=proposer,
        strategy=strategy,
        seed=seed,
        test_seed=test_seed,
        batch=batch,
        window=window,
        champion=champion,
        tests=b"" if tests is None else read_bytes(Path(tests)),
        proposer_options=proposer_options,
        strategy_options=strategy_options,
        earlier=earlier,
        growth=growth,
        runs=Path(runs),
    )
    conduct = Conduct(
        _workers(workers),
        listener,
        stop or threading.Event(),
        level=level,
        allow_weak_sandbox=allow_weak_sandbox,
    )
    return Run(Path(start_run(loaded, spec, conduct, runs=Path(runs), name=name).path))


def open_run(name: str, *, runs: str | Path = RUNS) -> Run:
    """Return the run called ``name``.

    Raises:
        UsageError: if there is none.
    """
    return Run(find_run(Path(runs), name))


def default_workers() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _workers(wanted: int | None) -> int:
    if wanted is None:
        return default_workers()
    if wanted < 1:
        raise UsageError(f"{wanted} workers cannot be: choose at least 1")
    return wanted


def _budget(budget: str | Sequence[str] | Budget) -> Budget:
    if isinstance(budget, Budget):
        return budget
    return Budget.parse(budget) if isinstance(budget, str) else Budget.parse(*budget)
