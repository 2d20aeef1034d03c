"""A run as one JSON object, for other programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import msgspec

from provolve.propose.redaction import Redaction
from provolve.record import Call
from provolve.report.run_page import RunFacts


def run_json(run: RunFacts, champion: str | None, calls: Iterable[tuple[int, Call]] | None = None) -> str:
    """Return what the page of a run says, as JSON on one line; numbers that are not finite are null.

    Args:
        run: its facts.
        champion: source of the champion, or of the best so far; None where there is none.
        calls: every call with the id of its ask, where they are wanted: prompts and replies among it.
    """
    spec, finished = run.spec, run.finished
    best = None if run.best is None else run.best.verdict.loss
    tree: dict[str, Any] = {
        "run": run.name,
        "task": spec.task_name,
        "finished": finished is not None,
        "reason": None if finished is None else finished.reason,
        "proposer": spec.proposer,
        "strategy": spec.strategy,
        "proposer_options": spec.proposer_options,
        "strategy_options": spec.strategy_options,
        "seed": spec.seed,
        "budget": msgspec.to_builtins(spec.budget),
        "spent": msgspec.to_builtins(run.spent),
        "best_loss_on_train": best,
        "champion": champion,
        "claim": None if finished is None else msgspec.to_builtins(finished.claim),
        "verdicts": dict(run.counts),
        "operators": {name: counts._asdict() for name, counts in run.operators.items()},
        "calls": [one._asdict() for one in run.calls],
    }
    if calls is not None:
        tree["call_list"] = [{"ask": ask, **msgspec.to_builtins(call)} for ask, call in calls]
    return Redaction()(json.dumps(_finite(tree), allow_nan=False))


def _finite(tree: Any) -> Any:
    match tree:
        case float() if not math.isfinite(tree):
            return None
        case dict():
            return {key: _finite(value) for key, value in tree.items()}
        case list() | tuple():
            return [_finite(value) for value in tree]
    return tree
