"""Settings: what is read, and what people are told where it cannot be."""

from __future__ import annotations

import pytest

from provolve.errors import TaskError
from provolve.task.reading import read_settings

NEEDED = 'direction = "minimize"\nanswer = "table"\n'


def refused(text: str) -> str:
    with pytest.raises(TaskError) as caught:
        read_settings(text, "task.toml")
    return str(caught.value)


def test_only_direction_and_answer_must_be_written() -> None:
    settings = read_settings(NEEDED, "task.toml")
    assert (settings.kind, settings.aggregate, settings.bound, settings.stages) == (
        "heuristic",
        "ratio",
        None,
        (),
    )
    assert (settings.splits.train, settings.splits.validation, settings.splits.test) == (12, 12, 30)
    assert (settings.limits.cpu_seconds, settings.limits.wall_seconds) == (2.0, 10.0)
    assert (settings.limits.memory_mb, settings.limits.answer_mb) == (512, 64)
    assert not settings.exhaustive


EVERYTHING = """\
direction = "maximize"
answer = "table"
kind = "heuristic"
description = "d"
unit = "bins"
aggregate = "worst"
bound = 3
stochastic = true
entry = "f"
functions = ["f"]
measures = ["m"]
stages = [1, 2]
race_error = 0.2
repeats = 3
[splits]
train = 3
validation = 4
test = 5
[limits]
cpu_seconds = 1
wall_seconds = 2.5
load_seconds = 3
memory_mb = 4
answer_mb = 5
[grid.x]
from = 0
to = 4
step = 2
[parameters.n]
default = 2
low = 1
high = 9
[data]
files = "*.json"
train = 0.5
validation = 0.25
test = 0.25
[sandbox]
imports = ["scipy"]
[published.a]
value = 1.5
source = "A, 2001, T"
on = "those"
"""


def test_every_setting_is_read() -> None:
    settings = read_settings(EVERYTHING, "task.toml")
    assert (settings.direction, settings.aggregate, settings.bound, settings.stochastic) == (
        "maximize", "worst", 3, True,
    )  # fmt: skip
    assert (settings.entry, settings.functions, settings.measures) == ("f", ("f",), ("m",))
    assert (settings.stages, settings.race_error, settings.repeats) == ((1, 2), 0.2, 3)
    assert (settings.splits.train, settings.splits.validation, settings.splits.test) == (3, 4, 5)
    assert settings.limits.load_seconds == 3.0
    assert (settings.grid["x"].start, settings.grid["x"].to, settings.grid["x"].step) == (0, 4, 2)
    assert settings.parameters["n"].high == 9
    assert (settings.data.train, settings.data.validation, settings.data.test) == (0.5, 0.25, 0.25)
    assert settings.sandbox.imports == ("scipy",)
    assert settings.published["a"].on == "those"


def test_missing_direction_names_both_choices() -> None:
    said = refused('answer = "table"\n')
    assert said.startswith('task.toml: "direction" is missing')
    assert 'direction = "maximize" or direction = "minimize"' in said


def test_missing_key_in_a_table_says_the_line_of_the_table_and_what_it_means() -> None:
    said = refused(NEEDED + "[published.best]\nvalue = 1.0\n")
    assert said.startswith('task.toml, line 3: "published.best.source" is missing')
    assert "Author, year and title" in said


@pytest.mark.parametrize(
    ("written", "start", "part"),
    [
        (
            'directoin = "minimize"',
            "line 3",
            'unknown key "directoin" (= "minimize"); did you mean "direction"?',
        ),
        ("[limits]\ncpu_secs = 1", "line 4", 'in [limits]; did you mean "cpu_seconds"?'),
        ("[splits]\nzzz = 1", "line 4", "known are train, validation, test, epochs, exhaustive"),
        ("limits.memory = 3", "line 3", 'did you mean "memory_mb"?'),
        ("[grid.x]\nfrm = 0", "line 4", 'in [grid.x]; did you mean "from"?'),
        ('[limits]\ncpu_seconds = "two"', "line 4", 'cpu_seconds = "two" cannot be: write a number above 0'),
        ("[limits]\ncpu_seconds = 0", "line 4", "write a number above 0"),
        ("[limits]\ncpu_seconds = true", "line 4", "= true cannot be"),
        ("[limits]\ncpu_seconds = inf", "line 4", "cannot be"),
        ("[limits]\nmemory_mb = 1.5", "line 4", "write a whole number of at least 1"),
        ("[splits]\n\ntest = 0", "line 5", "splits.test = 0 cannot be: write a whole number of at least 1"),
        ("[data]\ntrain = 1.5", "line 4", "write a number from 0 to 1"),
        ('stochastic = "yes"', "line 3", "write true or false"),
        ("race_error = 1", "line 3", "write a number above 0 and below 1"),
        ("race_error = 0", "line 3", "write a number above 0 and below 1"),
        ('aggregate = "median"', "line 3", 'write one of "mean", "ratio", "sum_ratio", "worst"'),
        ("functions = [1]", "line 3", "functions = 1 cannot be: write text in quotes"),
        ('functions = "f"', "line 3", "write a list in brackets"),
        ("limits = 3", "line 3", "limits = 3 cannot be: write a table"),
        ("[splits]\ntrain = true", "line 4", "splits.train = true cannot be: write a whole number"),
        ("bound = nan", "line 3", "bound = nan cannot be: write a number"),
        ("[parameters.n]\ndefault = [1]", "line 4", "write text, a number, true or false"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_line_and_a_remedy(
    written: str, start: str, part: str
) -> None:
    said = refused(NEEDED + written + "\n")
    assert said.startswith(f"task.toml, {start}: ")
    assert part in said


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("[limits]\ncpu_seconds = 20", "wall_seconds = 10 is below limits.cpu_seconds = 20"),
        ("stages = [3, 2]", "write numbers that ascend"),
        ("stages = [2, 2]", "write numbers that ascend"),
        ("stages = [2, 12]", "Write numbers below 12"),
        ("[grid.x]\nfrom = 1", "either from = … and to = …, or values"),
        ("[grid.x]\nfrom = 1\nto = 2\nvalues = [1]", "either from = … and to = …, or values"),
        ("[grid.x]\nvalues = [1]\nstep = 2", "either from = … and to = …, or values"),
        ("[grid.x]\nfrom = 2\nto = 1", "grid.x.to = 1 is below grid.x.from = 2"),
        ("[grid.x]\nfrom = 1\nto = 2\nstep = 0", "write a number above 0"),
        ("[data]\ntrain = 0.9", "add up to 1.5"),
        ('[data]\nfiles = "../*.json"', "leaves the task's folder"),
        ('[data]\nfiles = "/d/*.json"', "leaves the task's folder"),
        ("[parameters.n]\ndefault = 1\nchoices = [2, 3]", "default = 1 is not among its choices"),
        ('[parameters.n]\ndefault = 1\nchoices = [1, "b"]', 'holds "b", which is not of the type'),
        ("[parameters.n]\ndefault = 1\nlow = 2", "default = 1 is outside from 2 upwards"),
        ('[parameters.n]\ndefault = "a"\nlow = 2', "low and high are for numbers"),
        ("[parameters.a-b]\ndefault = 1", "letters, digits and _"),
        ('[published.a]\nsource = "A"', "published.a says no result"),
    ],
)
def test_settings_at_odds_with_each_other_are_refused(written: str, part: str) -> None:
    said = refused(NEEDED + written + "\n")
    assert said.startswith("task.toml, line ")
    assert part in said


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("[state.a]", "state.a needs either shape"),
        ('[state.a]\nshape = [2]\nlike = "x"', "state.a needs either shape"),
        ("[state.a]\nshape = [0]", "a whole number of at least 1"),
        ("[state.a-b]\nshape = [2]", "letters, digits and _"),
        ("side_by_side = true\n[state.a]\nshape = [2]", "state.a.shape cannot be with side_by_side"),
    ],
)
def test_state_that_cannot_be_meant_is_refused(written: str, part: str) -> None:
    said = refused(f'direction = "minimize"\nanswer = "steps"\n{written}\n')
    assert said.startswith("task.toml, line ")
    assert part in said


@pytest.mark.parametrize("written", ["side_by_side = true", "[state.a]\nshape = [2]"])
def test_state_and_side_by_side_belong_to_steps_alone(written: str) -> None:
    said = refused(f'direction = "minimize"\nanswer = "table"\n{written}\n')
    assert 'means nothing with answer = "table"' in said


def test_one_published_result_is_the_best() -> None:
    said = refused(
        NEEDED + '[published.a]\nvalue = 1\nsource = "A"\nbest = true\n'
        '[published.b]\nvalue = 2\nsource = "B"\nbest = true\n'
    )
    assert "published.a is said to be the best already" in said


def test_a_grid_belongs_to_tables_alone() -> None:
    said = refused('direction = "minimize"\nanswer = "steps"\n[grid.x]\nvalues = [1]\n')
    assert 'line 3: [grid] means nothing with answer = "steps"' in said


def test_broken_toml_is_quoted_with_its_line() -> None:
    said = refused("direction = minimize\n")
    assert said.startswith("task.toml, line 1: 'direction = minimize' is not TOML")


def test_toml_broken_at_its_end_is_an_error_of_the_task() -> None:
    assert "line 2" in refused('direction = "minimize"\nanswer = """table')


def test_a_construction_is_exhaustive_with_one_instance() -> None:
    splits = read_settings(NEEDED + 'kind = "construction"\n', "t").splits
    assert (splits.train, splits.validation, splits.test, splits.exhaustive) == (1, 1, 1, True)


def test_an_exhaustive_task_has_one_size() -> None:
    splits = read_settings(NEEDED + "[splits]\nexhaustive = true\ntrain = 7\n", "t").splits
    assert (splits.train, splits.validation, splits.test) == (7, 7, 7)
    assert "splits.test = 9 cannot be" in refused(
        NEEDED + "[splits]\nexhaustive = true\ntrain = 7\ntest = 9\n"
    )


def test_a_construction_cannot_have_splits() -> None:
    said = refused(NEEDED + 'kind = "construction"\n[splits]\nexhaustive = false\n')
    assert "line 5: splits.exhaustive = false cannot be" in said


def test_stages_of_data_files_are_not_held_against_the_sizes_of_generated_splits() -> None:
    assert read_settings(NEEDED + 'stages = [40]\n[data]\nfiles = "*.json"\n', "t").stages == (40,)
