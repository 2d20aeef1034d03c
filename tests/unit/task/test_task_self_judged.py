"""Tasks that hold an evaluator in place of a judge."""

from pathlib import Path

import pytest

from provolve.errors import TaskError
from provolve.program import Function
from provolve.task import lint, load

SETTINGS = 'direction = "maximize"\nanswer = "self-judged"\n'
EVALUATOR = 'def evaluate(program_path):\n    return {"combined_score": 1.0}\n'
PROGRAM = (
    "# EVOLVE-BLOCK-START\ndef first(x):\n    return x\n\ndef second(x):\n    return x\n# EVOLVE-BLOCK-END\n"
)


def write(path: Path, settings: str = "", *, cells: str | None = None, replacing: bool = False) -> Path:
    toml = settings if replacing else SETTINGS + settings
    header = "".join(f"# {line}\n" for line in toml.splitlines())
    body = f"# %% evaluator\n{EVALUATOR}# %% program\n{PROGRAM}" if cells is None else cells
    path = path / "task.py"
    path.write_text(f"# /// task\n{header}# ///\n{body}")
    return path


def test_what_is_not_written_follows_from_the_form(tmp_path: Path) -> None:
    task = load(write(tmp_path))
    settings = task.settings
    assert task.self_judged
    assert settings.stochastic
    assert settings.aggregate == "mean"
    assert settings.cascade == (0.5, 0.75)
    assert settings.exhaustive
    assert (settings.splits.train, settings.splits.validation, settings.splits.test) == (1, 1, 1)
    written = load(write(tmp_path, 'stochastic = false\naggregate = "worst"\n')).settings
    assert not written.stochastic
    assert written.aggregate == "worst"


def test_no_function_has_to_be_the_entry_point(tmp_path: Path) -> None:
    assert load(write(tmp_path)).entry.name == "first"
    program = "import math\n# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n"
    cells = f"# %% evaluator\n{EVALUATOR}# %% program\n{program}"
    assert load(write(tmp_path, cells=cells)).entry == Function("", (), None)


def test_a_folder_holds_the_same_task(tmp_path: Path) -> None:
    (tmp_path / "task.toml").write_text(SETTINGS)
    (tmp_path / "evaluator.py").write_text(EVALUATOR)
    (tmp_path / "program.py").write_text(PROGRAM)
    task = load(tmp_path)
    assert task.self_judged
    assert set(task.files) == {"task.toml", "evaluator.py", "program.py"}
    (tmp_path / "judge.py").write_text("")
    with pytest.raises(TaskError, match=r"a judge and an evaluator.*Keep one"):
        load(tmp_path)


def test_digest_depends_on_evaluator_and_cascade(tmp_path: Path) -> None:
    digests = {load(write(tmp_path)).digest, load(write(tmp_path, "cascade = [0.1]\n")).digest}
    cells = f"# %% evaluator\n{EVALUATOR.replace('1.0', '2.0')}# %% program\n{PROGRAM}"
    digests.add(load(write(tmp_path, cells=cells)).digest)
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('kind = "construction"\n', "line 4: kind.*judged exactly"),
        ("splits.train = 3\n", "line 4: splits means nothing"),
        ('entry = "first"\n', "line 4: entry means nothing"),
        ("cascade = [0.1, 0.2, 0.3]\n", "line 4: cascade = .* two numbers"),
    ],
)
def test_settings_that_mean_nothing_here_are_refused(tmp_path: Path, settings: str, message: str) -> None:
    with pytest.raises(TaskError, match=message):
        load(write(tmp_path, settings))


def test_settings_of_other_forms_have_no_cascade(tmp_path: Path) -> None:
    toml = 'direction = "minimize"\nanswer = "certificate"\ncascade = [0.5]\n'
    with pytest.raises(TaskError, match="line 4: cascade means nothing"):
        load(write(tmp_path, toml, replacing=True))


@pytest.mark.parametrize(
    ("toml", "cells", "message"),
    [
        (SETTINGS, "# %% judge\n\n", "needs an evaluator, and the task holds a judge"),
        (SETTINGS.replace("self-judged", "certificate"), None, "needs a judge, and the task holds an eval"),
        (SETTINGS, f"# %% evaluator\n{EVALUATOR}# %% harness\n\n", "a self-judged task has no harness"),
        (SETTINGS, "# %% evaluator\ndef evaluate(:\n", "line 6: the evaluator is not Python"),
        (SETTINGS, "# %% evaluator\ndef judge(path):\n    pass\n", "has no function evaluate"),
        (SETTINGS, f"# %% evaluator\n{EVALUATOR}# %% judge\n\n", "a judge and an evaluator"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    tmp_path: Path, toml: str, cells: str | None, message: str
) -> None:
    if cells is not None:
        cells += f"# %% program\n{PROGRAM}"
    with pytest.raises(TaskError, match=message):
        load(write(tmp_path, toml, cells=cells, replacing=True))


def test_lint_says_what_the_word_is_worth(tmp_path: Path) -> None:
    texts = [finding.text for finding in lint(load(write(tmp_path))) if finding.severity == "warning"]
    assert len(texts) == 1
    assert "self-judged" in texts[0]
