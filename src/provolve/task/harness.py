"""The source that calls candidates in the sandbox: the task's own, or the default of its form of answer."""

from __future__ import annotations

import symtable
from importlib import resources

from provolve.errors import TaskError
from provolve.task.cells import Cell

_NEEDED = {"table": "answer", "steps": "step", "certificate": "answer", "time": "answer"}
_FORMS = {"table": ("table", "steps"), "time": ("certificate", "nothing")}
_NOTHING = "nothing"
_SIGNATURES = {"answer": "answer(program, visible)", "step": "step(program, observation)"}


def default_harness(answer: str, entry: str) -> str:
    """Return the source that calls the function ``entry`` of a program for this form of answer.

    It ends with a line ``ENTRY = …`` that names the function. That of ``table`` holds ``step`` too, for
    rules that turn out not to be elementwise; that of ``time`` holds the call that does nothing.
    """
    forms = _FORMS.get(answer, (answer,))
    texts = [_text(form) for form in forms]
    return "\n\n".join([*texts, f"ENTRY = {entry!r}\n"])


def own_harness(cell: Cell, answer: str) -> str:
    """Return the source of a task's own harness, its lines counted as in its file.

    Raises:
        TaskError: if it cannot be parsed, or lacks the function that this form of answer calls.
    """
    try:
        compile(cell.padded, cell.file, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise TaskError(
            f"{cell.file}, line {error.lineno}: the harness is not Python: {error.msg}. Mend the line"
        ) from error
    needed = _NEEDED[answer]
    if needed not in defined_in(cell.text):
        raise TaskError(
            f'{cell.file}: the harness has no function {needed}, which answer = "{answer}" calls: '
            f"write def {_SIGNATURES[needed]}, or leave the harness out to have the default one"
        )
    if answer != "time":
        return cell.padded
    if _NOTHING in defined_in(cell.text):
        raise TaskError(
            f"{cell.file}: the harness has a function {_NOTHING}, which is the name of the call by which "
            "the floor under all times is measured: give it another name"
        )
    return f"{cell.padded}\n\n{_text('nothing')}"


def _text(form: str) -> str:
    folder = resources.files("provolve.task") / "harnesses"
    return (folder / f"{form}.py").read_text(encoding="utf-8")


def defined_in(source: str) -> frozenset[str]:
    """Return the names that ``source``, which can be parsed, defines at its top level."""
    symbols = symtable.symtable(source, "harness", "exec").get_symbols()
    return frozenset(symbol.get_name() for symbol in symbols if symbol.is_assigned())
