"""Which solution to take when nobody can judge: selectors by name, candidates run on proposed tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from provolve.engine.samples.ballots import Ballot, comparable
from provolve.engine.samples.equality import same_answer
from provolve.engine.samples.files import Problem, Sample, Samples, parse_problems
from provolve.engine.samples.runner import Failure, Limits, Stalled, open_sandbox, waits
from provolve.engine.samples.runner import answers as run
from provolve.engine.samples.scoring import require_strong
from provolve.errors import UsageError
from provolve.judge.selection import (
    SELECTORS,
    Choice,
    best_of_majority,
    best_of_n,
    choose,
    functional_consensus,
    majority_vote,
    next_question,
    number_outputs,
    pooled_bayes,
    weighted_vote,
)
from provolve.record import Candidate
from provolve.sandbox import Sandbox
from provolve.store import RunReader
from provolve.task import Task

POOLED = "pooled-bayes"
MAJORITY = "best-of-majority"
_DIGITS = 9
"""Outputs that are floats count as equal if they agree in so many significant digits."""

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Selection:
    """What was chosen for one problem, and by which method.

    Args:
        ballot: what it was chosen by.
        method: name of the selector.
        choice: the choice with all scores and its reasons.
        picks: the chosen solutions, best first; more than one only where more were asked for.
    """

    ballot: Ballot
    method: str
    choice: Choice
    picks: tuple[int, ...]


def _matrix(selector: Callable[[npt.ArrayLike], Choice]) -> Callable[[Ballot], Choice]:
    return lambda ballot: selector(_needed(ballot.passes, "passes", ballot))


def _consensus(ballot: Ballot) -> Choice:
    table = ballot.outputs if ballot.outputs is not None else ballot.passes
    choice = functional_consensus(_needed(table, "outputs or passes", ballot))
    if ballot.outputs is None:
        return choice
    question = next_question(ballot.outputs)
    asked = tuple(f"to ask a person about next: {line}" for line in question.explanation)
    return Choice(choice.index, choice.scores, choice.ties, choice.explanation + asked)


def _weighted(ballot: Ballot) -> Choice:
    weights = ballot.weights if ballot.weights is not None else ballot.rewards
    return weighted_vote(
        _needed(ballot.answers, "answers", ballot), _needed(weights, "weights or rewards", ballot)
    )


_METHODS: Mapping[str, Callable[[Ballot], Choice]] = MappingProxyType(
    {
        **{name: _matrix(selector) for name, selector in SELECTORS.items()},
        "consensus": _consensus,
        "majority-vote": lambda ballot: majority_vote(_needed(ballot.answers, "answers", ballot)),
        "weighted-vote": _weighted,
        "best-of-n": lambda ballot: best_of_n(_needed(ballot.rewards, "rewards", ballot)),
    }
)

METHODS = (*_METHODS, MAJORITY, POOLED)
"""Every method by the name a user types."""


def select(ballots: Sequence[Ballot], method: str | None = None, picks: int = 1) -> list[Selection]:
    """Choose one solution for each problem.

    Args:
        ballots: one a problem, at least one.
        method: one of ``METHODS``; None for the one that fits what there is: ``bayes`` for passes,
            ``consensus`` for outputs, ``best-of-majority`` for answers with rewards, ``majority-vote`` for
            answers, ``best-of-n`` for rewards.
        picks: how many, for ``best-of-majority``.

    Raises:
        UsageError: an unknown method, one that needs what the input does not have, or more than one pick
            from a method that makes one.
    """
    check_method(method)
    if method == POOLED:
        matrices = [_needed(ballot.passes, "passes", ballot) for ballot in ballots]
        _check_picks(POOLED, picks)
        return [
            Selection(ballot, POOLED, choice, (choice.index,))
            for ballot, choice in zip(ballots, pooled_bayes(matrices), strict=True)
        ]
    return [_selected(ballot, method or _fitting(ballot), picks) for ballot in ballots]


def check_method(method: str | None) -> None:
    """Refuse a method that there is not.

    Raises:
        UsageError: if it is neither None nor one of ``METHODS``.
    """
    if method is not None and method not in METHODS:
        raise UsageError(f"there is no method {method!r}: choose one of {', '.join(METHODS)}")


def _selected(ballot: Ballot, method: str, picks: int) -> Selection:
    _check_picks(method, picks)
    if method == MAJORITY:
        return _best_of_majority(ballot, picks)
    choice = _METHODS[method](ballot)
    return Selection(ballot, method, choice, (choice.index,))


def _check_picks(method: str, picks: int) -> None:
    if picks > 1 and method != MAJORITY:
        raise UsageError(f"{method} makes one pick, not {picks}: only {MAJORITY} makes more")


def _best_of_majority(ballot: Ballot, picks: int) -> Selection:
    answers = _needed(ballot.answers, "answers", ballot)
    found = best_of_majority(answers, _needed(ballot.rewards, "rewards", ballot), k=picks)
    ties = choose(found.scores).ties
    index = found.indices[0] if found.indices else ties[0]
    choice = Choice(index, found.scores, ties, found.explanation)
    return Selection(ballot, MAJORITY, choice, found.indices)


def _fitting(ballot: Ballot) -> str:
    if ballot.passes is not None:
        return "bayes"
    if ballot.outputs is not None:
        return "consensus"
    if ballot.answers is not None:
        return "majority-vote" if ballot.rewards is None else MAJORITY
    return "best-of-n"


def _needed(value: Value | None, what: str, ballot: Ballot) -> Value:
    if value is None:
        where = f" of task {ballot.task!r}" if ballot.task else ""
        raise UsageError(f"this method needs {what}, which the input{where} does not have: choose another")
    return value


@dataclass(frozen=True)
class Candidates:
    """Programs for one problem, with the tests proposed for it."""

    problem: Problem
    names: tuple[str, ...]
    sources: tuple[str, ...]


def candidates_of_samples(samples: Samples) -> list[Candidates]:
    """Return the samples of each task, named by their model and their line."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples.samples:
        groups.setdefault(sample.task, []).append(sample)
    return [
        Candidates(
            samples.problems[task],
            tuple(f"{one.model or 'sample'} {one.index + 1}" for one in group),
            tuple(one.source for one in group),
        )
        for task, group in groups.items()
    ]


def run_candidates(groups: Sequence[Candidates], limits: Limits, *, weak: bool = False) -> list[Ballot]:
    """Run candidates on the tests proposed for their problems, in a sandbox made for it.

    Raises:
        UsageError: as ``run_on_tests``.
        SandboxUnavailable: if the sandbox is below ``strong`` and ``weak`` does not allow that.
        SandboxError: if none can be started here.
    """
    with open_sandbox(limits) as sandbox:
        require_strong(sandbox, weak=weak)
        return [run_on_tests(sandbox, one.names, one.sources, one.problem, limits) for one in groups]


def run_on_tests(
    sandbox: Sandbox,
    names: Sequence[str],
    sources: Sequence[str],
    problem: Problem,
    limits: Limits,
) -> Ballot:
    """Run candidates on proposed tests, each in a child of its own, and return what they did.

    The expected outputs are compared here and never enter the sandbox. After an input
    on which it fails a candidate goes on with the next in a fresh child.

    Args:
        sandbox: made by ``engine.samples.runner.open_sandbox``.
        names: what the candidates are called.
        sources: their whole programs, at least one.
        problem: entry point and inputs; ``expected`` where the outputs are proposed too, so that the ballot
            has passes, else None, and it has outputs.
        limits: for each input.

    Raises:
        UsageError: if the tests are code, which only its author's word would answer.
    """
    if problem.self_judged:
        raise UsageError(
            f"{problem.where}: tests to select by are inputs, with the expected outputs where known, and not "
            'code: give "input"'
        )
    inputs = list(itertools.chain(*problem.levels))
    rows = [_outputs(sandbox, source, problem.entry, inputs, limits) for source in sources]
    if problem.expected is None:
        table = number_outputs([[_comparable(output) for output in row] for row in rows])
        return Ballot(tuple(names), problem.task, outputs=table)
    expected = list(itertools.chain(*problem.expected))
    passes = [
        [
            not isinstance(output, Failure) and same_answer(right, output, problem.tolerance)
            for right, output in zip(expected, row, strict=True)
        ]
        for row in rows
    ]
    return Ballot(tuple(names), problem.task, passes=np.asarray(passes, dtype=np.bool_))


def _outputs(
    sandbox: Sandbox, source: str, entry: str, inputs: Sequence[Sequence[object]], limits: Limits
) -> list[object]:
    """Return a candidate's output on each input, a Failure where it has none."""
    outputs: list[object] = []
    while len(outputs) < len(inputs):
        before = len(outputs)
        try:
            for output in run(sandbox, source, entry, inputs[before:], limits):
                outputs.append(output)
        except Stalled:
            outputs.append(waits())
        if isinstance(outputs[-1], Failure) and outputs[-1].reason == "load_failed":
            outputs += [outputs[-1]] * (len(inputs) - len(outputs))
    return outputs


def tests_for(task: Task, data: bytes, name: str) -> Problem:
    """Return the tests in a file as tests of the task's entry point.

    Args:
        task: the task whose candidates are to be tested.
        data: content of the file, JSON lines, perhaps packed with gzip.
        name: what messages call it.

    Raises:
        UsageError: if it has tests of several tasks, or of another entry point, or cannot be read.
    """
    problems = list(parse_problems(data, name, answers=False).values())
    if len(problems) != 1:
        raise UsageError(
            f"{name} has tests of {len(problems)} tasks: give those of the entry point {task.entry.name} only"
        )
    if problems[0].entry != task.entry.name:
        raise UsageError(
            f"{problems[0].where}: the entry point is {problems[0].entry!r}, that of task {task.name} is "
            f"{task.entry.name!r}: write tests for that"
        )
    return problems[0]


def audited_candidates(path: Path) -> list[Candidate]:
    """Return the audited candidates of a run, each once, in the order in which they came.

    They were the best on train when they came, and the plain path gave the same scores.

    Raises:
        StoreError: if the record cannot be read.
    """
    found: dict[str, Candidate] = {}
    with RunReader(path) as reader:
        for _, verdicts in reader.verdicts():
            for verdict in verdicts:
                if verdict.accepted and verdict.audited and verdict.candidate is not None:
                    found.setdefault(verdict.candidate.digest, verdict.candidate)
    return list(found.values())


def _comparable(output: object) -> str | None:
    return None if isinstance(output, Failure) else comparable(["is", _rounded(output)])


def _rounded(value: object) -> object:
    match value:
        case float():
            rounded = float(f"{value:.{_DIGITS}g}")
            return int(rounded) if rounded.is_integer() else rounded
        case np.ndarray():
            return _rounded(value.tolist())
        case list():
            return [_rounded(item) for item in value]
        case dict():
            return {key: _rounded(item) for key, item in value.items()}
    return value
