"""Runs: a new one is carried out, or one that was stopped is carried on."""

from __future__ import annotations

from pathlib import Path

from provolve.engine.conduct import Conduct, Outcome
from provolve.engine.session import Session
from provolve.errors import ProvolveError, TaskError, UsageError
from provolve.record import Budget
from provolve.sandbox import SandboxError
from provolve.store import RunReader, RunSpec, create_run, open_writer
from provolve.task import Task, load


def start_run(task: Task, spec: RunSpec, conduct: Conduct, *, runs: Path, name: str | None = None) -> Outcome:
    """Make a new run and carry it out.

    Raises:
        ProvolveError, SandboxError: as their trees say. What was searched until then can be resumed; where
            that is nothing, no run is left.
    """
    with create_run(runs, name, spec) as writer:
        try:
            return Session(task, writer, conduct).carry_out()
        except (ProvolveError, SandboxError):
            if not writer.searched:
                writer.discard()
            raise


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
        return Session(task, writer, conduct).carry_out()


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
