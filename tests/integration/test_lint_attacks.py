"""Lint attacks a task: each kind of leaky task is caught by the name of the attack, sound ones pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from provolve.engine.lint import lint_task, trial
from provolve.task import NEW_TASK, Finding, load

README = Path(__file__).parents[2] / "README.md"
HEAD = 'direction = "{direction}"\nanswer = "{answer}"\naggregate = "mean"\ndescription = "d"\n'
INSTANCES = """\
from provolve import Refused

def instances(split, count, rng):
    for _ in range(count):
        yield {"size": int(rng.integers(50, 1_000_000_000))}

"""

DISTANCE = """\
def score(instance, answer):
    pairs = zip(answer, WANTED, strict=True)
    return sum(abs(one - other) for one, other in pairs)
"""


def linted(
    folder: Path,
    judge: str,
    program: str,
    *,
    settings: str = "",
    harness: str = "",
    direction: str = "minimize",
    answer: str = "certificate",
    instances: str = INSTANCES,
) -> list[Finding]:
    header = (HEAD.format(direction=direction, answer=answer) + settings).splitlines()
    text = "# /// task\n" + "".join(f"# {line}\n" for line in header) + "# ///\n"
    text += f"# %% judge\n{instances}{judge}"
    text += f"# %% harness\n{harness}" if harness else ""
    text += f"# %% program\n# EVOLVE-BLOCK-START\n{program}# EVOLVE-BLOCK-END\n"
    (folder / "leaky.py").write_text(text)
    return lint_task(load(folder / "leaky.py"))


def caught(findings: list[Finding], attack: str, severity: str = "warning") -> str:
    """Return the text of the finding of ``attack``."""
    texts = [
        finding.text
        for finding in findings
        if finding.severity == severity and finding.text.startswith(f'attack "{attack}"')
    ]
    assert texts, findings
    return texts[0]


def unsound(findings: list[Finding]) -> list[str]:
    return [finding.text for finding in findings if finding.severity != "note"]


# What is sound passes ---------------------------------------------------------------------------------------


def test_the_new_task_is_clean(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(NEW_TASK)
    assert unsound(lint_task(load(tmp_path / "jobs.py"))) == []


def test_the_task_of_the_readme_is_clean(tmp_path: Path) -> None:
    found = re.search(r"```python[^\n]*\n(# /// task.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    (tmp_path / "ellipse.py").write_text(found[1])
    assert unsound(lint_task(load(tmp_path / "ellipse.py"))) == []


def test_bin_packing_is_clean() -> None:
    assert unsound(lint_task(load("bin-packing", {"items": "300"}))) == []


def test_a_task_that_checks_everything_is_clean(tmp_path: Path) -> None:
    judge = (
        "def score(instance, answer):\n"
        "    if type(answer) is not int or not 0 < answer <= instance['size'] or answer % 2:\n"
        "        raise Refused('no even number up to size')\n"
        "    return instance['size'] - answer\n"
    )
    program = "def solve(size):\n    return size - size % 2\n"
    findings = linted(tmp_path, judge, program)
    assert unsound(findings) == []


# What leaks is caught by name -------------------------------------------------------------------------------


def test_a_judge_that_takes_none_for_an_answer(tmp_path: Path) -> None:
    judge = "def score(instance, answer):\n    return float(answer or 7)\n"
    findings = linted(tmp_path, judge, "def solve(size):\n    return 5.0\n")
    text = caught(findings, "no answer", "error")
    assert (
        "accepts None as an answer: it scores 7 on 1 train instance, where the seed program scores 5" in text
    )


def test_a_judge_that_takes_not_a_number_for_a_decision(tmp_path: Path) -> None:
    judge = (
        "def steps(instance):\n    bid = yield instance['size']\n    return bid if bid >= 1 else 1.0\n"
        "def score(instance, answer):\n    return answer\n"
    )
    findings = linted(tmp_path, judge, "def solve(size):\n    return 5.0\n", answer="steps")
    assert "accepts not-a-number as each decision" in caught(findings, "no answer")


def test_a_judge_that_takes_an_item_twice(tmp_path: Path) -> None:
    instances = (
        "def instances(split, count, rng):\n"
        "    for _ in range(count):\n        yield {'values': rng.integers(1, 100, 9).tolist()}\n\n"
    )
    judge = (
        "def score(instance, answer):\n    return sum(instance['values'][place] for place in answer[:3])\n"
    )
    program = "def pick(values):\n    return [4, 5, 4]\n"
    findings = linted(tmp_path, judge, program, direction="maximize", instances=instances)
    text = caught(findings, "altered answer")
    assert re.search(
        r"\d+ of 20 answers of the seed program, altered at random, are better: one scores", text
    )


def test_a_part_of_the_answer_that_nobody_looks_at_is_noted(tmp_path: Path) -> None:
    judge = (
        "def score(instance, answer):\n"
        "    if answer[0] != 3:\n        raise Refused('no')\n    return float(len(answer) != 2)\n"
    )
    findings = linted(tmp_path, judge, "def solve(size):\n    return [3, 5.0]\n")
    assert "score the same" in caught(findings, "altered answer", "note")


def test_a_judge_that_does_not_look_at_the_instance(tmp_path: Path) -> None:
    judge = (
        "def score(instance, answer):\n"
        "    if type(answer) is not int:\n        raise Refused('no')\n    return answer\n"
    )
    findings = linted(tmp_path, judge, "def solve(size):\n    return size + 1\n")
    text = caught(findings, "answer of another instance")
    assert re.search(r"scores ([\d.e+]+) on 6 train instances, where the seed program scores \1\. See", text)


def test_a_judge_that_looks_only_at_the_form(tmp_path: Path) -> None:
    judge = (
        "def score(instance, answer):\n"
        "    if [*map(type, answer)] != [float] * 3:\n        raise Refused('no')\n    return 1.0\n"
    )
    findings = linted(tmp_path, judge, "def solve(size):\n    return [1.0, 2.0, 3.0]\n")
    assert "20 of 20 sets of random answers are no worse" in caught(findings, "random answer")


def test_a_check_that_not_a_number_passes(tmp_path: Path) -> None:
    judge = (
        "def score(instance, answer):\n"
        "    if [*map(type, answer)] != [float] * 3 or any(x < 0.0 or x > 9.0 for x in answer):\n"
        "        raise Refused('no')\n"
        "    return 10.0 + sum(x for x in answer if x > 0.0)\n"
    )
    findings = linted(tmp_path, judge, "def solve(size):\n    return [1.0, 2.0, 3.0]\n")
    text = caught(findings, "extreme values")
    assert "with not-a-number at random places scores" in text
    assert "where the seed program scores 16" in text
    schema = '[answer_schema]\nkind = "list"\nitems = { kind = "float" }\n'
    closed = linted(tmp_path, judge, "def solve(size):\n    return [1.0, 2.0, 3.0]\n", settings=schema)
    assert not any("not-a-number" in text for text in unsound(closed))


def test_a_table_that_may_hold_infinity(tmp_path: Path) -> None:
    grid = "[grid.x]\nfrom = 1\nto = 20\n"
    judge = (
        "import numpy as np\n"
        "def score(instance, answer):\n    return float(np.mean(1 / (1 + np.abs(answer))))\n"
    )
    findings = linted(tmp_path, judge, "def rule(x):\n    return 1.0 * x\n", settings=grid, answer="table")
    told = [text for text in unsound(findings) if text.startswith('attack "extreme values"')]
    for extreme in ("1e308", "infinity", "minus infinity"):
        assert any(f"with {extreme} at random places scores" in text for text in told)


def test_a_constant_that_is_as_good_as_the_seed_program(tmp_path: Path) -> None:
    judge = "def score(instance, answer):\n    return abs(float(answer) - 0.25)\n"
    findings = linted(tmp_path, judge, "def solve(size):\n    return 2.0\n")
    text = caught(findings, "constant program")
    assert (
        "a program that returns 0 scores 0.25 on 6 train instances, where the seed program scores 1.75"
        in text
    )


def test_a_solution_among_the_visible_data(tmp_path: Path) -> None:
    instances = INSTANCES.replace("}", ', "hints": {"wanted": [int(rng.integers(9)), 3]}}')
    judge = DISTANCE.replace("WANTED", "instance['hints']['wanted']")
    program = "def solve(size, hints):\n    return [20, 20]\n"
    findings = linted(tmp_path, judge, program, instances=instances)
    assert "returns a part of what it is given scores 0 on 6" in caught(findings, "visible data")


LEAKY_HARNESS = """\
def answer(program, visible):
    wanted = visible["wanted"]
    return program.solve(visible["size"]) if wanted else None
"""


def test_a_solution_in_the_frames_of_the_harness(tmp_path: Path) -> None:
    instances = INSTANCES.replace("}", ', "wanted": [int(rng.integers(9)), 3]}')
    judge = DISTANCE.replace("WANTED", "instance['wanted']")
    program = "def solve(size):\n    return [20, 20]\n"
    findings = linted(tmp_path, judge, program, instances=instances, harness=LEAKY_HARNESS)
    text = caught(findings, "harness's frames")
    assert "scores 0 on 6 train instances, where the seed program scores" in text
    assert not any('"visible data"' in finding.text for finding in findings)


def test_a_bound_that_can_be_beaten(tmp_path: Path) -> None:
    judge = (
        "def score(instance, answer):\n"
        "    if type(answer) is not float:\n        raise Refused('no')\n    return abs(answer - 3.0)\n"
    )
    program = "def solve(size):\n    return 9.0\n"
    findings = linted(tmp_path, judge, program, settings="bound = 5.0\n")
    assert re.search(
        "beats the bound: instance 0: .* is beyond the bound 5.0", caught(findings, "altered answer", "error")
    )


def test_a_judge_whose_steps_fail_on_what_is_no_decision(tmp_path: Path) -> None:
    judge = (
        "def steps(instance):\n    bid = yield instance['size']\n    return bid + 1\n"
        "def score(instance, answer):\n    return float(answer)\n"
    )
    findings = linted(tmp_path, judge, "def solve(size):\n    return 5\n", answer="steps")
    text = caught(findings, "no answer", "error")
    assert "on None as decision the judge fails where it should refuse" in text
    assert "TypeError" in text


def test_a_judge_that_an_answer_keeps_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_JUDGE_SECONDS", 0.2)
    judge = (
        "def score(instance, answer):\n"
        "    if type(answer) is not int or answer < 1:\n        raise Refused('no')\n"
        "    return sum(1 for _ in range(answer))\n"
    )
    findings = linted(tmp_path, judge, "def solve(size):\n    return 5\n")
    text = caught(findings, "extreme values", "error")
    assert "with 2**63 at random places" in text
    assert "took more than 0.2 s" in text


TWINS = """\
import numpy as np

def score(instance, answer):
    return int(np.argmax(answer)) + 1

def plain_score(instance, answer):
    return {plain}
"""


def test_judges_that_differ_on_ties(tmp_path: Path) -> None:
    grid = "[grid.x]\nfrom = 1\nto = 20\n"
    program = "def rule(x):\n    return 0.5 * x\n"
    late = TWINS.format(plain="max(range(len(answer)), key=lambda place: (answer[place], place)) + 1")
    text = caught(linted(tmp_path, late, program, settings=grid, answer="table"), "ties", "error")
    assert re.search(r"the fast judge says \d+ and the plain one \d+", text)
    first = TWINS.format(plain="answer.tolist().index(max(answer.tolist())) + 1")
    same = linted(tmp_path, first, program, settings=grid, answer="table")
    assert not any('"ties"' in finding.text for finding in same)


def test_an_online_task_that_shows_everything_is_noted(tmp_path: Path) -> None:
    judge = "def score(instance, answer):\n    return abs(instance['size'] - answer)\n"
    program = "def solve(size):\n    return size - 1\n"
    plain = linted(tmp_path, judge, program)
    assert not any("online" in finding.text for finding in plain)
    (tmp_path / "leaky.py").write_text((tmp_path / "leaky.py").read_text().replace('"d"', '"Online sums."'))
    told = [finding for finding in lint_task(load(tmp_path / "leaky.py")) if '"online"' in finding.text]
    assert [finding.severity for finding in told] == ["note"]
    assert 'write answer = "steps"' in told[0].text


# Elsewhere --------------------------------------------------------------------------------------------------

AS_FAR = "def score(instance, answer):\n    return abs(answer - instance)\n"
GUESS = "def answer(x):\n    return 0.0 * x\n"
DRAWN = "def instances(split, count, rng):\n    for _ in range(count):\n        yield rng.random()"


def test_instances_that_depend_on_where_they_are_drawn_are_told(tmp_path: Path) -> None:
    told = unsound(
        linted(
            tmp_path,
            AS_FAR,
            GUESS,
            instances=f"import sys\n{DRAWN} + 2.0**-50 * len(sys.modules)\n",
        )
    )
    assert any("differs in its last bits when it is drawn elsewhere" in text for text in told), told


def test_a_judge_that_works_only_at_home_is_told(tmp_path: Path) -> None:
    told = unsound(linted(tmp_path, AS_FAR, GUESS, instances=f"import click\n{DRAWN}\n"))
    assert any("cannot be checked where this task is not installed" in text for text in told), told
