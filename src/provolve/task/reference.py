"""Writes ``docs/reference/task.md`` from the settings' structs: ``python -m provolve.task.reference FILE``.

Rows of a Markdown table cannot be broken.
"""

# ruff: noqa: E501

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import msgspec.inspect as types

from provolve.task.schema import expected, field_docs, without_none, written
from provolve.task.settings import Settings

_HEAD = """\
# Settings of a task

<!-- Written by `python -m provolve.task.reference docs/reference/task.md` from the settings' own definitions. -->

They stand in `task.toml` of a task's folder, or in the header of its one file, as TOML. Only `direction` and
`answer` must be written, and for `kind = "speed"` neither. A key that is not listed here is an error.
"""

_TAIL = """\
## The judge's functions

Any of them may take one more argument, `parameters`: a dict with a value for each `[parameters.NAME]`.

| function | meaning |
|---|---|
| `instances(split, count, rng)` | Yields `count` instances, drawn from nothing but `rng`, a `numpy.random.Generator`. Needed unless `[data]` gives files. |
| `score(instance, answer)` | Returns an `int`, `float` or `fractions.Fraction`, or raises `provolve.Refused("why")`. Needed, but not for `kind = "speed"`: there it accepts an answer by returning any number. |
| `same(instance, answer, reference)` | For `kind = "speed"` only: whether an answer may stand for the seed program's, `reference`: True or False. Without it and without `score` the two must be equal to the bit. |
| `visible(instance)` | What a candidate may know of an instance; all of it where left out. |
| `steps(instance)` | A generator: yields observations, is sent decisions, returns the answer that `score` is given. Needed for `answer = "steps"`; for `"table"` it leads rules that no table can stand for. |
| `grid()` | For `"table"`: a dict with an array of values for each argument of the entry point, in place of `[grid.NAME]`. |
| `units()` | A dict with a dict of exponents of base units for each argument and for `"return"`, in place of `[units]`; an empty one where there are none. |
| `canonical(answer)` | The decisions that an answer stands for: what behaviour is told by, and what `score` is given. |
| `plain_score(instance, answer)` | A plain twin of a fast `score`, given the answer as the candidate gave it. Audits use it. |
| `bound(instance)` | A score that cannot be beaten on this instance, or None. |
| `measures(instance, answer)` | A number for each name in `measures`: a dict, or a list in their order. |
| `explain(instance, answer)` | A list of lines that say in words what an answer is, given as `score` is; printed under the champion by `provolve run` and `provolve show`. |
| `baseline_NAME(instance)` | A baseline that the judge computes itself: its score of an instance. |
| `parse(name, text)` | Yields the instances in a data file. |

Instances, and what is visible of them, are plain data: None, bool, int, float, str, bytes, lists, dicts with
str keys, `Fraction` and numeric numpy arrays.

## The harness

The functions that call a candidate, inside the sandbox. A harness of the task's own defines `answer(program,
visible)` for `"table"`, `"certificate"` and `"time"`, `step(program, observation)` for `"steps"`; `program.NAME` is what
the candidate defines. Where a task has none, the default one calls the entry point: with flat arrays, one an
argument, for `"table"`; else with the keyword arguments that a dict holds, or with the one value that is no
dict. With `[state]`, an observation holds the state too, and a step returns a list or tuple: the decision, then the
arrays in the order of their declaration. A number stands for an array of it.

## The evaluator

What a task with `answer = "self-judged"` has in place of judge and harness, in the style of OpenEvolve. It runs whole
inside the sandbox, beside the candidate, in a folder that both may write to.

| function | meaning |
|---|---|
| `evaluate(program_path)` | Returns a dict of metrics with `combined_score`, or an `EvaluationResult` with `metrics` and `artifacts`. Needed. |
| `evaluate_stage1(program_path)` | Where it is there and `cascade` is not empty, it is called in place of `evaluate`. |
| `evaluate_stage2(program_path)`, `evaluate_stage3(program_path)` | Called when the stage before gave at least its number in `cascade`. Their metrics and artifacts are added to those before. |

## Files of a task

One file, cut at lines `# %% judge` (or `# %% evaluator`), `# %% harness`, `# %% program` and `# %% baseline NAME`
before any of it is run, its settings in comment lines between `# /// task` and `# ///` above the first of them. Or a folder with
`task.toml`, `judge.py` (or `evaluator.py`), `program.py`, and if wanted `harness.py`, `baselines/NAME.py` and `README.md`.
"""


def reference() -> str:
    """Return the page in Markdown."""
    kind = types.type_info(Settings)
    assert isinstance(kind, types.StructType)
    tables = [
        (name, _struct_of(field.type), field.type) for name, field in _fields(kind) if _is_table(field.type)
    ]
    parts = [_HEAD, "## Top level\n", _table(kind, nested=False)]
    for name, struct, type_ in tables:
        title = f"{name}.NAME" if isinstance(type_, types.DictType) else name
        parts += [f"## `[{title}]`\n", _paragraphs(struct.cls.__doc__ or ""), _table(struct)]
    return "\n".join([*parts, _TAIL])


def _table(struct: types.StructType, *, nested: bool = True) -> str:
    docs = field_docs(struct.cls)
    rows = [
        f"| `{name}` | {_cell(expected(field.type))} | {_default(field)} | {_code(docs[name])} |"
        for name, field in _fields(struct)
        if nested or not _is_table(field.type)
    ]
    return "\n".join(["| key | value | default | meaning |", "|---|---|---|---|", *rows, ""])


def _fields(struct: types.StructType) -> Iterator[tuple[str, types.Field]]:
    for field in struct.fields:
        yield field.encode_name, field


def _is_table(kind: types.Type) -> bool:
    """Whether a value is a table with keys of its own, or a table of such tables."""
    inner = kind.value_type if isinstance(kind, types.DictType) else without_none(kind)
    return isinstance(inner, types.StructType)


def _struct_of(kind: types.Type) -> types.StructType:
    struct = kind.value_type if isinstance(kind, types.DictType) else without_none(kind)
    assert isinstance(struct, types.StructType)
    return struct


def _default(field: types.Field) -> str:
    if field.required:
        return "needed"
    if field.default is None or field.default is msgspec.NODEFAULT or field.default in ("", ()):
        return "none"
    return f"`{written(field.default)}`"


def _cell(text: str) -> str:
    return re.sub(r'"([\w-]+)"', r'`"\1"`', text)


def _code(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def _paragraphs(text: str) -> str:
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]
    return _code("\n\n".join(paragraphs)) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
