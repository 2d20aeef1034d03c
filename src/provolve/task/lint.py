"""What can be found wrong with a task by looking at it and calling its judge, without running a candidate."""

from __future__ import annotations

import importlib.util
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from provolve.errors import JudgeError, TaskError
from provolve.task.content import content_digest
from provolve.task.settings import SPLITS, Split
from provolve.task.splits import generated, make_split
from provolve.task.task import Task

_INTERVAL_NEEDS = 30
_FLOAT_BYTES = 8
_ONLINE = re.compile(r"\bon-?line\b", re.IGNORECASE)
_MEBIBYTE = 2**20

Instances = dict[Split, tuple[object, ...]]
Digests = dict[Split, tuple[str, ...]]


class Finding(msgspec.Struct, frozen=True):
    """Something about a task that its author should know."""

    severity: Literal["error", "warning", "note"]
    """``error``: a run would fail or mean nothing. ``warning``: hardly meant. ``note``: good to know."""
    text: str


def lint(task: Task, *, seed: int = 0) -> list[Finding]:
    """Return what is wrong with ``task``, errors first. Draws its instances under ``seed`` (0 or more)."""
    findings = [*_settings(task), *_baselines(task), *_judge(task)]
    try:
        instances = {split: make_split(task, split, seed) for split in SPLITS}
        for epoch in range(1, len(task.train_sizes)):
            make_split(task, "train", seed, epoch=epoch)
        once = {split: _once(task, drawn) for split, drawn in instances.items()}
        findings += [*_splits(task, _digests(once), seed), *_sizes(task, once)]
    except (JudgeError, TaskError) as error:
        findings.append(Finding("error", str(error)))
    else:
        findings += _attempt(lambda: list(_instances(task, instances["train"])))
    if task.settings.answer == "table":
        findings += _attempt(lambda: list(_grid(task)))
    order = ("error", "warning", "note")
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def _attempt(check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except JudgeError as error:
        return [Finding("error", str(error))]


def _settings(task: Task) -> Iterator[Finding]:
    for name in task.settings.sandbox.imports:
        if not _installed(name):
            yield Finding("error", f'sandbox.imports names "{name}", which is not installed here: install it')
    if task.settings.data.files and not task.data_files:
        yield Finding(
            "note",
            f'data.files = "{task.settings.data.files}" matches no file: the judge generates the instances',
        )
    if task.self_judged:
        yield Finding(
            "warning",
            "scores are self-judged: the evaluator runs beside the candidate, which can give itself any "
            "score. Where an answer can be checked from outside, write a judge",
        )
    if not task.description:
        yield Finding("note", "there is no description: one line of it tells lists what the task is about")


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _baselines(task: Task) -> Iterator[Finding]:
    if not task.baselines and not task.judge.baselines:
        yield Finding("note", "there is no baseline: the champion is compared with the seed program alone")
    for name in task.baselines:
        if name not in task.starts():
            yield Finding(
                "note",
                f"the search cannot start from baseline {name}: it differs from the seed program outside of "
                "the regions",
            )


def _judge(task: Task) -> Iterator[Finding]:
    functions, answer = task.judge.functions, task.settings.answer
    if task.self_judged:
        return
    if answer == "certificate" and "steps" in functions:
        yield Finding(
            "warning",
            'answer = "certificate" shows a candidate the whole visible instance at once, and the function '
            "steps of the judge is not used: if decisions must come before all is seen, write "
            'answer = "steps"',
        )
    elif answer == "certificate" and _ONLINE.search(f"{task.description}\n{task.parts.page}"):
        yield Finding(
            "note",
            'answer = "certificate" shows a candidate the whole visible instance at once, and the '
            'description says "online": if decisions must come before all is seen, write answer = "steps"',
        )
    if answer == "steps" and "start" in task.harness_functions and "visible" not in functions:
        yield Finding(
            "warning",
            "the harness has a function start and the judge hides nothing: with its first call the candidate "
            "would know the whole instance. Write a judge function visible(instance)",
        )
    if answer == "table" and "steps" not in functions:
        yield Finding(
            "note", "the judge has no function steps: rules that are not elementwise are rejected, not led"
        )
    if "canonical" in functions and "plain_score" not in functions:
        yield Finding(
            "note",
            "the judge has canonical and no plain_score: audits go the same way as the search and "
            "cannot tell if canonical loses something",
        )


def _digests(instances: Instances) -> Digests:
    return {split: tuple(map(content_digest, values)) for split, values in instances.items()}


def _once(task: Task, drawn: Sequence[object]) -> tuple[object, ...]:
    """Return the instances without their repeats, and without the seeds that tell repeats apart."""
    if task.settings.repeats == 1:
        return tuple(drawn)
    return tuple(
        {key: value for key, value in instance.items() if key != "seed"}
        for instance in drawn[:: task.settings.repeats]
        if isinstance(instance, dict)
    )


def _splits(task: Task, digests: Digests, seed: int) -> Iterator[Finding]:
    for split, found in digests.items():
        if len(set(found)) < len(found):
            yield Finding(
                "warning", f"{len(found) - len(set(found))} instances of {split} are equal to others of it"
            )
    if task.settings.exhaustive:
        return
    for first, second in itertools.combinations(SPLITS, 2):
        shared = len(set(digests[first]) & set(digests[second]))
        if shared:
            yield Finding(
                "error",
                f"{shared} instances stand in {first} and in {second}: what is learnt on one is not new "
                "on the other. Draw them from rng, or say splits.exhaustive = true if they are all there are",
            )
    again = tuple(map(content_digest, _once(task, make_split(task, "train", seed))))
    if generated(task, "train") and again != digests["train"]:
        yield Finding(
            "error",
            "the judge gave other train instances when asked again with the same rng: runs could not be "
            "repeated. Draw from nothing but rng",
        )


def _sizes(task: Task, instances: Instances) -> Iterator[Finding]:
    count = len(instances["test"])
    if task.kind == "heuristic" and not task.settings.exhaustive and count < _INTERVAL_NEEDS:
        yield Finding(
            "warning",
            f"test has {count} instances: below {_INTERVAL_NEEDS} the interval of a claim is narrower than "
            "it should be. Raise splits.test, or add data",
        )
    stages = [stage for stage in task.settings.stages if stage >= len(instances["train"])]
    if stages:
        yield Finding(
            "warning", f"stages {stages} are never reached: train has {len(instances['train'])} instances"
        )


def _instances(task: Task, train: Sequence[object]) -> Iterator[Finding]:
    for number, instance in enumerate(train):
        before = content_digest(instance)
        shown = task.judge.visible(instance)
        task.judge.bound(instance)
        if content_digest(instance) != before:
            yield Finding(
                "error", f"visible or bound changed train instance {number}: let them work on a copy"
            )
            return
    if task.settings.answer in ("certificate", "time") and task.parts.harness is None:
        yield from _call(task, shown)


def _call(task: Task, shown: object) -> Iterator[Finding]:
    """Check that what is visible can be handed to the entry point, as the default harness does."""
    wanted = len(task.entry.arguments)
    if isinstance(shown, dict) and set(shown) != set(task.entry.arguments):
        yield Finding(
            "warning",
            f"the harness gives {task.entry.name} the keyword arguments {', '.join(shown)}, "
            f"but it takes {', '.join(task.entry.arguments) or 'nothing'}",
        )
    elif not isinstance(shown, dict) and wanted != 1:
        yield Finding("warning", f"the harness gives {task.entry.name} one argument, but it takes {wanted}")


def _grid(task: Task) -> Iterator[Finding]:
    cells = 1
    for values in task.judge.grid().values():
        cells *= len(values)
    limit = task.settings.limits.answer_mb
    if cells * _FLOAT_BYTES > limit * _MEBIBYTE:
        yield Finding(
            "error",
            f"the grid has {cells} cells, {cells * _FLOAT_BYTES // _MEBIBYTE} MiB, above "
            f"limits.answer_mb = {limit}: make it coarser, or raise the limit",
        )
