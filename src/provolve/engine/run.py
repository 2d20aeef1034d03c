"""A run from end to end: start, search, champion, test, claim; new or resumed."""

from __future__ import annotations

import math
import platform
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

import provolve
from provolve.engine.borrowing import borrow
from provolve.engine.choosing import (
    AGAIN,
    CHOICES,
    FINALISTS,
    SELECTED,
    TESTED,
    TESTS,
    VALIDATION,
    Choice,
    Finalist,
    choose_again,
)
from provolve.engine.claims import only_result, open_test
from provolve.engine.executor import Executor, LocalExecutor
from provolve.engine.live import LiveLoop
from provolve.engine.loop import Best, Frame, Loop, Snapshot
from provolve.engine.messages import JudgePlainly, Open, Opened
from provolve.engine.replay import replayed
from provolve.engine.samples.runner import Limits
from provolve.engine.seeds import claim_generator, strategy_seed
from provolve.engine.selection import Candidates, run_candidates, select, tests_for
from provolve.engine.speed_claims import open_speed_test
from provolve.engine.start import Start, judge_start
from provolve.errors import TaskError, UsageError
from provolve.judge.statistics import loss
from provolve.program import render_source
from provolve.propose import LiveProposer, Statement, is_live
from provolve.propose import build as build_proposer
from provolve.record import (
    Budget,
    ChampionChosen,
    Claim,
    Event,
    Finished,
    Notice,
    RunStarted,
    Spent,
)
from provolve.search import build as build_strategy
from provolve.store import RunReader, RunSpec, RunWriter, create_run, find_run, open_writer
from provolve.task import Task, load

RUNS = Path(".provolve") / "runs"
DEFAULT_BUDGET = Budget(seconds=60.0)
WINDOW = 8
IN_FLIGHT = 4
"""Asks open at once where models or programs answer them."""
_BATCH = {"table": 32, "steps": 8, "certificate": 8, "time": 8, "self-judged": 4}
_SEED_BITS = 48


def ignore_events(event: Event) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Conduct:
    """How a run is carried out, as far as it does not change what it finds."""

    workers: int
    listener: Callable[[Event], None] = ignore_events
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic
    level: str | None = None
    """A weaker level of the sandbox than the best provable; None for the best."""
    allow_weak_sandbox: bool = False
    """Whether self-judged tasks and candidates of models and programs may run below ``strong``."""
    executor: Callable[[Open, int], Executor] | None = None
    """Makes the executor in place of worker processes on this machine."""
    proposer: LiveProposer | None = None
    """One of the kind that the run's spec names, in place of one built from the spec."""


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended."""

    run: str
    path: str
    reason: str
    """``budget``, ``bound``, ``exhausted``; or ``stopped``, and then it can be resumed."""
    spent: Spent
    champion: str = ""
    """Source of the champion, a whole program; empty where the run was stopped."""
    claim: Claim | None = None


class Champion(msgspec.Struct, frozen=True):
    """The stage ``champion`` of the record, written before test is opened."""

    best: Best
    reason: str


def make_spec(
    task: Task,
    *,
    budget: Budget = DEFAULT_BUDGET,
    proposer: str | None = None,
    strategy: str = "islands",
    seed: int | None = None,
    test_seed: int | None = None,
    batch: int | None = None,
    window: int | None = None,
    champion: str = VALIDATION,
    tests: bytes = b"",
    proposer_options: Mapping[str, object] | None = None,
    strategy_options: Mapping[str, object] | None = None,
    earlier: str | None = None,
    runs: Path = RUNS,
) -> RunSpec:
    """Return the spec of a new run of ``task``. Without a seed one is drawn that nobody can guess.

    ``proposer`` may be ``command:PROGRAM WITH ARGUMENTS``, or ``replay:RUN`` with a run of the folder
    ``runs``, whose seed, strategy, batch and window are then taken.
    ``earlier`` names a run in ``runs`` whose best candidates join the starts.

    Raises:
        UsageError: if one of the arguments cannot be meant.
    """
    if champion not in CHOICES:
        raise UsageError(f"a champion cannot be chosen by {champion!r}: choose one of {', '.join(CHOICES)}")
    if tests and champion == VALIDATION:
        champion = TESTS
    if (champion in SELECTED) != bool(tests):
        raise UsageError(
            f"champion {champion} and {'tests' if tests else 'no tests'} do not go together: "
            f"give tests to have it chosen by {', '.join(SELECTED)}"
        )
    if tests:
        tests_for(task, tests, "the file of tests")
    if champion in AGAIN and not task.settings.stochastic:
        raise UsageError(
            f"champion {champion} judges again and again, and task {task.name} is not stochastic: each time "
            "would be the same. Leave it out, or write stochastic = true in the task"
        )
    if batch is not None and batch < 1:
        raise UsageError(f"a batch of {batch} candidates cannot be: choose at least 1")
    if window is not None and window < 1:
        raise UsageError(f"a window of {window} asks cannot be: choose at least 1")
    name, _, rest = (task.default_proposer if proposer is None else proposer).partition(":")
    if name == "replay" and (seed, test_seed, batch) != (None, None, None):
        raise UsageError("a replay has the seed and the batch of its run: leave them out")
    options = dict(proposer_options or {})
    if name == "command":
        options["command"] = rest or options.get("command", "")
    _check_budget(name, budget)
    if seed is None:
        seed = secrets.randbits(_SEED_BITS)
    if seed < 0 or (test_seed is not None and test_seed < 0):
        raise UsageError("a seed is a whole number, 0 or more")
    live = is_live(name)
    if live and name != "replay":  # a mistake in the options is told before there is a run
        cast(LiveProposer, build_proposer(name, seed=0, in_flight=1, **options)).close()
    test_seed = seed if test_seed is None else test_seed
    spec = RunSpec(
        task=task.reference,
        task_name=task.name,
        task_digest=task.digest,
        parameters={name: str(value) for name, value in task.parameters.items()},
        data="" if task.data is None else str(task.data),
        data_digest=task.data_digest(),
        champion=champion,
        tests=tests,
        direction=task.settings.direction,
        kind=task.settings.kind,
        self_judged=task.self_judged,
        proposer=name,
        strategy=strategy,
        proposer_options=options,
        strategy_options=dict(strategy_options or {}),
        seed=seed,
        test_seed=test_seed,
        borrowed=None if earlier is None else borrow(task, earlier, runs, test_seed),
        batch=_BATCH[task.settings.answer] if batch is None else batch,
        window=window or (IN_FLIGHT if live else WINDOW),
        budget=budget,
        versions=versions(),
        live=live,
        task_source=dict(task.files),
    )
    return replayed(spec, _recorded(runs, rest)) if name == "replay" else spec


def _check_budget(proposer: str, budget: Budget) -> None:
    if proposer in ("symbolic", "numeric", "agent") and (budget.tokens is not None or budget.usd is not None):
        raise UsageError(
            "a budget in tokens or usd limits calls of models by provolve, and proposer "
            f"{proposer} makes none: leave it out"
        )


def _recorded(runs: Path, name: str) -> Path:
    """Return the file of the run to replay, which is named or given as a path."""
    if not name:
        raise UsageError("replay needs the name of a run: --proposer replay:RUN")
    return Path(name) if name.endswith(".db") else find_run(runs, name)


def statement(task: Task) -> Statement:
    """Return what a model or a program is told of ``task``."""
    settings = task.settings
    return Statement(
        name=task.name,
        description=task.description,
        direction=settings.direction,
        kind=settings.kind,
        unit=settings.unit,
        bound=None if settings.bound is None else float(settings.bound),
        published=tuple(
            f"{name}: {one.text or one.value} ({one.source})" for name, one in settings.published.items()
        ),
        imports=settings.sandbox.imports,
        seconds=settings.limits.cpu_seconds,
    )


def versions() -> dict[str, str]:
    """Return the versions that a run's candidates may depend on."""
    return {
        "provolve": provolve.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }


def start_run(task: Task, spec: RunSpec, conduct: Conduct, *, runs: Path, name: str | None = None) -> Outcome:
    """Make a new run and carry it out.

    Raises:
        ProvolveError: as the tree in ``provolve.errors`` says; what was committed can be resumed.
    """
    with create_run(runs, name, spec) as writer:
        return _Session(task, writer, conduct).carry_out()


def resume_run(runs: Path, name: str, conduct: Conduct, budget: Budget | None = None) -> Outcome:
    """Carry on a run that was stopped or killed, with another budget where one is given.

    Raises:
        UsageError: if there is no such run, or it is finished, or a budget comes after the search ended.
        TaskError: if the task is not what it was.
    """
    with open_writer(runs, name) as writer:
        task = load_task(writer.spec)
        with RunReader(writer.path) as reader:
            if reader.stage("finished") is not None:
                raise UsageError(
                    f"run {name} is finished: its test was opened. `provolve show {name}` shows it; "
                    "to go on searching, start a new run"
                )
            if budget is not None and reader.stage("champion") is not None:
                raise UsageError(
                    f"run {name} has chosen its champion and only its test is left: "
                    "resume it without a budget"
                )
            if budget is not None and budget.exhausted(reader.spent()):
                raise UsageError(
                    f"run {name} has spent {reader.spent().candidates} candidates and "
                    f"{reader.spent().seconds:.0f} s of searching: a budget of {budget} is used up already"
                )
        if budget is not None:
            writer.set_budget(budget)
            writer.commit()
        return _Session(task, writer, conduct).carry_out()


def load_task(spec: RunSpec) -> Task:
    """Return the task of a run.

    Raises:
        TaskError: if the task is not what it was when the run began.
    """
    task = load(spec.task, spec.parameters, data=Path(spec.data) if spec.data else None)
    if task.digest != spec.task_digest:
        raise TaskError(
            f"{task.origin}: the task was edited since the run began (digest {task.digest[:12]}, was "
            f"{spec.task_digest[:12]}): bring it back to what it was, or start a new run"
        )
    if task.data_digest() != spec.data_digest:
        raise TaskError(
            f"{task.data or task.origin}: the data files are not what they were when the run began: "
            "bring them back, or start a new run"
        )
    return task


class _Session:
    """One sitting over a run: from its opening to its end or its stop."""

    def __init__(self, task: Task, writer: RunWriter, conduct: Conduct) -> None:
        self._task = task
        self._writer = writer
        # Only one child may live while one is timed, so kind speed has one worker, whatever was asked for.
        self._wanted = conduct.workers
        self._conduct = replace(conduct, workers=1) if task.kind == "speed" else conduct

    def carry_out(self) -> Outcome:
        """Do whatever is left of the run."""
        executor, opened = self._open()
        try:
            return self._through(executor, opened)
        finally:
            executor.close()

    def _open(self) -> tuple[Executor, Opened]:
        spec, conduct = self._writer.spec, self._conduct
        opening = Open(
            task=spec.task,
            parameters=spec.parameters,
            data=spec.data,
            task_digest=spec.task_digest,
            seed=spec.seed,
            test_seed=spec.test_seed,
            slot=0,
            level=conduct.level,
            allow_weak_sandbox=conduct.allow_weak_sandbox,
            foreign=spec.live,
        )
        if conduct.executor is not None:
            return conduct.executor(opening, conduct.workers), Opened("none", ("not a sandbox of provolve",))
        executor = LocalExecutor(opening, conduct.workers, scratch=self._task.self_judged)
        return executor, executor.open()

    def _through(self, executor: Executor, opened: Opened) -> Outcome:
        with RunReader(self._writer.path) as reader:
            resumed = reader.stage("started") is not None
            start = self._start(reader, executor, opened)
            self._announce(start, opened, resumed=resumed)
            stage = reader.stage("champion")
            if stage is not None:
                champion, spent = msgspec.msgpack.decode(stage, type=Champion), reader.spent()
            else:
                loop = self._loop(reader, start, executor)
                try:
                    reason = loop.run()
                finally:
                    loop.commit()
                spent = loop.spent
                if reason == "stopped":
                    return Outcome(self._writer.name, str(self._writer.path), reason, spent)
                champion = self._choose(self._best(loop.best, start, reader, executor), reason)
        return self._finish(champion, spent, executor, start)

    def _start(self, reader: RunReader, executor: Executor, opened: Opened) -> Start:
        stage = reader.stage("started")
        if stage is not None:
            start = msgspec.msgpack.decode(stage, type=Start)
            executor.set_reference("train", start.train)
            executor.set_reference("validation", start.validation)
            return start
        borrowed = self._writer.spec.borrowed
        start = judge_start(self._task, executor, opened.level, opened.level_detail, borrowed)
        self._writer.add_ask(start.record(), start.verdicts)
        self._writer.add_stage("started", msgspec.msgpack.encode(start))
        self._writer.commit()
        return start

    def _announce(self, start: Start, opened: Opened, *, resumed: bool) -> None:
        spec = self._writer.spec
        seed_loss = start.verdicts[0].loss
        self._conduct.listener(
            RunStarted(
                run=self._writer.name,
                task=spec.task_name,
                direction=spec.direction,
                seed=spec.seed,
                budget=spec.budget,
                proposer=spec.proposer,
                strategy=spec.strategy,
                workers=self._conduct.workers,
                level=opened.level,
                level_detail=" ".join(opened.level_detail),
                resumed=resumed,
                seed_loss=0.0 if seed_loss is None else seed_loss,
                self_judged=spec.self_judged,
            )
        )
        if self._conduct.workers < self._wanted:
            self._conduct.listener(
                Notice(
                    "workers",
                    f"one worker judges, not {self._wanted}: programs are timed one at a time",
                )
            )
        for name, verdict in zip(start.names, start.verdicts, strict=True):
            if not verdict.accepted:
                self._conduct.listener(
                    Notice(
                        "baseline",
                        f"baseline {name} is rejected on train: {verdict.rejection}: {verdict.detail}",
                    )
                )

    def _loop(self, reader: RunReader, start: Start, executor: Executor) -> Loop:
        spec, task, conduct = self._writer.spec, self._task, self._conduct
        starts = start.elites()
        strategy = build_strategy(
            spec.strategy,
            starts=starts,
            seed=strategy_seed(spec.seed),
            batch=spec.batch,
            window=spec.window,
            **spec.strategy_options,
        )
        frame = Frame(
            program=task.program,
            entry=task.entry,
            starts=starts,
            seed=spec.seed,
            window=spec.window,
            budget=spec.budget,
            ranges=_ranges(task),
            bound=task.settings.bound,
            statement=statement(task),
            surrogate=task.surrogate(),
        )
        how: dict[str, Any] = {
            "best": start.best(),
            "clock": conduct.clock,
            "listener": conduct.listener,
            "stop": conduct.stop,
        }
        if spec.live:
            options = {"seed": spec.seed, "in_flight": spec.window, **spec.proposer_options}
            live = conduct.proposer or cast(LiveProposer, build_proposer(spec.proposer, **options))
            live_loop = LiveLoop(frame, strategy, live, executor, self._writer, **how)
            live_loop.go_on(reader.order(), reader.asked, reader.spent())
            return live_loop
        proposer = build_proposer(spec.proposer, seed=spec.seed, **spec.proposer_options)
        loop = Loop(frame, strategy, proposer, executor, self._writer, **how)
        kept = reader.snapshot()
        snapshot = None if kept is None else msgspec.msgpack.decode(kept[1], type=Snapshot)
        told = 0 if snapshot is None else snapshot.told
        loop.restore(snapshot, reader.identities(told), reader.verdicts(told + 1), reader.spent())
        return loop

    def _best(self, best: Best, start: Start, reader: RunReader, executor: Executor) -> Best:
        """Return ``best`` with the champion that the run's way of choosing takes."""
        how = self._writer.spec.champion
        if how == VALIDATION:
            return best
        finalists = [
            Finalist(verdict.candidate, verdict.loss, verdict.validation)
            for entry in reader.audited(FINALISTS if how in AGAIN else TESTED)
            if (verdict := entry.verdict).candidate is not None
            and verdict.loss is not None
            and verdict.validation is not None
        ]
        chosen = self._chosen(how, finalists, start, executor)
        return msgspec.structs.replace(
            best, champion=chosen.candidate, champion_loss=chosen.train, validation=chosen.validation
        )

    def _chosen(self, how: str, finalists: Sequence[Finalist], start: Start, executor: Executor) -> Finalist:
        settings, program = self._task.settings, self._task.program
        if how in SELECTED:
            return self._selected(None if how == TESTS else how, finalists)

        def judge_again(some: Sequence[Finalist]) -> list[float]:
            sources = [render_source(program, finalist.candidate) for finalist in some]
            futures = [executor.submit(JudgePlainly("validation", (source,))) for source in sources]
            results = [only_result(future.result()) for future in futures]
            return [
                math.inf
                if result.rejection
                else loss(result.scores, start.validation, settings.aggregate, settings.direction)
                for result in results
            ]

        rng = claim_generator(self._writer.spec.seed)
        return choose_again(cast(Choice, how), finalists, judge_again, rng)

    def _selected(self, method: str | None, finalists: Sequence[Finalist]) -> Finalist:
        """Run the finalists on the user's tests and return the one that the selector takes."""
        task, spec = self._task, self._writer.spec
        sources = tuple(render_source(task.program, finalist.candidate) for finalist in finalists)
        names = tuple(finalist.candidate.digest[:12] for finalist in finalists)
        problem = tests_for(task, spec.tests, "the file of tests")
        limits = Limits(task.settings.limits.cpu_seconds)
        ballots = run_candidates([Candidates(problem, names, sources)], limits, weak=True)
        if method is None and ballots[0].passes is not None:
            method = "codet"
        selection = select(ballots, method)[0]
        self._conduct.listener(
            Notice("selection", f"{selection.method}: {'; '.join(selection.choice.explanation)}")
        )
        return finalists[selection.choice.index]

    def _choose(self, best: Best, reason: str) -> Champion:
        """Commit the champion to the record: from here on nothing can change it."""
        champion = Champion(best, reason)
        self._writer.add_stage("champion", msgspec.msgpack.encode(champion))
        self._writer.commit()
        self._conduct.listener(
            ChampionChosen(
                digest=best.champion.digest,
                source=render_source(self._task.program, best.champion),
                train=best.champion_loss,
                validation=best.validation,
            )
        )
        return champion

    def _finish(self, champion: Champion, spent: Spent, executor: Executor, start: Start) -> Outcome:
        spec = self._writer.spec
        if self._task.kind == "speed":
            outcome = open_speed_test(self._task, executor, champion.best, spec.test_seed)
        else:
            outcome = open_test(self._task, executor, champion.best, spec.test_seed, start.validation)
        finished = Finished(
            run=self._writer.name,
            reason=champion.reason,
            spent=spent,
            champion=render_source(self._task.program, champion.best.champion),
            claim=outcome.claim,
        )
        self._writer.add_stage("claim", msgspec.msgpack.encode(outcome))
        self._writer.add_stage("finished", msgspec.msgpack.encode(finished))
        self._writer.commit()
        for name, reason in outcome.failed.items():
            self._conduct.listener(Notice("baseline", f"baseline {name} is rejected on test: {reason}"))
        self._conduct.listener(finished)
        return Outcome(
            self._writer.name,
            str(self._writer.path),
            champion.reason,
            spent,
            finished.champion,
            outcome.claim,
        )


def _ranges(task: Task) -> dict[str, tuple[float, float]]:
    """Return least and largest value of each argument of the entry point, where the task has a grid."""
    if task.settings.answer != "table":
        return {}
    grid = task.judge.grid()
    return {name: (float(np.min(values)), float(np.max(values))) for name, values in grid.items()}
