"""Samples and their tests, as files of JSON lines in the manner of HumanEval and EvalPlus."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from provolve.engine.samples.lines import Line, read_bytes, read_lines
from provolve.errors import UsageError

DEFAULT_TOLERANCE = 1e-6
"""How far a float may be from the one expected, absolutely and relative to its size."""


class Sample(msgspec.Struct, frozen=True):
    """One program of a generator for one problem."""

    index: int
    """Place among the samples of its file, from 0."""
    task: str
    model: str
    """Who wrote it; samples of different models are scored apart. Empty where the file does not say."""
    source: str
    """The whole program."""


class Problem(msgspec.Struct, frozen=True):
    """One problem and how answers to it are judged."""

    task: str
    entry: str
    """Name of the function that is called."""
    prompt: str
    levels: tuple[tuple[tuple[object, ...], ...], ...]
    """Inputs by level of rising size, each a tuple of arguments; empty where there is only test code."""
    expected: tuple[tuple[object, ...], ...] | None
    """The answer to each input; None where references give the answers."""
    references: tuple[str, ...]
    """Whole programs whose answers are right."""
    check: str
    """Test code that defines ``check(candidate)``; empty where there are inputs."""
    tolerance: float
    where: str
    """File and line, for messages."""

    @property
    def self_judged(self) -> bool:
        """Whether the tests can only run beside the candidate, so that passing is its word."""
        return not self.levels


class Samples(msgspec.Struct, frozen=True):
    """Everything that is to be scored."""

    samples: tuple[Sample, ...]
    problems: dict[str, Problem]
    samples_digest: str
    tests_digest: str

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in the order of the file."""
        return tuple(dict.fromkeys(sample.model for sample in self.samples))


def read_samples(samples: Path, tests: Path, *, answers: bool = True) -> Samples:
    """Read a file of samples and the file of their tests; both may be packed with gzip.

    ``answers`` says whether the tests must tell what is right.

    Raises:
        UsageError: with file and line, at anything that cannot be meant.
    """
    sample_data, test_data = read_bytes(samples), read_bytes(tests)
    return parse_samples(sample_data, test_data, samples.name, tests.name, answers=answers)


def parse_samples(
    sample_data: bytes, test_data: bytes, samples: str, tests: str, *, answers: bool = True
) -> Samples:
    """As ``read_samples``, of the files' contents and their names."""
    problems = parse_problems(test_data, tests, answers=answers)
    found = tuple(
        _sample(index, line, problems, tests) for index, line in enumerate(read_lines(sample_data, samples))
    )
    used = {sample.task for sample in found}
    return Samples(
        found,
        {task: problem for task, problem in problems.items() if task in used},
        digest(sample_data),
        digest(test_data),
    )


def parse_problems(data: bytes, file: str, *, answers: bool = True) -> dict[str, Problem]:
    """Return the problems of a tests file by their task_id.

    Raises:
        UsageError: with file and line, at anything that cannot be meant.
    """
    problems: dict[str, Problem] = {}
    for line in read_lines(data, file):
        problem = _problem(line, answers)
        if problem.task in problems:
            line.refuse(f"task {problem.task!r} stands here twice: keep one of them")
        problems[problem.task] = problem
    return problems


def digest(data: bytes) -> str:
    """Return the digest by which a results file knows its samples and tests."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _sample(index: int, line: Line, problems: dict[str, Problem], tests: str) -> Sample:
    task = line.text("task_id")
    problem = problems.get(task)
    if problem is None:
        line.refuse(f"task {task!r} has no tests in {tests}: add them, or leave the sample out")
    if "solution" in line:
        source = line.text("solution")
    elif "completion" in line:
        source = line.text("prompt", problem.prompt) + line.text("completion")
    else:
        line.refuse('there is no program: give "completion", which follows the prompt, or "solution", whole')
    return Sample(index, task, line.text("model", ""), source)


def _problem(line: Line, answers: bool) -> Problem:
    prompt = line.text("prompt", "")
    levels, expected = _levels(line)
    references = _references(line, prompt)
    if answers and levels and expected is None and not references:
        line.refuse(
            'nothing says what is right: give "expected", an answer for each input, or a reference in '
            '"canonical_solution", "reference" or "references"'
        )
    check = "" if levels else line.text("test", "")
    if not levels and not check:
        line.refuse('there are no tests: give "input" and "expected", "levels", or code in "test"')
    tolerance = max(line.number_of("atol") or 0.0, DEFAULT_TOLERANCE)
    entry = line.text("entry_point")
    if not entry.isidentifier():
        line.refuse(f'"entry_point" is {entry!r}: give the name of a function')
    return Problem(
        task=line.text("task_id"),
        entry=entry,
        prompt=prompt,
        levels=levels,
        expected=expected,
        references=references,
        check=check,
        tolerance=tolerance,
        where=f"{line.file}, line {line.number}",
    )


def _references(line: Line, prompt: str) -> tuple[str, ...]:
    found = []
    if "canonical_solution" in line:
        found.append(prompt + line.text("canonical_solution"))
    if "reference" in line:
        found.append(line.text("reference"))
    if "references" in line:
        found += line.list_of("references")
    if not all(isinstance(source, str) for source in found):
        line.refuse('"references" holds something but texts: give whole programs')
    return tuple(found)


def _levels(
    line: Line,
) -> tuple[tuple[tuple[tuple[object, ...], ...], ...], tuple[tuple[object, ...], ...] | None]:
    """Return inputs and expected answers by level; inputs that stand in no level are level 0."""
    if "levels" in line:
        levels = [_inputs(line, "levels", level) for level in line.list_of("levels")]
        if not levels or not all(levels):
            line.refuse('"levels" has a level without inputs: give each at least one')
        expected = line.list_of("expected") if "expected" in line else None
        if expected is not None and [_length(one) for one in expected] != [len(one) for one in levels]:
            line.refuse(
                '"expected" has not one answer for each input of each level: give lists like "levels"'
            )
        return tuple(levels), None if expected is None else tuple(tuple(one) for one in expected)
    inputs: list[tuple[object, ...]] = []
    for name in ("input", "inputs", "base_input", "plus_input"):
        if name in line:
            inputs += _inputs(line, name, line.list_of(name))
    if not inputs:
        return (), None
    if "expected" not in line:
        return (tuple(inputs),), None
    answers = line.list_of("expected")
    if len(answers) != len(inputs):
        line.refuse(f'"expected" has {len(answers)} answers for {len(inputs)} inputs: give one for each')
    return (tuple(inputs),), (tuple(answers),)


def _inputs(line: Line, name: str, values: object) -> tuple[tuple[object, ...], ...]:
    if not isinstance(values, list) or not all(isinstance(one, list) for one in values):
        line.refuse(f'"{name}" holds something but lists of arguments: write [[first, second], …] for a call')
    return tuple(tuple(one) for one in values)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else -1


def require_samples(samples: Samples, ks: Sequence[int]) -> None:
    """Check that every problem of every model has at least k samples, for the largest of ``ks``.

    Raises:
        UsageError: if one has fewer.
    """
    for model, task, count in fewest(samples):
        if count < max(ks):
            whose = f" of model {model!r}" if model else ""
            raise UsageError(
                f"pass@{max(ks)} needs {max(ks)} samples for each task; task {task!r}{whose} has {count}: "
                "give more samples or a smaller --k"
            )


def fewest(samples: Samples) -> list[tuple[str, str, int]]:
    """Return each model with the task for which it has the fewest samples, and how many."""
    counts: dict[str, dict[str, int]] = {}
    for sample in samples.samples:
        tasks = counts.setdefault(sample.model, {})
        tasks[sample.task] = tasks.get(sample.task, 0) + 1
    return [(model, *min(tasks.items(), key=lambda pair: pair[1])) for model, tasks in counts.items()]
