"""What an agent is told of a task and a run: never anything of validation or test before the end."""

from __future__ import annotations

from typing import Any

import msgspec

from provolve.engine.frame import statement
from provolve.engine.start import Start
from provolve.program import lift, render
from provolve.record import AskTold, Budget, Candidate, Elite, Finished, Spent
from provolve.task import Task

Told = dict[str, Any]


def task_told(task: Task, start: Start, level: str) -> Told:
    """Return what is told of ``task``; losses are those on train that ``start`` holds."""
    stated = statement(task)
    source = task.program.with_texts(task.program.texts())
    return {
        "name": stated.name,
        "description": stated.description,
        "kind": stated.kind,
        "direction": stated.direction,
        "loss": "an aggregate of the scores on train; smaller is better, whatever the direction",
        "unit": stated.unit,
        "bound": stated.bound,
        "published": list(stated.published),
        "imports": ["the standard library", "numpy", *stated.imports],
        "cpu_seconds_for_an_instance": stated.seconds,
        "train_instances": len(start.train),
        "entry": {"name": task.entry.name, "arguments": list(task.entry.arguments)},
        "program": source,
        "regions": [
            {"name": region.name, "text": text}
            for region, text in zip(task.program.regions, task.program.texts(), strict=True)
        ],
        "starts": _starts(task, start),
        "sandbox": level,
        "self_judged": task.self_judged,
    }


def _starts(task: Task, start: Start) -> list[Told]:
    """Return the seed program and every baseline; those of another fixed part have no loss on train."""
    found: list[Told] = []
    digests = set()
    for name, verdict in zip(start.names, start.verdicts, strict=True):
        digest = "" if verdict.candidate is None else verdict.candidate.digest
        digests.add(digest)
        found.append(
            {
                "name": name,
                "digest": digest,
                "loss": verdict.loss,
                "scores": list(verdict.scores),
                "rejection": None if verdict.rejection is None else verdict.rejection.value,
            }
        )
    same = set(task.starts())
    for name, program in task.baselines.items():
        if name in start.names:
            continue
        equal = lift(task.program, program.texts()).digest if name in same else ""
        found.append({"name": name, "digest": equal, "loss": None, "source": program.source})
    return found


def budget_told(budget: Budget, spent: Spent) -> Told:
    """Return what is spent and what is left; None where there is no limit."""
    return {
        "budget": str(budget),
        "spent": {
            "candidates": spent.candidates,
            "source_rejections": spent.source_rejections,
            "seconds": round(spent.seconds, 1),
        },
        "left": {
            "candidates": None if budget.candidates is None else max(0, budget.candidates - spent.candidates),
            "seconds": None if budget.seconds is None else round(max(0.0, budget.seconds - spent.seconds), 1),
        },
    }


def elite_told(elite: Elite, *, source: bool) -> Told:
    """Return an elite, with the text of its regions where ``source``."""
    told: Told = {"digest": elite.candidate.digest, "loss": elite.loss, "scores": list(elite.scores)}
    return {**told, "regions": list(render(elite.candidate))} if source else told


def source_told(task: Task, candidate: Candidate) -> Told:
    """Return the source of a candidate."""
    texts = render(candidate)
    return {
        "digest": candidate.digest,
        "regions": list(texts),
        "program": task.program.with_texts(texts),
    }


def verdict_told(event: AskTold) -> Told:
    """Return the verdict on a submission."""
    verdict = event.verdicts[0]
    digest = "" if verdict.candidate is None else verdict.candidate.digest
    return {
        "accepted": verdict.accepted,
        "rejection": None if verdict.rejection is None else verdict.rejection.value,
        "detail": verdict.detail,
        "printed": verdict.printed,
        "digest": digest,
        "loss": verdict.loss,
        "scores": list(verdict.scores),
        "duplicate_of": verdict.duplicate_of,
        "new_best": verdict.accepted and digest == event.best_digest,
        "best": {"digest": event.best_digest, "loss": event.best},
    }


def finished_told(finished: Finished) -> Told:
    """Return the end of a run: why it ended, its champion and its claim."""
    return {
        "run": finished.run,
        "reason": finished.reason,
        "champion": finished.champion,
        "claim": msgspec.to_builtins(finished.claim),
        "findings": {comparison.name: comparison.finding for comparison in finished.claim.comparisons},
    }
