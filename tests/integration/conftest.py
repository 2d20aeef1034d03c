"""The task of a module, written to disk; and whether candidates can be confined as evaluators need it."""

from __future__ import annotations

from pathlib import Path

import pytest

from guess_task import write_task
from provolve.sandbox import Profile, Sandbox


@pytest.fixture
def task_file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The path of the task whose text the module calls TASK."""
    return write_task(tmp_path, request.module.TASK)


@pytest.fixture(scope="session")
def confined() -> None:
    """Skip where no evaluator can run."""
    with Sandbox(Profile(harness="", scratch=True)) as sandbox:
        if sandbox.level not in ("strong", "full") or "scratch" in sandbox.missing:
            pytest.skip("an evaluator needs a level of strong or full")
