"""What a task of the form ``self-judged`` has in place of a judge and a harness of its own."""

from __future__ import annotations

import ast
from importlib import resources

from provolve.errors import TaskError
from provolve.program import Function, Program, describe
from provolve.task.cells import Cell, Parts
from provolve.task.harness import defined_in
from provolve.task.settings import Settings

_HARNESS = "harnesses/self_judged.py"


def check_parts(parts: Parts, settings: Settings) -> None:
    """Check that the parts of a task fit its form of answer.

    Raises:
        TaskError: if an evaluator stands where a judge is wanted or the other way round, with a judge's
            parts beside it, is not Python, or defines no ``evaluate``.
    """
    file, evaluator = parts.settings.file, parts.evaluator
    if (settings.answer == "self-judged") != (evaluator is not None):
        has, wants = ("a judge", "an evaluator") if evaluator is None else ("an evaluator", "a judge")
        raise TaskError(
            f'{file}: answer = "{settings.answer}" needs {wants}, and the task holds {has}: '
            f"write {wants.split()[1]} in its place, or another answer"
        )
    if evaluator is None:
        return
    if parts.harness is not None:
        raise TaskError(
            f"{parts.harness.file}: a self-judged task has no harness: its evaluator calls the candidate. "
            "Leave the harness out"
        )
    _check_evaluator(evaluator)


def _check_evaluator(cell: Cell) -> None:
    try:
        ast.parse(cell.padded)
    except SyntaxError as error:
        raise TaskError(
            f"{cell.file}, line {error.lineno}: the evaluator is not Python: {error.msg}. Mend the line"
        ) from error
    if "evaluate" not in defined_in(cell.text):
        raise TaskError(
            f"{cell.file}: the evaluator has no function evaluate: write def evaluate(program_path), which "
            'returns a dict with "combined_score"'
        )


def harness_of(evaluator: Cell, settings: Settings) -> str:
    """Return the source that calls ``evaluator``, in stages up to the settings' thresholds."""
    text = (resources.files("provolve.task") / _HARNESS).read_text(encoding="utf-8")
    return f"{text}\n\nEVALUATOR = {evaluator.padded!r}\nTHRESHOLDS = {settings.cascade!r}\n"


def nominal_entry(program: Program) -> Function:
    """Return the function that stands for the entry point: an evaluator may call whichever it likes.

    It is the first one inside a region, else the first of the program; one without a name where there is
    none.
    """
    functions = describe(program)
    inside = [function for function in functions if function.region is not None]
    return next(iter([*inside, *functions]), Function("", (), None))
