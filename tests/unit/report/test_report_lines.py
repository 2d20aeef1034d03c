"""Plain lines for output that is no terminal."""

from __future__ import annotations

from provolve.record import ChampionChosen, EpochBegan, Notice, Spent
from provolve.report.lines import EVERY, QUIET, Lines
from provolve.report.progress import Progress
from provolve.report.scale import Scale


class Teller:
    def __init__(self) -> None:
        self.now = 0.0
        self.said: list[str] = []
        self.lines = Lines(Progress(), Scale("minimize", "mean"), lambda: self.now, self.said.append)


def test_the_start_says_run_task_budget_and_seed_program(story) -> None:
    teller = Teller()
    teller.lines.see(story.started())
    assert teller.said == [
        "run packing-1 starts: task packing, budget 1000candidates",
        "symbolic with islands · seed 7 · 2 workers · sandbox full",
        "seed program on train: 4.000 (mean score; smaller is better)",
    ]
    teller.lines.see(story.started(resumed=True))
    assert teller.said[3].startswith("run packing-1 goes on")


def test_improvements_are_told_at_most_twice_a_second_and_none_is_lost(story) -> None:
    teller = Teller()
    teller.lines.see(story.started())
    for step in range(100):
        teller.now = step * 0.01
        teller.lines.see(story.told(3.0 - step / 100, Spent(teller.now, step)))
    told = teller.said[3:]
    assert len(told) == 2
    teller.lines.see(ChampionChosen("0" * 32, "", 1.0, 1.0))
    assert "99 candidates  train 2.010" in teller.said[5]
    assert "champion" in teller.said[6]
    assert EVERY == 0.5


def test_where_train_grows_the_best_is_told_as_it_is_now(story) -> None:
    teller = Teller()
    teller.lines.see(story.started())
    teller.now = 1.0
    teller.lines.see(story.told(2.0, Spent(1.0, 5)))
    teller.now = 2.0
    teller.lines.see(story.told(6.0, Spent(2.0, 9)))
    teller.lines.see(EpochBegan(1, 7, 24, 40, 32, 8.0, 6.0))
    assert "train 6.000" in teller.said[4]
    assert teller.said[5] == (
        "train grew to 24 instances (epoch 1); the best 32 of before were judged anew; "
        "on them the seed program has 8.000"
    )
    teller.now = 3.0
    teller.lines.see(story.told(4.0, Spent(3.0, 12)))
    assert "train 4.000 (+50.0 %)" in teller.said[6]


def test_without_improvement_it_is_quiet_for_a_while(story) -> None:
    teller = Teller()
    teller.lines.see(story.started())
    teller.now = QUIET - EVERY - 1
    teller.lines.see(story.told(4.0, Spent(1.0, 5)))
    assert len(teller.said) == 3
    teller.now = QUIET
    teller.lines.see(story.told(4.0, Spent(2.0, 9)))
    assert "9 candidates" in teller.said[3]


def test_flush_tells_the_last_improvement_once(story) -> None:
    teller = Teller()
    teller.lines.flush()
    assert teller.said == []
    teller.lines.see(story.started())
    teller.lines.see(story.told(3.0, Spent(0.0, 5)))
    teller.lines.see(story.told(2.0, Spent(0.1, 6)))
    teller.lines.flush()
    teller.lines.flush()
    assert [line for line in teller.said if "train 2.000" in line] == [teller.said[-1]]


def test_notices_are_told_harmlessly(story) -> None:
    teller = Teller()
    teller.lines.see(Notice("baseline", "rejected:\n\x1b[31mboom"))
    assert teller.said == ["note: rejected: \\x1b[31mboom"]
