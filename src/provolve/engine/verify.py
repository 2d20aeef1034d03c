"""Re-checking a bundle: stored answers first, then every program is run again, then the claim is redrawn."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

import msgspec

from provolve.engine.bundle import Bundle, export_bundle, read_bundle, stored_result
from provolve.engine.claims import SEED_PROGRAM, make_claim
from provolve.engine.loop import Best
from provolve.engine.worker import open_sandbox
from provolve.errors import (
    AuditFailed,
    BundleError,
    JudgeError,
    ProvolveError,
    Refused,
    TaskError,
    UsageError,
)
from provolve.judge import BadScore, ConfinedJudge, Judge, PlainResult
from provolve.program import Program, lift
from provolve.record import Claim
from provolve.sandbox import WireError, decode
from provolve.store import find_run
from provolve.task import JudgeModule, Task, bundled, load

_SLOT = 901


class Check(msgspec.Struct, frozen=True):
    """One thing that was checked."""

    name: str
    holds: bool
    detail: str = ""
    """What differs and by how much; empty where it holds."""


class Verification(msgspec.Struct, frozen=True):
    """What re-checking found."""

    task_name: str
    task_digest: str
    installed: bool
    """Whether the task is the one that is installed here, so that its judge could be trusted."""
    level: str
    """How strongly the programs were confined; an unknown judge was confined too."""
    claim: Claim
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


def verify(
    target: str | Path, *, runs: Path, task: str | None = None, allow_weak_sandbox: bool = False
) -> Verification:
    """Re-check the bundle at ``target``, or the run of that name as if it were a bundle.

    The task is the installed one of the bundle's name, or the one that ``task`` names; where neither is
    there, the task in the bundle is used, its judge confined like a candidate. ``allow_weak_sandbox``:
    whether a self-judged task may run where only ``partial`` or ``none`` holds.

    Raises:
        SandboxUnavailable: if the sandbox is too weak for a self-judged task.
        UsageError: if there is no such bundle or run, or the run is not finished.
        BundleError: if the bundle is damaged, altered in one place, or of a newer format.
    """
    path = Path(target)
    if path.suffix == ".zip" or path.is_file():
        return _verify(read_bundle(path), task, allow_weak_sandbox)
    with tempfile.TemporaryDirectory(prefix="provolve-") as folder:
        out = Path(folder) / "run.zip"
        export_bundle(find_run(runs, str(target)), out)
        return _verify(read_bundle(out), task, allow_weak_sandbox)


def _verify(bundle: Bundle, reference: str | None, allow_weak: bool) -> Verification:
    spec = bundle.manifest.spec
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="provolve-")))
        carried = _carried_task(bundle, folder)
        known = _installed_task(bundle, reference)
        checks = [_same_task(bundle, carried, known)]
        task = carried if known is None else known
        if not checks[0].holds:
            return _verification(bundle, known, "", checks)
        if known is None and not task.self_judged:
            # The judge of self-judged tasks is provolve's own; the evaluator is confined with the programs.
            judge_in_child = stack.enter_context(ConfinedJudge(task))
            task = dataclasses.replace(task, judge=cast(JudgeModule, judge_in_child))
        sandbox = stack.enter_context(open_sandbox(task, slot=_SLOT, allow_weak=allow_weak))
        judge = Judge(task, sandbox, seed=spec.seed, test_seed=spec.test_seed)
        if bundle.instances:
            judge.scoring.set_instances("test", _instances(bundle))
        checks += _checks(bundle, task, judge)
        return _verification(bundle, known, sandbox.level, checks)


def _verification(bundle: Bundle, known: Task | None, level: str, checks: list[Check]) -> Verification:
    spec = bundle.manifest.spec
    return Verification(
        spec.task_name, spec.task_digest, known is not None, level, bundle.manifest.claim, tuple(checks)
    )


def _carried_task(bundle: Bundle, folder: Path) -> Task:
    """Write the task that the bundle carries into ``folder`` and load it."""
    spec = bundle.manifest.spec
    place = folder / spec.task_name
    for name, data in bundle.task_files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    single = place / f"{spec.task_name}.py"
    try:
        return load(single if single.is_file() else place, spec.parameters)
    except ProvolveError as error:
        raise BundleError(f"the task in the bundle cannot be loaded: {error}") from error


def _installed_task(bundle: Bundle, reference: str | None) -> Task | None:
    spec = bundle.manifest.spec
    if reference is not None:
        return load(reference, spec.parameters)
    if bundled.find(spec.task_name) is None:
        return None
    try:
        return load(spec.task_name, spec.parameters)
    except UsageError:  # the installed one has other parameters
        return load(spec.task_name)


def _same_task(bundle: Bundle, carried: Task, known: Task | None) -> Check:
    """Whether the task in the bundle is what the bundle says, and the one that is known here."""
    stated = bundle.manifest.spec.task_digest
    if carried.digest != stated:
        return Check("task", False, f"the task in the bundle has digest {carried.digest}, not {stated}")
    if known is not None and known.digest != stated:
        return Check(
            "task",
            False,
            f"task {bundle.manifest.spec.task_name} is known here with digest {known.digest}, the bundle "
            f"was made with {stated}: its judge or instances are not the same",
        )
    return Check("task", True)


def _instances(bundle: Bundle) -> tuple[object, ...]:
    try:
        found = decode(bundle.instances)
    except WireError as error:
        raise BundleError(f"the instances in the bundle cannot be read: {error}") from error
    if not isinstance(found, list):
        raise BundleError("the instances in the bundle are no list")
    return tuple(found)


def _checks(bundle: Bundle, task: Task, judge: Judge) -> Iterator[Check]:
    stated = bundle.manifest
    result = stored_result(bundle)
    yield _check("champion", lambda: _champion_differs(bundle, task))
    yield _check("stored answers", lambda: _answers_differ(judge, result))
    programs = _programs(task, stated.others)
    own: Mapping[str, tuple[float, ...]] = {}
    with _caught() as caught:
        own = judge.plain.baselines("test")
    yield _check("champion, run again", lambda: _run_differs(judge, bundle.champion, result))
    for name, scores in stated.others.items():
        if name in programs:
            source = programs[name]
            yield _check(f"{name}, run again", lambda s=source, v=scores: _scores_differ(judge, s, v))  # type: ignore[misc]
        else:
            same = own.get(name) == scores
            yield Check(
                f"{name}, run again", same, "" if same else caught[0] or "its scores on test are others"
            )
    yield _check("claim", lambda: _claim_differs(bundle, task, judge, result))


def _programs(task: Task, others: Mapping[str, object]) -> dict[str, str]:
    sources = {SEED_PROGRAM: task.program.source}
    sources |= {name: baseline.source for name, baseline in task.baselines.items()}
    return {name: source for name, source in sources.items() if name in others}


def _champion_differs(bundle: Bundle, task: Task) -> str:
    """What is wrong with the champion's source: its digest, or a fixed part that is not the task's."""
    texts = Program.parse(bundle.champion, name="champion.py", functions=task.settings.functions).texts()
    if task.program.with_texts(texts) != bundle.champion:
        return "it differs from the task's program outside the regions that may change"
    digest = lift(task.program, texts).digest
    stated = bundle.manifest.claim.champion
    return "" if digest == stated else f"its digest is {digest}, the claim is about {stated}"


def _answers_differ(judge: Judge, result: PlainResult) -> str:
    again = judge.plain.rejudge("test", result)
    return _difference(result.scores, again)


def _run_differs(judge: Judge, source: str, result: PlainResult) -> str:
    again = judge.plain.judge("test", source)
    if again.rejection is not None:
        return f"it is rejected: {again.rejection}: {again.detail}"
    if judge.task.settings.stochastic:
        return ""
    if again.exact != result.exact:
        return _difference(result.scores, again.scores) or "the exact scores are others"
    return "" if again.behaviour == result.behaviour else "it gives other answers than those stored"


def _scores_differ(judge: Judge, source: str, scores: tuple[float, ...]) -> str:
    again = judge.plain.judge("test", source)
    if again.rejection is not None:
        return f"it is rejected: {again.rejection}: {again.detail}"
    return "" if judge.task.settings.stochastic else _difference(scores, again.scores)


def _difference(stated: tuple[float, ...], found: tuple[float, ...]) -> str:
    if len(stated) != len(found):
        return f"{len(stated)} scores are stated, there are {len(found)} instances"
    for number, (one, other) in enumerate(zip(stated, found, strict=True)):
        if one != other:
            return f"instance {number}: {one!r} is stated, {other!r} is found"
    return ""


def _claim_differs(bundle: Bundle, task: Task, judge: Judge, result: PlainResult) -> str:
    """Redraw the claim from the scores, and its losses on train and validation from the seeds."""
    stated = bundle.manifest
    losses = {}
    for split in ("train", "validation"):
        if bundle.instances or task.settings.stochastic:
            # Drawn from files that the bundle does not carry, or not the same when drawn again.
            losses[split] = getattr(stated.claim, split)
            continue
        judge.scoring.set_reference(split, judge.plain.judge(split, task.program.source).scores)
        losses[split] = judge.scoring.loss(split, judge.plain.judge(split, bundle.champion).scores)
    champion = lift(
        task.program,
        Program.parse(bundle.champion, name="champion.py", functions=task.settings.functions).texts(),
    )
    best = Best(losses["train"], champion.digest, champion, losses["train"], losses["validation"])
    claim = make_claim(task, best, result, stated.others, stated.spec.test_seed)
    if claim == stated.claim:
        return ""
    for name in claim.__struct_fields__:
        one, other = getattr(stated.claim, name), getattr(claim, name)
        if one != other:
            return f"{name}: {one} is stated, {other} comes out"
    return "it comes out otherwise"


@contextmanager
def _caught() -> Iterator[list[str]]:
    """Collect, instead of raising, what goes wrong in a bundle's own code."""
    found = [""]
    try:
        yield found
    except (AuditFailed, BadScore, JudgeError, TaskError, Refused, WireError) as error:
        found[0] = str(error)


def _check(name: str, differs: Callable[[], str]) -> Check:
    detail = ""
    with _caught() as caught:
        detail = differs()
    detail = detail or caught[0]
    return Check(name, not detail, detail)
