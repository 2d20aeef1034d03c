"""Loading: names and paths, digests, baselines, parameters, and the gallery."""

from __future__ import annotations

from pathlib import Path

import pytest

from provolve.errors import TaskError, UsageError
from provolve.task import gallery, listed, load

PARAMETERS = """\
[parameters.n]
default = 26
low = 2
high = 40
[parameters.rate]
default = 0.5
[parameters.family]
default = "weibull"
choices = ["weibull", "uniform"]
[parameters.strict]
default = false
"""


def test_a_task_of_the_gallery_is_loaded_by_its_name() -> None:
    task = load("bin-packing")
    assert (task.name, task.reference, task.entry.name) == ("bin-packing", "bin-packing", "priority")
    assert load(task.origin).digest == task.digest
    assert load(task.origin).name == "bin-packing"


def test_the_gallery_lists_names_and_one_line() -> None:
    found = dict(gallery())
    assert "bin packing" in found["bin-packing"].lower()
    assert all("\n" not in line for line in found.values())


def test_an_unknown_name_hints_at_the_nearest() -> None:
    with pytest.raises(
        UsageError, match=r'no task "bin-paking"; did you mean "bin-packing"\? \'provolve tasks\''
    ):
        load("bin-paking")
    with pytest.raises(UsageError, match="no task \"zzzz\"; 'provolve tasks' lists"):
        load("zzzz")


@pytest.mark.parametrize("name", ["missing.py", "some/folder", "./bin-packing"])
def test_a_path_that_is_not_there_is_said_to_be_none(
    make, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make.root)
    with pytest.raises(UsageError, match="there is no such file or folder; 'provolve new FILE'"):
        load(name)


def test_a_reference_loads_the_task_again_from_anywhere(make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.file(make.text(PARAMETERS))
    monkeypatch.chdir(make.root)
    task = load("sums.py", {"n": "30"})
    monkeypatch.chdir("/")
    again = load(
        task.reference, {name: str(value) for name, value in task.parameters.items()}, data=task.data
    )
    assert (again.digest, again.parameters["n"], again.name) == (task.digest, 30, "sums")


def test_messages_name_the_file_as_it_was_typed(make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.file(make.text().replace("minimize", "least"), "a/sums.py")
    monkeypatch.chdir(make.root)
    with pytest.raises(TaskError, match=r"^a/sums\.py, line 2: "):
        load("a/sums.py")


def test_files_written_elsewhere_load_the_same_task(make, tmp_path: Path) -> None:
    make.file("[1, 2, 3]", "sums/data/a.json")
    folder = make.folder(task_toml=make.settings + '[data]\nfiles = "data/*.json"\n')
    task = load(folder)
    for name, content in task.files.items():
        path = tmp_path / "copy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert "data/a.json" in task.files
    assert load(tmp_path / "copy").digest == task.digest


@pytest.mark.parametrize(
    "change",
    [
        {"settings": "bound = 1\n"},
        {"settings": "[limits]\ncpu_seconds = 1\n"},
        {"judge": "def instances(split, count, rng): ...\ndef score(instance, answer): ...\n"},
        {"harness": "def answer(program, visible): ...\n"},
        {"program": "# EVOLVE-BLOCK-START\ndef solve(size): ...\n# EVOLVE-BLOCK-END\n"},
        {"baseline__a": "def solve(size): ...\n"},
    ],
)
def test_the_digest_names_every_part(make, change: dict[str, str]) -> None:
    assert make.load(**change).digest != make.load().digest


def test_the_digest_names_the_baselines_by_name(make) -> None:
    assert make.load(baseline__a=SEED).digest != make.load(baseline__b=SEED).digest


def test_the_digest_names_the_parameters_and_the_tasks_own_data(make) -> None:
    usual = make.load(PARAMETERS)
    assert make.load(PARAMETERS, parameters={"n": 30}).digest != usual.digest
    assert make.load(PARAMETERS, parameters={"n": 26}).digest == usual.digest
    make.file("[1]", "a.json")
    own = make.load('[data]\nfiles = "*.json"\n')
    make.file("[2]", "a.json")
    assert make.load('[data]\nfiles = "*.json"\n').digest != own.digest


def test_the_digest_leaves_out_data_that_a_user_chose(make) -> None:
    data = make.file("[1, 2]", "chosen/a.json")
    chosen = make.load(data=data)
    assert chosen.digest == make.load().digest
    first = chosen.data_digest()
    make.file("[1, 3]", "chosen/a.json")
    assert len(first) == 32
    assert make.load(data=data).data_digest() != first
    assert make.load().data_digest() == ""


# Parameters


def test_parameters_have_the_type_of_their_default(make) -> None:
    assert dict(make.load(PARAMETERS).parameters) == {
        "n": 26, "rate": 0.5, "family": "weibull", "strict": False,
    }  # fmt: skip
    chosen = {"n": "32", "rate": "2", "family": "uniform", "strict": "True"}
    found = make.load(PARAMETERS, parameters=chosen).parameters
    assert dict(found) == {"n": 32, "rate": 2.0, "family": "uniform", "strict": True}
    assert type(found["rate"]) is float
    assert make.load(PARAMETERS, parameters=dict(found)).parameters == found


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"m": "1"}, 'task sums has no parameter "m"; it has n, rate, family, strict'),
        ({"familly": "uniform"}, 'no parameter "familly"; did you mean "family"?'),
        ({"n": "x"}, 'parameter n = "x" cannot be: it takes a whole number, such as 26'),
        ({"n": "2.5"}, "it takes a whole number"),
        ({"n": True}, "it takes a whole number"),
        ({"n": 2.5}, "it takes a whole number"),
        ({"n": "41"}, "parameter n = 41 cannot be: it goes from 2 to 40"),
        ({"rate": "nan"}, "it takes a number, such as 0.5"),
        ({"rate": "inf"}, "it takes a number"),
        ({"family": "normal"}, 'choose one of "weibull", "uniform"'),
        ({"family": 3}, "it takes text"),
        ({"strict": "maybe"}, "it takes true or false"),
    ],
)
def test_what_a_parameter_cannot_be_is_said(make, chosen: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        make.load(PARAMETERS, parameters=chosen)
    assert said in str(caught.value)


def test_a_task_without_parameters_says_so(make) -> None:
    with pytest.raises(UsageError, match='task sums has no parameter "n"; it has none'):
        make.load(parameters={"n": "1"})


# Program and baselines

SEED = "import math\n\n# EVOLVE-BLOCK-START\ndef solve(size):\n    return 1\n# EVOLVE-BLOCK-END\n\nEND = 1\n"


def test_the_search_starts_from_baselines_whose_fixed_part_is_the_seeds(make) -> None:
    task = make.load(
        program=SEED,
        baseline__b_same=SEED.replace("return 1", "size += 1\n    return size"),
        baseline__a_commented='"""Other words."""\n' + SEED.replace("END = 1", "# nothing else\nEND = 1"),
        baseline__c_other=SEED.replace("END = 1", "END = 2"),
        baseline__d_shifted="import math\nEND = 1\n"
        + SEED.replace("import math\n", "").replace("END = 1\n", ""),
        baseline__e_unmarked="def solve(size):\n    return 3\n",
    )
    assert list(task.baselines) == ["a-commented", "b-same", "c-other", "d-shifted", "e-unmarked"]
    assert task.starts() == ("a-commented", "b-same")
    assert task.baselines["e-unmarked"].regions[0].name == "solve"


def test_functions_named_in_the_settings_are_the_regions(make) -> None:
    program = "def helper(x):\n    return x\n\ndef solve(size):\n    return helper(size)\n"
    task = make.load('functions = ["helper"]\nentry = "solve"\n', program=program, baseline__b=program)
    assert [region.name for region in task.program.regions] == ["helper"]
    assert (task.entry.name, task.entry.arguments, task.entry.region) == ("solve", ("size",), None)
    assert task.starts() == ("b",)


def test_a_baseline_without_the_entry_point_is_refused(make) -> None:
    with pytest.raises(TaskError, match="solve"):
        make.load(baseline__b="# EVOLVE-BLOCK-START\ndef other(): ...\n# EVOLVE-BLOCK-END\n")


def test_an_entry_that_is_not_there_is_refused(make) -> None:
    with pytest.raises(TaskError, match="'nothing'"):
        make.load('entry = "nothing"\n')


def test_a_program_without_a_region_is_refused(make) -> None:
    with pytest.raises(TaskError, match="no region that may change"):
        make.load(program="def solve(size): ...\n")


def test_baselines_of_judge_and_program_need_different_names(make) -> None:
    judge = make.parts["judge"] + "\ndef baseline_half_way(instance): return 0\n"
    with pytest.raises(TaskError, match=r"the judge computes a baseline half-way, .*: rename one"):
        make.load(judge=judge, baseline__half_way=SEED)


def test_a_grid_in_the_settings_is_over_the_entrys_arguments(make) -> None:
    settings = 'direction = "minimize"\nanswer = "table"\n[grid.sise]\nvalues = [1]\n'
    with pytest.raises(TaskError, match="the grid is over sise, but the entry point solve takes size"):
        make.load(settings, replacing=True)


STATEFUL = 'direction = "minimize"\nanswer = "steps"\n[state.memory]\nshape = [2]\n'
STEPS = "def steps(instance):\n    decision = yield instance\n    return decision\n"


def test_state_is_an_argument_of_the_entry_unless_a_harness_hands_it_over(make) -> None:
    judge = make.parts["judge"] + STEPS
    with pytest.raises(
        TaskError, match="the state memory is no argument of the entry point solve, which takes size"
    ):
        make.load(STATEFUL, replacing=True, judge=judge)
    assert make.load(STATEFUL.replace("memory", "size"), replacing=True, judge=judge).settings.state
    harness = "def step(program, observation):\n    return [program.solve(1), observation['memory']]\n"
    assert make.load(STATEFUL, replacing=True, judge=judge, harness=harness).settings.state


def test_the_best_baseline_is_one(make) -> None:
    best = '[best_baseline]\nname = "half"\nvalue = 2\n'
    with pytest.raises(TaskError, match="names half, which is no baseline: there are none"):
        make.load(best)
    assert make.load(best, baseline__half=SEED).settings.best_baseline.value == 2
    judge = make.parts["judge"] + "\ndef baseline_half(instance): return 0\n"
    assert make.load(best, judge=judge).settings.best_baseline.name == "half"


def test_the_gallery_shows_the_best_baseline_and_what_was_published() -> None:
    for task in listed():
        settings = load(task.name).settings
        if settings.best_baseline is not None:
            assert task.baseline == f"{settings.best_baseline.name} {settings.best_baseline.value:g}"
        marked = [name for name, one in settings.published.items() if one.best]
        if marked or len(settings.published) == 1:
            (name,) = marked or settings.published
            assert task.published.startswith(f"{name} ")
    shown = {task.name: task for task in listed()}
    assert shown["tsp-construction"].published == "reevo-tsplib 14.6"


def test_a_link_keeps_its_own_name(make) -> None:
    make.file(make.text(), "real.py")
    (make.root / "link.py").symlink_to(make.root / "real.py")
    assert load(make.root / "link.py").name == "link"
