"""A task for tests of whole runs: guess a function of one number from what it is at a few."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_TASK = """
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
{told}# [splits]
# train = {train}
# validation = {validation}
# ///
# %% judge
def instances(split, count, rng):
    for _ in range(count):
        yield float(rng.uniform(0.5, 3.0))

def score(instance, answer):
    return abs(answer - {wanted})
# %% program
{before}# EVOLVE-BLOCK-START
def guess(x):
{body}
# EVOLVE-BLOCK-END
"""
BLOCK = "```python\ndef guess(x):\n    return {} * x\n```"
"""A reply of a model: the whole region, with a factor to be filled in."""


def guess_task(
    wanted: str,
    body: str = "    return 1.0 * x",
    *,
    train: int = 2,
    validation: int = 2,
    told: str = "",
    before: str = "",
) -> str:
    """Return the text of the task.

    Args:
        wanted: what is to be guessed, an expression in ``instance``.
        body: of the function that guesses, indented.
        train, validation: sizes of the splits.
        told: more lines of settings.
        before: what stands before the region.
    """
    return _TASK.format(
        wanted=wanted, body=body, train=train, validation=validation, told=told, before=before
    )


def write_task(folder: Path, text: str) -> Path:
    """Write a task into a folder, which is made where it is missing; return its path."""
    folder.mkdir(exist_ok=True)
    path = folder / "guess.py"
    path.write_text(text)
    return path


def errors_of(source: str, points: Sequence[float]) -> list[float]:
    """Return how far a program is from 3.5 x + x² at some points, for a `FakeExecutor`."""
    namespace: dict = {}
    exec(source, namespace)
    try:
        return [float(abs(namespace["guess"](x) - (3.5 * x + x * x))) for x in points]
    except (ArithmeticError, TypeError) as error:
        raise ValueError(type(error).__name__) from None
