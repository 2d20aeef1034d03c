"""Closed sources: what may share a child, and what may not."""

from pathlib import Path

import numpy as np
import pytest

import provolve
from provolve.judge.prescreen import is_closed

TOP = "import numpy as np\nimport math\n"


def bundled_programs() -> list[str]:
    gallery = Path(provolve.__file__).parent / "gallery"
    programs = [path.read_text(encoding="utf-8") for path in sorted(gallery.glob("*/program.py"))]
    return [program for program in programs if "VOCABULARY" in program]


def rule(expression: str) -> str:
    return f"{TOP}def rule(item, left):\n    return {expression}\n"


@pytest.mark.parametrize(
    "expression",
    [
        "-left",
        "np.where(left < 3, -left, np.exp(-item) ** 2)",
        "abs(left) + np.pi * math.e",
        "(left > 2) & ~(item < 3)",
        "left if 1 < 2 else item",
        "np.clip(left, 0, 9) // 2 % 3",
    ],
)
def test_computing_is_closed(expression: str) -> None:
    assert is_closed(rule(expression))


@pytest.mark.parametrize(
    "expression",
    [
        "left.sum()",
        "left[0]",
        "np.sum(left)",
        "np.sort(left)",
        "np.random.rand()",
        "np.add(item, left, item)",
        "np.where(left > 2)",
        "np.exp(left, out=item)",
        "open('/etc/passwd')",
        "__import__('os')",
        "print(left)",
        "[x for x in left]",
        "(lambda: left)()",
        "left @ item",
        "left is item",
        "f'{left}'",
        "np.load",
        "__builtins__",
        "(y := left)",
        "'text'",
    ],
)
def test_all_else_is_not(expression: str) -> None:
    assert not is_closed(rule(expression))


@pytest.mark.parametrize(
    "source",
    [
        "import os\n",
        "from numpy import *\n",
        "import numpy.random as np\n" + rule("left"),
        TOP + "class A: pass\n",
        TOP + "def rule(item, left):\n    for _ in left: pass\n    return left\n",
        TOP + "def rule(item, left):\n    while True: pass\n",
        TOP + "def rule(item, left):\n    left[0] = 3\n    return left\n",
        TOP + "def rule(item, left):\n    global x\n    x = left\n    return left\n",
        TOP + "def rule(item, np):\n    return np.exp(item)\n",
        TOP + "def rule(item, left):\n    abs = left\n    return abs(item)\n",
        TOP + "@math.exp\ndef rule(item, left):\n    return left\n",
        TOP + "def rule(item, left=open('x')):\n    return left\n",
        TOP + "def rule(item: open('x'), left):\n    return left\n",
        TOP + "np = math\n" + rule("left"),
        TOP + "def rule(item, left):\n    yield left\n",
        "def rule(:\n",
    ],
)
def test_statements_and_bindings_that_are_not_closed(source: str) -> None:
    assert not is_closed(source)


def test_several_values_may_be_returned_and_nothing_else_may_be_made_of_them() -> None:
    head = f"{TOP}def rule(item: np.ndarray, left) -> tuple[np.ndarray, float]:\n"
    assert is_closed(f"{head}    return item * 2, np.sign(left)\n")
    for body in (
        "return item, open('x')",
        "return (item, (left, item))",
        "return [item, left]",
        "item = (left, left)\n    return item",
        "return (item, left)[0]",
        "return item, *left",
    ):
        assert not is_closed(f"{head}    {body}\n"), body
    for annotation in ("tuple[open('x'), float]", "list[np.ndarray, float]", "tuple[np.load, float]"):
        assert not is_closed(f"{TOP}def rule(item) -> {annotation}:\n    return item, item\n")


def test_a_vocabulary_keeps_a_program_closed_and_is_of_listed_functions_alone() -> None:
    assert is_closed(f"{TOP}VOCABULARY = (np.sin, np.exp)\n{rule('np.sin(left)')}")
    for tuple_ in (
        "(np.sin, np.load)",
        "(open,)",
        "(np.sin(1),)",
        "(np.random.rand,)",
        "[np.sin]",
        "(*np.sin,)",
    ):
        assert not is_closed(f"{TOP}VOCABULARY = {tuple_}\n{rule('left')}"), tuple_
    assert not is_closed(f"{TOP}OTHER = (np.sin,)\n{rule('left')}")
    for used in ("VOCABULARY", "VOCABULARY * 9", "VOCABULARY[0](left)", "np.sin(VOCABULARY)"):
        assert not is_closed(f"{TOP}VOCABULARY = (np.sin,)\n{rule(used)}"), used


@pytest.mark.parametrize("program", bundled_programs())
def test_programs_of_the_gallery_with_a_vocabulary_share_a_child(program: str) -> None:
    """A child of its own for every candidate costs more than the candidate."""
    assert is_closed(program)


def test_listed_functions_work_element_by_element() -> None:
    """Every function on the list gives, on a permuted argument, its values permuted."""
    from provolve.judge.prescreen import ELEMENTWISE

    rng = np.random.default_rng(0)
    one, two = rng.normal(size=40), rng.uniform(0.1, 3, 40)
    order = rng.permutation(40)
    for name in sorted(ELEMENTWISE):
        function = getattr(np, name)
        arguments = [one, two, one + 1][: 3 if name in {"where", "clip"} else getattr(function, "nin", 1)]
        with np.errstate(all="ignore"):
            whole = function(*arguments)
            turned = function(*(argument[order] for argument in arguments))
        assert np.array_equal(whole[order], turned, equal_nan=True), name
