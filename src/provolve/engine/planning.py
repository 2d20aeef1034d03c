"""The spec of a new run, from what its user asked for."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np

import provolve
from provolve.engine.borrowing import borrow
from provolve.engine.choosing import AGAIN, CHOICES, SELECTED, TESTS, VALIDATION
from provolve.engine.replay import replayed
from provolve.engine.selection import tests_for
from provolve.errors import UsageError
from provolve.propose import LiveProposer, is_live
from provolve.propose import build as build_proposer
from provolve.record import Budget
from provolve.search import WINDOW
from provolve.store import RunSpec, find_run
from provolve.task import Task

RUNS = Path(".provolve") / "runs"
DEFAULT_BUDGET = Budget(seconds=60.0)
_BATCH = {"table": 32, "steps": 8, "certificate": 8, "time": 8, "self-judged": 4}
_SEED_BITS = 48


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
    growth: bool = True,
    runs: Path = RUNS,
) -> RunSpec:
    """Return the spec of a new run of ``task``. Without a seed one is drawn that nobody can guess.

    ``proposer`` may be ``command:PROGRAM WITH ARGUMENTS``, or ``replay:RUN`` with a run of the folder
    ``runs``, whose seed, strategy, batch and window are then taken.
    ``earlier`` names a run in ``runs`` whose best candidates join the starts. Without ``growth``, train stays
    as it is through the whole run.

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
        window=window or WINDOW,
        budget=budget,
        growth=growth,
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


def versions() -> dict[str, str]:
    """Return the versions that a run's candidates may depend on."""
    return {
        "provolve": provolve.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }
