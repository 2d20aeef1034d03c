"""The files of OpenEvolve's projects: which they are, what a configuration means, what a checkpoint holds."""

from __future__ import annotations

import builtins
import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.errors import TaskError, UsageError
from provolve.task import load
from provolve.task.openevolve import Config, Project, make_project, read_config, recognised
from provolve.task.openevolve.checkpoint import MOST, read_checkpoint
from provolve.task.openevolve.keys import FOR_MODELS, HELD_ANYWAY, KNOWN, NEVER, USED

PROGRAM = "import math\n# EVOLVE-BLOCK-START\ndef f(x):\n    return 1.0\n# EVOLVE-BLOCK-END\n"
EVALUATOR = "import numpy as np\ndef evaluate(program_path):\n    return {'combined_score': 1.0}\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "heights"
    folder.mkdir()
    (folder / "initial_program.py").write_text(PROGRAM)
    (folder / "evaluator.py").write_text(EVALUATOR)
    return folder / "initial_program.py", folder / "evaluator.py"


def config(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return read_config(path)


FULL = """\
max_iterations: 300
random_seed: 7
log_level: DEBUG
checkpoint_interval: 50
diff_based_evolution: true
enforce_evolve_blocks: true
llm: {api_key: "sk-1", models: [{name: a, weight: 1.0}]}
prompt: {system_message: "Be good."}
database: {population_size: 100, num_islands: 4, migration_interval: 25, archive_size: 9,
           feature_dimensions: [complexity, mean_distance]}
evaluator: {timeout: 40, cascade_evaluation: true, cascade_thresholds: [0.3, 0.6, 0.9],
            parallel_evaluations: 3, memory_limit_mb: 900}
evolution_trace: {enabled: true}
strange: 1
"""


def test_every_key_is_used_or_listed(tmp_path: Path) -> None:
    read = config(tmp_path, FULL)
    assert (read.candidates, read.seed, read.workers, read.timeout, read.memory_mb) == (300, 7, 3, 40, 900)
    assert read.cascade == (0.3, 0.6)
    assert read.measures == ("mean_distance",)
    assert read.islands == {"islands": 4, "migrate_every": 25, "capacity": 25}
    assert {line.partition(" = ")[0] for line in read.use.used} == {*USED}
    assert [line.partition(" ")[0] for line in read.use.for_models] == [
        "diff_based_evolution",
        "llm.models",
        "prompt.system_message",
    ]
    assert [line.partition(" ")[0] for line in read.use.refused] == ["llm.api_key"]
    assert read.use.unused == ("log_level", "database.archive_size", "evolution_trace.enabled")
    assert [line.partition(" ")[0] for line in read.use.held] == [
        "checkpoint_interval",
        "enforce_evolve_blocks",
    ]
    assert read.use.unknown == ("strange",)
    told = "\n".join(read.use.lines())
    assert "sk-1" not in told
    assert "evaluator.timeout = 40: the limit" in told
    assert max(map(len, read.use.lines())) < 320


def test_what_is_not_said_is_not_made_up(tmp_path: Path) -> None:
    assert config(tmp_path, "") == Config()
    assert config(tmp_path, "evaluator:\n  cascade_evaluation: false\n").cascade == ()
    alone = config(tmp_path, "database: {population_size: 10}\nmax_iterations: null\n")
    assert (alone.islands, alone.candidates) == ({}, None)
    assert alone.use.unused == ("database.population_size", "max_iterations")


def test_no_key_has_two_meanings() -> None:
    sorts = [{*USED}, {*FOR_MODELS}, {*HELD_ANYWAY}, {*KNOWN}, {*NEVER}]
    assert sum(map(len, sorts)) == len(set().union(*sorts))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("max_iterations: 0", "max_iterations is 0: it must be a whole number, at least 1"),
        ("max_iterations: true", "max_iterations is True"),
        ("random_seed: -1", "random_seed is -1"),
        ("evaluator: {timeout: .nan}", "evaluator.timeout is nan"),
        ("evaluator: {cascade_thresholds: [a]}", "evaluator.cascade_thresholds"),
        ("evaluator: {cascade_evaluation: 1}", "true or false"),
        ("database: {num_islands: 2.5}", "database.num_islands is 2.5"),
        ("database: {feature_dimensions: score}", "a list of names"),
        ("language: rust", "only Python is judged here"),
        ("file_suffix: .r", "only Python"),
        ("- 1", "not a list"),
        ("a: [", "this is not YAML"),
        ("a: !!python/object/apply:os.system [true]", "this is not YAML"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError, match=r"config\.yaml") as caught:
        config(tmp_path, text)
    assert told in str(caught.value)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "some.yaml"
    path.write_bytes(data)
    with contextlib.suppress(UsageError):
        assert isinstance(read_config(path), Config)


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "yaml":
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"provolve\[openevolve\]"):
        config(tmp_path, "max_iterations: 3")


def test_projects_are_known_by_what_the_files_hold(files: tuple[Path, Path], tmp_path: Path) -> None:
    program, evaluator = files
    assert recognised(program, evaluator) == ""
    assert "the other way round" not in recognised(program, program)
    program.write_text("def f(): pass\n")
    assert "EVOLVE-BLOCK-START" in recognised(program, evaluator)
    assert recognised(program, evaluator, marked=False) == ""
    assert "the other way round" in recognised(evaluator, program)
    with pytest.raises(UsageError, match="there is no such file"):
        recognised(tmp_path / "none.py", evaluator)


def test_settings_follow_from_files_and_configuration(files: tuple[Path, Path], tmp_path: Path) -> None:
    files[1].write_text(
        "import yaml, not_there_at_all, sibling\nfrom msgspec.json import decode\nfrom . import odd\n"
        + EVALUATOR + "def evaluate_stage1(p): return {}\ndef evaluate_stage2(p): return {}\n"
    )  # fmt: skip
    (files[1].parent / "sibling.py").touch()
    project, told = make_project(*files, config(tmp_path, FULL), allow=["processes"])
    task = load(project.reference)
    settings = task.settings
    assert (task.name, settings.direction, settings.answer) == ("heights", "maximize", "self-judged")
    assert (settings.limits.cpu_seconds, settings.limits.wall_seconds) == (80.0, 80.0)
    assert (settings.limits.memory_mb, settings.cascade, settings.measures) == (
        900,
        (0.3, 0.6),
        ("mean_distance",),
    )
    assert settings.sandbox.imports == ("msgspec", "yaml")
    assert [hole.name for hole in task.holes] == ["processes"]
    assert "imported and not installed, so not in the sandbox: not_there_at_all" in told
    single, _ = make_project(*files, config(tmp_path, "evaluator: {timeout: 5, cascade_evaluation: false}"))
    assert load(single.reference).settings.limits.wall_seconds == 5.0


def test_the_reference_loads_the_same_task_and_so_do_its_files(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    files[0].write_bytes(PROGRAM.replace("\n", "\r\n").encode())
    (files[1].parent / "data").mkdir()
    (files[1].parent / "data" / "words").write_text("a b")
    task = load(make_project(*files, Config(), allow=["read:data"])[0].reference)
    assert load(task.reference).digest == task.digest
    folder = tmp_path / "elsewhere" / "heights"
    for name, data in task.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    assert load(folder).digest == task.digest
    (files[1].parent / "data" / "words").write_text("a c")
    assert load(task.reference).digest != task.digest


def test_a_whole_folder_may_be_opened_and_what_runs_leave_there_does_not_count(
    files: tuple[Path, Path],
) -> None:
    task = load(make_project(*files, Config(), allow=["read:."])[0].reference)
    for left in (".provolve/runs", "__pycache__", "openevolve_output"):
        (files[0].parent / left).mkdir(parents=True)
        (files[0].parent / left / "file").write_text("left")
    again = load(task.reference)
    assert again.digest == task.digest
    assert not [name for name in again.files if "file" in name]


def test_without_marks_all_functions_may_change(files: tuple[Path, Path]) -> None:
    files[0].write_text("def a(x):\n    return 1.0\n\ndef b(x):\n    return 2.0\n")
    task = load(make_project(*files, Config())[0].reference)
    assert [region.name for region in task.program.regions] == ["a", "b"]
    files[0].write_text("X = 1\n")
    with pytest.raises(TaskError, match="nothing to change"):
        make_project(*files, Config())


def save(folder: Path, best: str, archive: list[str], programs: dict[str, tuple[str, object]]) -> Path:
    (folder / "programs").mkdir(parents=True)
    (folder / "metadata.json").write_text(
        json.dumps(
            {"best_program_id": best, "archive": archive, "islands": [[*programs]], "last_iteration": 9}
        )
    )
    for name, (code, score) in programs.items():
        saved = {
            "id": name,
            "code": code,
            "language": "python",
            "metrics": {"combined_score": score},
            "x": [1],
        }
        (folder / "programs" / f"{name}.json").write_text(json.dumps(saved))
    return folder


def variant(value: float) -> str:
    return PROGRAM.replace("1.0", str(value))


def test_a_checkpoint_gives_further_starts_best_first(files: tuple[Path, Path], tmp_path: Path) -> None:
    programs = {
        "low": (variant(2.0), 0.1),
        "kept": (variant(3.0), 0.2),
        "high": (variant(4.0), 0.9),
        "best": (variant(5.0), None),
        "same": (variant(4.0), 0.3),
        "seed": (PROGRAM, 0.0),
        "foreign": (variant(6.0).replace("import math", "import os"), 1.0),
        "broken": ("def (", 1.0),
    }
    folder = save(tmp_path / "checkpoint_9", "best", ["kept"], programs)
    project, told = make_project(*files, Config(), checkpoint=folder)
    task = load(project.reference)
    found = [task.baselines[name].source for name in task.starts()]
    assert found == [variant(5.0), variant(3.0), variant(4.0), variant(2.0)]
    assert any("of its 7 programs the search also starts from 4" in line for line in told)
    (folder / "programs" / "high.json").unlink()
    (folder / "programs" / "same.json").unlink()
    assert load(project.reference).digest != task.digest


def test_a_large_checkpoint_gives_the_best_few(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = save(tmp_path / "c", "p3", [], {f"p{i}": (variant(i + 0.5), i / 100) for i in range(40)})
    task = load(make_project(*files, Config(), checkpoint=folder)[0].reference)
    assert len(task.baselines) == MOST
    assert task.baselines["checkpoint-01"].source == variant(3.5)
    assert task.baselines["checkpoint-02"].source == variant(39.5)


@pytest.mark.parametrize("damage", ["metadata", "programs", "json", "shape"])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    folder = save(tmp_path / "c", "a", [], {"a": (PROGRAM, 1.0)})
    if damage == "metadata":
        (folder / "metadata.json").unlink()
    elif damage == "programs":
        (folder / "programs" / "a.json").unlink()
        (folder / "programs").rmdir()
    else:
        (folder / "programs" / "a.json").write_text("{" if damage == "json" else '{"id": 3}')
    with pytest.raises(UsageError, match="checkpoint"):
        read_checkpoint(folder)


def test_a_reference_that_was_altered_is_refused() -> None:
    with pytest.raises(UsageError, match="names no project"):
        Project.of("openevolve:{")
