"""What the view knows of a run."""

from __future__ import annotations

import pytest

from provolve.record import Budget, ChampionChosen, Notice, Rejection, Spent
from provolve.report.progress import RATE_SECONDS, Progress


def test_verdicts_are_counted_by_reason(story) -> None:
    progress = Progress()
    progress.see(story.started())
    mixed = (None, Rejection.RAISED, Rejection.RAISED, Rejection.DUPLICATE_BEHAVIOUR)
    progress.see(story.told(3.0, Spent(1.0, 4, 2, 0), rejections=mixed))
    assert progress.rejections(1) == [("raised", 0.5)]
    assert dict(progress.rejections(9)) == {"raised": 0.5, "duplicate_behaviour": 0.25}


def test_a_mixed_ask_shares_its_verdicts_among_its_operators(story) -> None:
    progress = Progress()
    progress.see(story.started())
    progress.see(story.told(3.0, Spent(1.0, 4), operator="cross,nudge", rejections=(None,) * 3))
    progress.see(story.told(3.0, Spent(1.0, 8), operator="nudge", rejections=(None,) * 3))
    assert progress.operators == {"cross": 1, "nudge": 5}
    assert progress.operator_shares(1) == [("nudge", pytest.approx(5 / 6))]


def test_improvements_are_kept_with_their_candidates(story) -> None:
    progress = Progress()
    progress.see(story.started(seed_loss=4.0))
    progress.see(story.told(3.0, Spent(1.0, 10)))
    progress.see(story.told(3.0, Spent(2.0, 20)))
    progress.see(story.told(2.5, Spent(3.0, 30), validation=2.75))
    assert progress.improvements == [(0, 4.0), (10, 3.0), (30, 2.5)]
    assert (progress.best, progress.best_validation) == (2.5, 2.75)


def test_improvements_stay_bounded(story) -> None:
    progress = Progress()
    progress.see(story.started(seed_loss=20_001.0))
    for step in range(10_000):
        progress.see(story.told(20_000.0 - step, Spent(float(step), step)))
    assert len(progress.improvements) <= 4000
    assert progress.improvements[0] == (0, 20_001.0)
    assert progress.improvements[-1] == (9999, 10_001.0)


def test_rates_are_of_late(story) -> None:
    progress = Progress()
    progress.see(story.started())
    assert progress.rates() == (0.0, 0.0)
    progress.see(story.told(3.0, Spent(100.0, 100, 50)))
    progress.see(story.told(3.0, Spent(100.0 + RATE_SECONDS, 1100, 550)))
    assert progress.rates() == (100.0, 50.0)


def test_the_nearer_end_of_the_budget_counts(story) -> None:
    progress = Progress()
    progress.see(story.started(budget=Budget(seconds=100.0, candidates=1000)))
    progress.see(story.told(3.0, Spent(10.0, 500)))
    assert progress.share_spent() == 0.5
    assert progress.share_spent(since=80.0) == 0.9
    assert progress.seconds_left() == pytest.approx(10.0)


def test_without_a_limit_nothing_is_left_to_tell(story) -> None:
    progress = Progress()
    progress.see(story.started(budget=Budget()))
    assert progress.share_spent() is None
    assert progress.seconds_left() is None


def test_phases_and_notices(story) -> None:
    progress = Progress()
    assert progress.phase == "starting"
    progress.see(story.started())
    assert progress.phase == "searching"
    progress.see(Notice("baseline", "a sentence"))
    progress.see(ChampionChosen("0" * 32, "", 1.0, 1.0))
    assert progress.phase == "testing"
    assert list(progress.notices) == ["a sentence"]


def test_a_resumed_run_goes_on_from_its_record(story) -> None:
    progress = Progress()
    progress.recall({"raised": 3, "accepted": 1}, {"nudge": 4}, [(0, 4.0), (9, 2.0)], Spent(5.0, 10, 4, 1))
    progress.see(story.started(resumed=True, seed_loss=4.0))
    assert progress.best == 2.0
    assert progress.spent.candidates == 10
    assert progress.improvements == [(0, 4.0), (9, 2.0)]
    assert progress.rejections(1) == [("raised", 0.75)]
