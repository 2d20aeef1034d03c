"""Right first, then fast: no trick with clocks, memory or answers makes a program count as faster."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace as replaced

from provolve.engine.worker import profile
from provolve.errors import JudgeError
from provolve.judge import Batch, SpeedJudge, judge_of
from provolve.program import lift
from provolve.record import Rejection, Verdict
from provolve.sandbox import Sandbox
from provolve.task import load

JUDGE = """
def instances(split, count, rng):
    for _ in range(count):
        yield int(rng.integers(20_000, 40_000))
"""
LAX = "def same(instance, answer, reference):\n    return True\n"
SLOW = """
def total(n):
    found = 0
    for i in range(n):
        found += i
    return found
"""
FAST = "\ndef total(n):\n    return n * (n - 1) // 2\n"
SETTINGS = ["splits.train = 4", "splits.validation = 4", "splits.test = 4", "timing.rounds = 4"]

Make = Callable[..., "Judged"]


class Judged:
    def __init__(self, path: Path) -> None:
        self.task = load(path)
        self.sandbox = Sandbox(profile(self.task))
        judge = judge_of(self.task, self.sandbox, seed=3, test_seed=4)
        assert isinstance(judge, SpeedJudge)
        self.judge = judge

    def verdicts(self, *texts: str, incumbent: float | None = 1.0) -> list[Verdict]:
        candidates = [lift(self.task.program, (text,)) for text in texts]
        rows = tuple((place, candidate.literals) for place, candidate in enumerate(candidates))
        return self.judge.judge(Batch(tuple(one.template for one in candidates), rows, incumbent))


@pytest.fixture(scope="module")
def make(tmp_path_factory) -> Iterator[Make]:
    made: dict[tuple[str, ...], Judged] = {}

    def build(*settings: str, judge: str = JUDGE, program: str = SLOW) -> Judged:
        key = (*settings, judge, program)
        if key not in made:
            header = "".join(f"# {line}\n" for line in ('kind = "speed"', *SETTINGS, *settings))
            region = f"# EVOLVE-BLOCK-START{program}# EVOLVE-BLOCK-END\n"
            path = tmp_path_factory.mktemp("speed") / "task.py"
            path.write_text(f"# /// task\n{header}# ///\n# %% judge\n{judge}\n# %% program\n{region}")
            made[key] = Judged(path)
        return made[key]

    yield build
    for judged in made.values():
        judged.sandbox.close()


def test_a_faster_program_is_found_faster_confirmed_and_validated(make) -> None:
    fast = make().verdicts(FAST)[0]
    assert fast.accepted
    assert fast.audited
    assert fast.loss is not None
    assert fast.loss < 0.5
    assert fast.validation is not None
    assert fast.validation < 0.5
    assert len(fast.scores) == 4


def test_the_seed_program_has_loss_one_to_the_bit_and_is_audited_at_the_start(make) -> None:
    slow, slower = make().verdicts(SLOW, SLOW.replace("found += i", "found += i; i * i"), incumbent=None)
    assert slow.loss == pytest.approx(1.0, abs=1e-12)
    assert slow.audited or slower.audited
    assert slower.loss is not None
    assert slower.loss > 1.0


def test_right_candidates_are_no_duplicates_of_each_other(make) -> None:
    one, two = make().verdicts(FAST, FAST.replace("n * (n - 1)", "(n - 1) * n"))
    assert one.accepted
    assert two.accepted
    assert one.behaviour == two.behaviour == ""


@pytest.mark.parametrize(
    ("text", "rejection"),
    [
        ("\ndef total(n):\n    return 0\n", Rejection.ANSWER_REFUSED),
        ("\ndef total(n):\n    return float(n * (n - 1) // 2)\n", Rejection.ANSWER_REFUSED),
        ("\ndef total(n):\n    raise ValueError(n)\n", Rejection.RAISED),
        ("\ndef total(n):\n    import os; os._exit(0)\n", Rejection.KILLED),
    ],
)
def test_a_wrong_answer_is_rejected_however_fast(make, text: str, rejection: Rejection) -> None:
    wrong, right = make().verdicts(text, FAST)
    assert wrong.rejection is rejection
    assert wrong.loss is None
    assert right.accepted


def test_faked_clocks_gain_nothing(make) -> None:
    faked = """
import os
import time
for name in ("time", "perf_counter", "process_time", "monotonic", "thread_time", "clock_gettime"):
    setattr(time, name, lambda *_: 0.0)
os.times = lambda: (0.0,) * 5
"""
    cheat = make().verdicts(faked + SLOW)[0]
    assert cheat.accepted
    assert cheat.loss is not None
    assert cheat.loss > 0.6


def test_answers_kept_for_later_gain_nothing(make) -> None:
    keeping = """
import sys
kept = sys.modules.setdefault("kept", {})
try:
    with open("/tmp/kept", "a+") as file:
        file.seek(0)
        kept.update(line.split() for line in file)
except OSError:
    pass
def total(n):
    if n not in kept:
        found = 0
        for i in range(n):
            found += i
        kept[n] = found
    try:
        with open("/tmp/kept", "a") as file:
            file.write(f"{n} {kept[n]}\\n")
    except OSError:
        pass
    return kept[n]
"""
    cheat = make().verdicts(keeping)[0]
    assert cheat.accepted
    assert cheat.loss is not None
    assert cheat.loss > 0.6


def test_loading_is_charged_unless_the_task_is_warm(make) -> None:
    early = "\nWORK = sum(range(2_000_000))\n" + FAST
    cold, warm = make(), make("timing.warm = true")
    assert cold.verdicts(early)[0].loss > 2
    assert warm.verdicts(early)[0].loss < 0.5


def test_equal_inputs_are_an_error_of_the_task(make) -> None:
    same = make(judge="def instances(split, count, rng):\n    yield from [7] * count\n")
    with pytest.raises(JudgeError, match="inputs of train are the same"):
        same.verdicts(FAST)


def test_a_seed_program_that_answers_otherwise_each_time_is_an_error(make) -> None:
    restless = make(program="\nimport os\ndef total(n):\n    return os.urandom(8)\n")
    with pytest.raises(JudgeError, match="make it repeatable"):
        restless.verdicts("\ndef total(n):\n    return 1\n")


def test_an_answer_that_is_not_as_declared_is_not_timed(make) -> None:
    judged = make('answer_schema.kind = "int"', "answer_schema.low = 0", judge=JUDGE + LAX)
    text = "\ndef total(n):\n    return n * (n - 1) / 2\n"
    (verdict,) = judged.verdicts(text)
    assert verdict.rejection is Rejection.ANSWER_MALFORMED
    assert "instance 0: answer is" in verdict.detail
    assert "where the task declares an int" in verdict.detail
    (right,) = judged.verdicts(FAST)
    assert right.rejection is None


def test_stored_answers_are_judged_again_without_running_the_champion(make) -> None:
    judged = make()
    result = judged.judge.plain.judge(
        "test", judged.task.program.source.replace("found += i", "found += i + 0")
    )
    assert judged.judge.plain.rejudge("test", result) == result
    swapped = type(result)(
        **{name: getattr(result, name) for name in result.__struct_fields__ if name != "answers"},
        answers=result.answers[::-1],
    )
    with pytest.raises(Exception, match="not the seed program's"):
        judged.judge.plain.rejudge("test", swapped)


class Told:
    """Stands for timing: programs have the losses that were told, in the order of measuring."""

    def __init__(self, judged: Judged, *losses: float) -> None:
        self.losses = list(losses)
        self.measure = judged.judge.measure

    def __call__(self, split: str, programs: dict[str, str], rounds: int):
        found = self.measure(split, programs, 1)
        for name in programs:
            loss = self.losses.pop(0)
            results = {**found.results, name: replaced(found.results[name], scores=(loss,) * 4)}
            found = replaced(found, results=results)
        return found


@pytest.mark.parametrize(
    ("losses", "incumbent", "loss", "validation"),
    [
        ((0.5, 0.6, 0.7), 1.0, 0.6, 0.7),  # the worse of the two counts
        ((0.6, 0.5, 0.7), 1.0, 0.6, 0.7),
        ((0.5, 0.9), 0.8, 0.9, None),  # no better than the best when it is timed again
        ((0.79,), 0.8, 0.79, None),  # too near to the best to be timed again
    ],
)
def test_only_a_clear_gain_is_timed_again_and_must_last(
    make, monkeypatch, losses, incumbent, loss, validation
) -> None:
    judged = make()
    told = Told(judged, *losses)
    monkeypatch.setattr(judged.judge, "measure", told)
    verdict = judged.verdicts(FAST, incumbent=incumbent)[0]
    assert verdict.loss == pytest.approx(loss)
    assert verdict.validation == (None if validation is None else pytest.approx(validation))
    assert verdict.audited is (validation is not None)
    assert not told.losses
