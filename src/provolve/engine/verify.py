"""Re-checking a bundle: stored answers first, then every program is run again, then the claim is redrawn."""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

import msgspec

from provolve.engine.best import Best
from provolve.engine.bundle import Bundle, Manifest, export_bundle, read_bundle, stored_result
from provolve.engine.claims import SEED_PROGRAM, make_claim, optimism_of
from provolve.engine.speed_claims import CHAMPION, make_speed_claim, rejudged_ratios, timed_programs
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
from provolve.judge import BadScore, ConfinedJudge, Judge, PlainResult, SpeedJudge, judge_of
from provolve.program import Program, lift
from provolve.record import Claim
from provolve.record.claim import NOTABLE
from provolve.sandbox import WireError, decode
from provolve.store import find_run
from provolve.task import JudgeModule, Task, bundled, load
from provolve.task.content import content_digest
from provolve.task.holes import travels
from provolve.task.splits import falls_to

_SLOT = 901
_FROM_FILES = (
    "the test instances came with the bundle and fall to test by their content; those of train and "
    "validation did not come, so the losses on these are the bundle's word"
)


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
    unchecked: str = ""
    """What the bundle says and nobody can check from it; empty where there is nothing of the kind."""

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
        if known is None:
            _refuse_holes(task)
        if known is None and not task.self_judged:
            # The judge of self-judged tasks is provolve's own; the evaluator is confined with the programs.
            judge_in_child = stack.enter_context(ConfinedJudge(task))
            task = dataclasses.replace(task, judge=cast(JudgeModule, judge_in_child))
        sandbox = stack.enter_context(open_sandbox(task, slot=_SLOT, allow_weak=allow_weak))
        judge = judge_of(task, sandbox, seed=spec.seed, test_seed=spec.test_seed)
        if bundle.instances:
            instances = _instances(bundle)
            judge.scoring.set_instances("test", instances)
            checks.append(_check("instances", lambda: _instances_differ(task, instances)))
        if isinstance(judge, SpeedJudge):
            checks += _speed_checks(bundle, task, judge)
        else:
            checks += _checks(bundle, task, judge)
        return _verification(bundle, known, sandbox.level, checks)


def _refuse_holes(task: Task) -> None:
    """Refuse what a task that nobody here has read wants of this machine.

    Raises:
        BundleError: if it asks for a hole to anything but files that it brings along.
    """
    wanted = [hole.name for hole in task.holes if not travels(hole, task.folder)]
    if wanted:
        raise BundleError(
            f"the task in the bundle is not known here, and wants its programs to be allowed "
            f"{', '.join(wanted)} on this machine: read it, and if that "
            "may be, save it and name it with --task"
        )


def _verification(bundle: Bundle, known: Task | None, level: str, checks: list[Check]) -> Verification:
    spec = bundle.manifest.spec
    return Verification(
        spec.task_name,
        spec.task_digest,
        known is not None,
        level,
        bundle.manifest.claim,
        tuple(checks),
        _FROM_FILES if bundle.instances else "",
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
    """Return the task to trust: the one that the user names, or the gallery's of the bundle's name.

    A file or a folder that happens to lie here under that name is not trusted: it may have come with the
    bundle.
    """
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
    odd = ", ".join(sorted(set(carried.files) ^ set(bundle.task_files)))
    if odd:
        return Check("task", False, f"the bundle's files are not those of its task: {odd}")
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


def _instances_differ(task: Task, instances: tuple[object, ...]) -> str:
    """What is wrong with instances that came with a bundle: one is not of test, or stands there twice."""
    digests = [content_digest(instance) for instance in instances]
    for number, digest in enumerate(digests):
        if not falls_to(task, digest, "test"):
            return f"instance {number} does not belong to test by its content"
    return "" if digests == sorted(set(digests)) else "they are not in the order of their content, each once"


def _checks(bundle: Bundle, task: Task, judge: Judge) -> Iterator[Check]:
    stated = bundle.manifest
    result = stored_result(bundle)
    yield _check("champion", lambda: _champion_differs(bundle, task))
    yield _check("programs compared", lambda: _compared_differ(stated, task, judge))
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


def _speed_checks(bundle: Bundle, task: Task, judge: SpeedJudge) -> Iterator[Check]:
    """Answers are checked to the bit; times are taken again, and the intervals must meet."""
    yield _check("champion", lambda: _champion_differs(bundle, task))
    yield _check("stored answers", lambda: _answers_differ(judge, stored_result(bundle)))
    yield _check("claim", lambda: _speed_claim_differs(bundle, task))
    yield _check("timed again", lambda: _times_differ(bundle, task, judge))


def _speed_claim_differs(bundle: Bundle, task: Task) -> str:
    """Redraw the claim from the samples; its losses on train and validation are times that have passed."""
    stated = bundle.manifest
    if stated.timings is None:
        return "the bundle holds no samples"
    if CHAMPION not in stated.timings.programs:
        return "the champion has no samples"
    champion = lift(
        task.program,
        Program.parse(bundle.champion, name="champion.py", functions=task.settings.functions).texts(),
    )
    best = Best(stated.claim.train, champion.digest, champion, stated.claim.train, stated.claim.validation)
    seconds = stated.timings.seconds(CHAMPION, warm=task.settings.timing.warm)
    unit = stated.timings.seconds(SEED_PROGRAM, warm=task.settings.timing.warm).mean()
    scores = tuple(map(float, seconds / unit))
    result = msgspec.structs.replace(stored_result(bundle), scores=scores)
    return _difference_of_claims(
        stated.claim, make_speed_claim(task, best, result, stated.timings, stated.spec.test_seed)
    )


def _times_differ(bundle: Bundle, task: Task, judge: SpeedJudge) -> str:
    stated = bundle.manifest
    again = judge.measure("test", timed_programs(task, bundle.champion), task.settings.timing.rounds)
    champion = again.results[CHAMPION]
    if champion.rejection is not None:
        return f"the champion is rejected: {champion.rejection}: {champion.detail}"
    found = rejudged_ratios(task, again, stated.spec.test_seed)
    for other in stated.claim.comparisons:
        one, two = other.ratio, found.get(other.name)
        if one is None or two is None:
            return f"{other.name}: there is no ratio to compare"
        # Nearer than the least difference that is ever claimed is as good as overlapping.
        if one.high < two.low * NOTABLE or two.high < one.low * NOTABLE:
            return (
                f"{other.name}: a ratio of {one.value:.3g} ({one.low:.3g} to {one.high:.3g}) is stated, "
                f"{two.value:.3g} ({two.low:.3g} to {two.high:.3g}) is found"
            )
    return ""


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


def _compared_differ(stated: Manifest, task: Task, judge: Judge) -> str:
    """What is wrong with the list of programs: one left out, or said to have failed though it does not."""
    wanted = {SEED_PROGRAM, *task.baselines, *task.judge.baselines}
    given = [*stated.others, *stated.failed]
    odd = ", ".join(sorted(wanted ^ set(given)) or sorted(set(stated.others) & set(stated.failed)))
    if odd:
        return f"the champion must be compared with each program of the task once; not so with {odd}"
    sources = _programs(task, stated.failed)
    for name, reason in stated.failed.items():
        again = judge.plain.judge("test", sources[name]) if name in sources else None
        if again is None or str(again.rejection) != reason.partition(":")[0]:
            found = "accepted" if again is None else again.rejection or "accepted"
            return f"{name}: it is said to be rejected ({reason}), here it is {found}"
    return ""


def _answers_differ(judge: Judge | SpeedJudge, result: PlainResult) -> str:
    again = judge.plain.rejudge("test", result)
    return _results_differ(result, again)


def _results_differ(stated: PlainResult, found: PlainResult) -> str:
    if stated.exact != found.exact or stated.scores != found.scores:
        return _difference(stated.scores, found.scores) or _exact_difference(stated.exact, found.exact)
    if stated.behaviour != found.behaviour:
        return f"behaviour {stated.behaviour} is stated, the answers have {found.behaviour}"
    return "" if stated.explained == found.explained else "the judge explains it in other words than stated"


def _exact_difference(stated: tuple[str, ...], found: tuple[str, ...]) -> str:
    for number, (one, other) in enumerate(itertools.zip_longest(stated, found, fillvalue="nothing")):
        if one != other:
            return f"instance {number}: the exact score {one} is stated, {other} is found"
    return ""


def _run_differs(judge: Judge, source: str, result: PlainResult) -> str:
    again = judge.plain.judge("test", source)
    if again.rejection is not None:
        return f"it is rejected: {again.rejection}: {again.detail}"
    if judge.task.settings.stochastic:
        return ""
    if again.behaviour != result.behaviour and again.exact == result.exact:
        return "it gives other answers than those stored"
    return _results_differ(result, again)


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
    losses = {"train": stated.claim.train, "validation": stated.claim.validation}
    optimism = stated.claim.optimism
    # Instances from files do not come with the bundle, and a stochastic program scores otherwise each time.
    if not bundle.instances and not task.settings.stochastic:
        pairs = {}
        epoch = stated.claim.epoch
        if not 0 <= epoch < len(task.train_sizes):
            return f"epoch: {epoch} is stated, and train has {len(task.train_sizes)}"
        judge.begin_epoch(epoch)
        for split in losses:
            seed = judge.plain.judge(split, task.program.source).scores
            judge.scoring.set_reference(split, seed)
            pairs[split] = judge.plain.judge(split, bundle.champion).scores, seed
            losses[split] = judge.scoring.loss(split, pairs[split][0])
        on_test = result.scores, stated.others.get(SEED_PROGRAM, ())
        optimism = optimism_of(task, on_test, pairs["validation"])
    champion = lift(
        task.program,
        Program.parse(bundle.champion, name="champion.py", functions=task.settings.functions).texts(),
    )
    best = Best(
        losses["train"],
        champion.digest,
        champion,
        losses["train"],
        losses["validation"],
        champion_epoch=stated.claim.epoch,
    )
    claim = make_claim(task, best, result, stated.others, stated.spec.test_seed, optimism)
    return _difference_of_claims(stated.claim, claim)


def _difference_of_claims(stated: Claim, claim: Claim) -> str:
    if claim == stated:
        return ""
    for name in claim.__struct_fields__:
        one, other = getattr(stated, name), getattr(claim, name)
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
