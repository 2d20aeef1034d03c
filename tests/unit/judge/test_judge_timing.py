"""The order in which programs are timed, what is charged to whom, and that one child lives at a time."""

import math

import pytest

from provolve.errors import Refused
from provolve.judge.timing import Timer
from provolve.record import Rejection
from provolve.sandbox import ChildFailed
from provolve.task.settings import Limits

LOAD = {"": 1.0, "fast": 5.0, "slow": 7.0, "idler": 5.0}
CALL = {"": 0.25, "fast": 2.0, "slow": 10.0, "idler": 2.0}


class FakeChild:
    """A child whose clock is moved by hand; `idler` works between its calls."""

    def __init__(self, box: "FakeSandbox") -> None:
        self.box = box
        self.clock = 100.0
        self.source = None

    def __enter__(self) -> "FakeChild":
        self.box.alive += 1
        assert self.box.alive == 1, "two children live while one is timed"
        return self

    def __exit__(self, *_: object) -> None:
        self.box.alive -= 1

    def cpu_time(self) -> float:
        self.clock += 1.0 if self.source == "idler" else 0.0
        return self.clock

    def load(self, source: str, literals) -> None:
        self.source = source
        self.box.log.append([source])

    def call(self, function: str, index=None, value=None, *, cpu_seconds: float, wall_seconds: float):
        self.box.log[-1].append((function, value))
        if self.source == "broken":
            raise ChildFailed("raised", "boom")
        if self.source == "waiting":
            raise ChildFailed("stalled", "it waits")
        self.clock += LOAD[self.source] if len(self.box.log[-1]) == 2 else CALL[self.source] * value
        return value


class FakeSandbox:
    def __init__(self) -> None:
        self.alive = 0
        self.log: list[list] = []

    def child(self) -> FakeChild:
        return FakeChild(self)


def accept(answers) -> None:
    assert answers == [1, 2]


def measured(programs, rounds: int = 2, check=accept):
    box = FakeSandbox()
    found = Timer(box, Limits()).measure({name: name for name in programs}, [1, 2], rounds, check)
    return box, found


def test_every_second_round_goes_the_other_way_round() -> None:
    box, _ = measured(["slow", "fast"], rounds=4)
    assert [entry[0] for entry in box.log if entry[0]] == ["slow", "fast", "fast", "slow"] * 2


def test_inputs_are_sent_one_at_a_time_after_the_program_is_loaded() -> None:
    box, _ = measured(["fast"], rounds=1)
    assert box.log == [
        ["", ("nothing", None), ("nothing", 1), ("nothing", 2)],
        ["fast", ("nothing", None), ("answer", 1), ("answer", 2)],
    ]


def test_loading_and_each_input_are_told_apart_and_the_floor_is_subtracted() -> None:
    _, found = measured(["slow", "fast"])
    timings = found.timings
    assert timings.programs["slow"] == ((7.0, 10.0, 20.0),) * 2
    assert timings.floor == ((1.0, 0.25, 0.5),) * 2
    assert timings.seconds("slow", warm=True).tolist() == [9.75, 19.5]
    assert timings.seconds("slow", warm=False).tolist() == [9.75 + 3, 19.5 + 3]


def test_work_between_two_calls_is_charged() -> None:
    _, found = measured(["fast", "idler"])
    warm = {name: math.fsum(found.timings.seconds(name, warm=True)) for name in ("fast", "idler")}
    assert warm["idler"] == warm["fast"] + 2


def test_a_program_that_fails_drops_out_and_is_not_run_again() -> None:
    box, found = measured(["fast", "broken"], rounds=4)
    assert found.failed == {"broken": (Rejection.RAISED, "boom")}
    assert list(found.timings.programs) == ["fast"]
    assert [entry[0] for entry in box.log].count("broken") == 1


def test_a_program_that_waits_is_tried_once_more() -> None:
    box, found = measured(["waiting"])
    assert found.failed["waiting"][0] is Rejection.DEADLINE
    assert [entry[0] for entry in box.log].count("waiting") == 2


@pytest.mark.parametrize("wrong_at", [1, 2, 3])
def test_the_answers_of_every_sample_are_checked(wrong_at: int) -> None:
    calls = []

    def check(answers) -> None:
        calls.append(answers)
        if len(calls) == wrong_at:
            raise Refused("wrong")

    _, found = measured(["fast"], rounds=3, check=check)
    assert found.failed == {"fast": (Rejection.ANSWER_REFUSED, "wrong")}
    assert not found.timings.programs
