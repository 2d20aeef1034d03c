"""The live view."""

from __future__ import annotations

import threading

from provolve.record import Budget, Notice, Rejection, Spent
from provolve.report.live import STOPPING, LiveView
from provolve.report.progress import Progress
from provolve.report.scale import Scale

SCALE = Scale("minimize", "mean", "% excess")


def view_of(story, clock=lambda: 0.0, scale=SCALE) -> LiveView:
    progress = Progress()
    progress.seed_validation = 5.0
    view = LiveView(progress, scale, clock)
    view.see(story.started(budget=Budget(candidates=1000)))
    reasons = (None, Rejection.DUPLICATE_BEHAVIOUR)
    view.see(story.told(2.0, Spent(10.0, 500, 100, 3), rejections=reasons, validation=4.0))
    return view


def test_before_the_start_it_says_what_is_done(drawn) -> None:
    assert "judging the seed program" in drawn(LiveView(Progress(), SCALE, lambda: 0.0))


def test_it_shows_best_gain_rates_rejections_and_operators(story, drawn) -> None:
    text = drawn(view_of(story))
    for part in (
        "packing · packing-1",
        "2.000    50.0 % better than the seed program (4.000)",
        "4.000    20.0 % better than the seed program (5.000)",
        "mean score, % excess; smaller is better",
        "500 at 50/s · 100 judged at 10/s",
        "50.0 % · 10 s left",
        "duplicate behaviour 50.0 %",
        "nudge 100 %",
        "seed 7 · 2 workers · sandbox full",
    ):
        assert part in text, part


def test_a_maximised_score_has_its_own_sign(story, drawn) -> None:
    view = LiveView(Progress(), Scale("maximize", "mean"), lambda: 0.0)
    view.see(story.started(seed_loss=-2.0, direction="maximize"))
    view.see(story.told(-3.0, Spent(1.0, 10)))
    assert "3.000    50.0 % better than the seed program (2.000)" in drawn(view)


def test_the_budget_of_time_goes_on_between_events(story, drawn) -> None:
    now = [0.0]
    view = LiveView(Progress(), SCALE, lambda: now[0])
    view.see(story.started(budget=Budget(seconds=60.0)))
    now[0] = 15.0
    assert "25.0 % · 45 s left" in drawn(view)


def test_a_stop_is_answered(story, drawn) -> None:
    view = view_of(story)
    view.stopping = True
    assert STOPPING in drawn(view)


def test_every_line_fits_the_terminal(story, drawn) -> None:
    view = view_of(story)
    view.see(Notice("baseline", "baseline x is rejected: \x1b[31m " + "word " * 40))
    for width in (30, 50, 80, 200):
        lines = drawn(view, width).splitlines()
        assert max(map(len, lines)) <= min(width, 100)
        assert "\x1b" not in "".join(lines)


def test_a_low_terminal_does_without_the_curve(story, drawn) -> None:
    view = view_of(story)
    high, low = drawn(view, height=30), drawn(view, height=12)
    assert any("\u2801" <= character <= "\u28ff" for character in high)
    assert not any("\u2801" <= character <= "\u28ff" for character in low)


def test_events_may_come_while_it_is_drawn(story, drawn) -> None:
    view = view_of(story)
    names = [Rejection(reason) for reason in Rejection]

    def tell() -> None:
        for step in range(300):
            reason = names[step % len(names)]
            view.see(
                story.told(2.0, Spent(10.0 + step, 500 + step), operator=f"o{step}", rejections=(reason,))
            )

    thread = threading.Thread(target=tell)
    thread.start()
    while thread.is_alive():
        assert "packing-1" in drawn(view)
    thread.join()
    assert "799" in drawn(view)
