"""Lint finds what is wrong, and is silent about what is right."""

from __future__ import annotations

import pytest

from provolve.task import Finding, lint, load

BASELINE = "import math\n\n# EVOLVE-BLOCK-START\ndef solve(size):\n    return 1\n# EVOLVE-BLOCK-END\n"
GOOD = 'description = "d"\n'
RULE = "# EVOLVE-BLOCK-START\ndef rule(item):\n    return item\n# EVOLVE-BLOCK-END\n"
TABLE = 'direction = "minimize"\nanswer = "table"\ndescription = "d"\n'


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_a_good_task_has_no_findings(make) -> None:
    assert lint(make.load(GOOD, baseline__b=BASELINE)) == []


def test_the_gallery_has_no_errors_or_warnings() -> None:
    assert {finding.severity for finding in lint(load("bin-packing", {"items": "200"}))} <= {"note"}


def with_judge(make, old: str, new: str, settings: str = GOOD) -> list[Finding]:
    assert old in make.parts["judge"]
    return lint(make.load(settings, judge=make.parts["judge"].replace(old, new), baseline__b=BASELINE))


@pytest.mark.parametrize(
    ("old", "new", "severity", "said"),
    [
        ("int(rng.integers(1_000_000))", "_", "error", "12 instances stand in train and in validation"),
        ("int(rng.integers(1_000_000))", "{1}", "error", "instance 0 is not plain data"),
        (
            "def score",
            "def visible(instance):\n    return {1}\n\ndef score",
            "error",
            "judge function visible: what it returned is not plain data",
        ),
        (
            "def score",
            "def visible(instance):\n    instance['size'] += 1\n    return instance\n\ndef score",
            "error",
            "visible or bound changed train instance 0",
        ),
        ("def score", "def bound(instance):\n    return 'x'\n\ndef score", "error", "judge function bound"),
        ("def score", "def steps(instance):\n    yield 1\n\ndef score", "warning", "is not used"),
        (
            "def score",
            "def canonical(answer):\n    return answer\n\ndef score",
            "note",
            "has canonical and no plain",
        ),
        (
            "def score",
            "def visible(instance):\n    return {'length': 1}\n\ndef score",
            "warning",
            "gives solve the keyword arguments length, but it takes size",
        ),
    ],
)
def test_what_a_judge_does_wrong_is_found(make, old: str, new: str, severity: str, said: str) -> None:
    findings = with_judge(make, old, new)
    assert any(finding.severity == severity and said in finding.text for finding in findings)
    assert findings[0].severity == severity


def test_instances_that_come_from_elsewhere_than_rng_are_found(make) -> None:
    findings = with_judge(
        make, "int(rng.integers(1_000_000))", "next(COUNT)", GOOD
    )  # COUNT is not defined: the judge itself fails
    assert "NameError" in only(findings).text
    findings = lint(
        make.load(
            GOOD,
            judge="import itertools\nCOUNT = itertools.count()\n"
            + make.parts["judge"].replace("int(rng.integers(1_000_000))", "next(COUNT)"),
            baseline__b=BASELINE,
        )
    )
    assert "other train instances when asked again" in only(findings).text


def test_equal_instances_within_a_split_are_found(make) -> None:
    findings = with_judge(make, "rng.integers(1_000_000)", "rng.integers(2) + 2 * len(split)")
    assert [finding.severity for finding in findings] == ["warning"] * 3
    assert "10 instances of train are equal to others of it" in findings[0].text


def test_an_exhaustive_task_does_not_overlap(make) -> None:
    assert lint(make.load(GOOD + 'kind = "construction"\n', baseline__b=BASELINE)) == []


def test_few_test_instances_are_found(make) -> None:
    finding = only(lint(make.load(GOOD + "[splits]\ntest = 29\n", baseline__b=BASELINE)))
    assert (finding.severity, "test has 29 instances: below 30" in finding.text) == ("warning", True)


def test_what_settings_name_must_be_there(make) -> None:
    imports = GOOD + '[sandbox]\nimports = ["no_such_module_anywhere", "json", "a..b"]\n'
    findings = lint(make.load(imports, baseline__b=BASELINE))
    assert [finding.severity for finding in findings] == ["error", "error"]
    assert "no_such_module_anywhere" in findings[0].text
    none = only(lint(make.load(GOOD + '[data]\nfiles = "*.json"\n', baseline__b=BASELINE)))
    assert "matches no file: the judge generates" in none.text


def test_notes_on_what_is_missing(make) -> None:
    texts = [finding.text for finding in lint(make.load())]
    assert len(texts) == 2
    assert any("no description" in text for text in texts)
    assert any("no baseline" in text for text in texts)
    other = only(lint(make.load(GOOD, baseline__b="def solve(size): ...\n")))
    assert "cannot start from baseline b" in other.text


def test_stages_that_data_never_reach_are_found(make) -> None:
    make.file(str(list(range(90))), "a.json")
    settings = GOOD + 'stages = [2, 90]\n[data]\nfiles = "*.json"\n'
    findings = lint(make.load(settings, baseline__b=BASELINE, harness="def answer(program, visible): ...\n"))
    assert "stages [90] are never reached" in only(findings).text


def test_a_harness_that_shows_all_before_the_first_step_is_found(make) -> None:
    judge = make.parts["judge"] + "\ndef steps(instance):\n    yield 1\n"
    settings = 'direction = "minimize"\nanswer = "steps"\ndescription = "d"\n'
    harness = "def start(program, visible): ...\ndef step(program, observation): ...\n"
    finding = only(
        lint(make.load(settings, replacing=True, judge=judge, harness=harness, baseline__b=BASELINE))
    )
    assert finding.severity == "warning"
    assert "would know the whole instance" in finding.text
    hiding = judge + "\ndef visible(instance):\n    return 1\n"
    assert not lint(make.load(settings, replacing=True, judge=hiding, harness=harness, baseline__b=BASELINE))


def test_an_argument_that_is_no_dict_is_the_only_one(make) -> None:
    program = "# EVOLVE-BLOCK-START\ndef solve(a, b): ...\n# EVOLVE-BLOCK-END\n"
    judge = make.parts["judge"] + "\ndef visible(instance):\n    return [1]\n"
    finding = only(lint(make.load(GOOD, judge=judge, program=program, baseline__b=program)))
    assert "gives solve one argument, but it takes 2" in finding.text


def test_a_grid_too_large_for_an_answer_is_found(make) -> None:
    grid = "[limits]\nanswer_mb = 1\n[grid.item]\nfrom = 1\nto = 131073\n"
    judge = make.parts["judge"] + "\ndef steps(instance):\n    yield 1\n"
    finding = only(lint(make.load(TABLE + grid, replacing=True, judge=judge, program=RULE, baseline__b=RULE)))
    assert "131073 cells" in finding.text
    smaller = grid.replace("131073", "131072")
    assert not lint(make.load(TABLE + smaller, replacing=True, judge=judge, program=RULE, baseline__b=RULE))


def test_a_table_without_steps_is_noted(make) -> None:
    grid = "[grid.item]\nvalues = [1]\n"
    finding = only(lint(make.load(TABLE + grid, replacing=True, program=RULE, baseline__b=RULE)))
    assert "not elementwise are rejected" in finding.text
