"""The task of a run as it was when the run began, from the files in the record."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from provolve.errors import ProvolveError, UsageError

if TYPE_CHECKING:
    from provolve.store import RunSpec
    from provolve.task import Task


def recorded_task(spec: RunSpec) -> Task | None:
    """Return the run's task as it was, wherever its files are now; None where it cannot be loaded.

    Nothing of it is run: its settings and programs serve to show and to compare.
    """
    return _from_record(spec) or _as_it_is(spec)


def _as_it_is(spec: RunSpec) -> Task | None:
    """Return the task from where it was, unless it was edited: one with data files needs them beside it."""
    from provolve.task import load

    try:
        task = load(spec.task, spec.parameters, data=_data(spec))
    except (ProvolveError, OSError):
        return None
    return task if task.digest == spec.task_digest else None


def _from_record(spec: RunSpec) -> Task | None:
    from provolve.task import load

    with tempfile.TemporaryDirectory(prefix="provolve-") as name:
        folder = Path(name) / _file_name(spec.task_name)
        for file, data in spec.task_source.items():
            if not _inside(file):
                return None
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        single = [file for file in spec.task_source if file.endswith(".py")]
        try:
            is_file = "task.toml" not in spec.task_source and len(single) == 1
            return load(folder / single[0] if is_file else folder, spec.parameters, data=_data(spec))
        except (ProvolveError, OSError):
            return None


def champion_of(path: Path) -> str:
    """Return the source of a run's champion, or of the best so far where the run is not finished.

    Raises:
        UsageError: if there is none yet, or the task that it belongs to cannot be read any more.
    """
    from provolve.report.run_page import champion_source, read_facts

    facts = read_facts(path)
    source = champion_source(facts, recorded_task(facts.spec))
    if source is None:
        raise UsageError(
            f"run {facts.name} has no program to give yet: carry it on with `provolve resume {facts.name}`"
        )
    return source


def _file_name(task: str) -> str:
    return PurePosixPath(task).name or "task"


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _data(spec: RunSpec) -> Path | None:
    return Path(spec.data) if spec.data and Path(spec.data).exists() else None
