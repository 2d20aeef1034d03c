"""A run told in plain lines, for output that is no terminal."""

from __future__ import annotations

from collections.abc import Callable

from provolve.record import AskTold, ChampionChosen, EpochBegan, Event, Notice, RunStarted
from provolve.report.live import setting
from provolve.report.numbers import count, duration, signed_percent
from provolve.report.progress import Progress, grown
from provolve.report.scale import Scale
from provolve.report.text import one_line
from provolve.report.word import LAST_WORD, marked

EVERY = 0.5
"""Least seconds between two lines about progress."""
QUIET = 30.0
"""After so many seconds without an improvement a line tells that the run goes on."""


class Lines:
    """Turns events into lines and passes each to ``emit``; improvements at most twice a second."""

    def __init__(
        self, progress: Progress, scale: Scale, clock: Callable[[], float], emit: Callable[[str], None]
    ) -> None:
        self._progress = progress
        self._scale = scale
        self._clock = clock
        self._emit = emit
        self._shown: float | None = None
        self._at = clock() - EVERY

    def see(self, event: Event) -> None:
        """Take in one event."""
        self._progress.see(event)
        match event:
            case RunStarted():
                self._begin(event)
            case AskTold():
                self._maybe()
            case EpochBegan():
                self.flush()
                self._emit(
                    f"{grown(event)}; on them the seed program has {self._scale.shown(event.seed_loss)}"
                )
            case Notice():
                self._emit(f"note: {one_line(event.text, 400)}")
            case ChampionChosen():
                self.flush()
                started = self._progress.started
                last = LAST_WORD if started is not None and started.self_judged else "opening the sealed test"
                self._emit(f"the champion is chosen; {last}")

    def flush(self) -> None:
        """Tell the latest improvement if it has not been told."""
        if self._progress.best is not None and self._progress.best != self._shown:
            self._tell()

    def _begin(self, started: RunStarted) -> None:
        verb = "goes on" if started.resumed else "starts"
        self._emit(
            f"run {one_line(started.run)} {verb}: task {one_line(started.task)}, budget {started.budget}"
        )
        self._emit(setting(started))
        self._emit(
            f"seed program on train: {self._scale.shown(started.seed_loss)} "
            f"({one_line(self._scale.meaning)}; {self._scale.better})"
        )
        self._shown = self._progress.best

    def _maybe(self) -> None:
        quiet = self._clock() - self._at
        if quiet >= (EVERY if self._progress.best != self._shown else QUIET):
            self._tell()

    def _tell(self) -> None:
        progress = self._progress
        self._shown, self._at = progress.best, self._clock()
        parts = [duration(progress.spent.seconds), f"{count(progress.spent.candidates)} candidates"]
        if progress.best is not None and progress.started is not None:
            name = marked("train", progress.started.self_judged)
            parts.append(f"{name} {self._score(progress.best, progress.started.seed_loss)}")
        if progress.best_validation is not None:
            parts.append(f"validation {self._score(progress.best_validation, progress.seed_validation)}")
        self._emit("  ".join(parts))

    def _score(self, loss: float, seed_loss: float | None) -> str:
        gain = None if seed_loss is None else self._scale.gain(loss, seed_loss)
        shown = self._scale.shown(loss)
        return shown if gain is None else f"{shown} ({signed_percent(gain)})"
