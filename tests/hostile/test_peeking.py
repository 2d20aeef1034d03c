"""A candidate that knows ten coming items of an instance looks for them everywhere in its process.

In the forms ``table`` and ``steps`` it finds none, because the items never cross. The same hunter finds
them at once where the whole instance is visible, so it does look in the right places.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from provolve.engine.worker import profile
from provolve.judge import Batch, Judge
from provolve.program import lift
from provolve.record import Rejection
from provolve.sandbox import Sandbox
from provolve.task import load

HUNTER = """
WANTED = [int(word) for word in "{wanted}".split()]  # a text: its own literals would be found

def _values():
    # Everything that the collector and the frames know, arrays and bytes within lists among it.
    import gc, sys
    import numpy as np
    values, frame = gc.get_objects(), sys._getframe()
    while frame is not None:
        values += [*frame.f_locals.values(), *frame.f_globals.values()]
        frame = frame.f_back
    for value in list(values):
        if isinstance(value, dict):
            values += value.values()
        elif isinstance(value, (list, tuple)):
            values += [inner for inner in value if isinstance(inner, (np.ndarray, bytes, bytearray))]
    return values

def found():
    import numpy as np
    patterns = [np.array(WANTED, kind).tobytes() for kind in ("u1", "<i2", "<i4", "<i8", "<f4", "<f8")]
    for value in _values():
        if isinstance(value, np.ndarray):
            value = value.tobytes()
        if isinstance(value, (bytes, bytearray)):
            if value not in patterns and any(pattern in value for pattern in patterns):
                return True
        elif isinstance(value, (list, tuple)) and len(value) > len(WANTED):
            numbers = [inner for inner in value if isinstance(inner, (int, float))]
            for place in range(len(numbers) - len(WANTED) + 1):
                if numbers[place] == WANTED[0] and numbers[place : place + len(WANTED)] == WANTED:
                    return True
    return False
"""


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    task = load("bin-packing", {"items": "300"})
    with Sandbox(profile(task)) as sandbox:
        judge = Judge(task, sandbox, seed=9, test_seed=9)
        for split in ("train", "validation"):
            judge.scoring.set_reference(split, judge.plain.judge(split, task.program.source).scores)
        yield judge


def verdict(judge: Judge, region: str):
    candidate = lift(judge.task.program, (region,))
    return judge.judge(Batch((candidate.template,), ((0, candidate.literals),), incumbent=-1.0))[0]


def hunter(judge: Judge) -> str:
    return HUNTER.format(wanted=" ".join(map(str, judge.scoring.instances("train")[0]["items"][200:210])))


def test_nothing_to_find_behind_a_table(judge: Judge) -> None:
    text = hunter(judge) + "def priority(item, left):\n    assert not found()\n    return -left\n"
    assert verdict(judge, text).accepted


def test_nothing_to_find_between_steps(judge: Judge) -> None:
    """The rule looks at all bins at once, so it is not elementwise and is led step by step."""
    text = hunter(judge) + (
        "steps = 0\n"
        "def priority(item, left):\n"
        "    global steps\n"
        "    steps += 1\n"
        "    assert steps > 150 or steps % 25 or not found()\n"
        "    return -left + 0 * left.mean() + len(left) * (left == left.min())\n"
    )
    result = verdict(judge, text)
    assert result.accepted, result.detail
    assert result.work == 5


def test_the_hunter_finds_what_is_there(judge: Judge) -> None:
    items = judge.scoring.instances("train")[0]["items"]
    task = judge.task
    with Sandbox(profile(task)) as sandbox, sandbox.child() as child:
        child.put([[items]])
        source = hunter(judge) + "\ndef priority(item):\n    assert not found()\n    return item\n"
        child.load(source, ())
        with pytest.raises(Exception, match="AssertionError"):
            child.call("answer", 0, cpu_seconds=20, wall_seconds=40)


def test_priorities_that_are_not_numbers_are_refused(judge: Judge) -> None:
    """Minus a hundred percent, once reached through a simulator that let them pass."""
    for expression in ("left * np.nan", "np.where(left > 5, np.nan, left)", "np.log(-left - 1)"):
        result = verdict(judge, f"def priority(item, left):\n    return {expression}\n")
        assert result.rejection is Rejection.ANSWER_REFUSED
        assert "not a number" in result.detail


def test_infinite_priorities_are_decided_alike_by_both_judges(judge: Judge) -> None:
    for expression in (
        "np.where(left > 20, -np.inf, -left)",
        "np.where(left < 3, np.inf, -left)",
        "left * 0.0",
        "np.floor(left / 7)",
    ):
        candidate = lift(judge.task.program, (f"def priority(item, left):\n    return {expression}\n",))
        batch = Batch((candidate.template,), ((0, candidate.literals),), incumbent=None)
        assert judge.judge(batch)[0].audited


def test_table_and_steps_agree_on_elementwise_rules(judge: Judge) -> None:
    """The same rule, once as a table and once led step by step by the judge's generator."""
    rule = "np.where(left <= 2.5, -left, np.where(left >= 30.0, -left - 1000.0, -left - 10000.0))"
    table = verdict(judge, f"def priority(item, left):\n    return {rule}\n")
    led = verdict(
        judge,
        f"def priority(item, left):\n    first = 0.0 * left[0] + len(left)\n    return {rule} + first\n",
    )
    assert np.allclose(table.scores, led.scores)
