"""The live view of a run in a terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from rich.box import ROUNDED
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from provolve.record import Event, RunStarted
from provolve.report.curve import curve, steps
from provolve.report.numbers import count, duration, percent, rate
from provolve.report.progress import Progress
from provolve.report.scale import Scale
from provolve.report.text import one_line
from provolve.report.word import LAST_WORD, MARK

REFRESH_PER_SECOND = 6
STOPPING = "finishing what is in flight; Ctrl-C again stops at once"
_WIDEST = 100
_LABEL = 10
_CURVE_ROWS = 5
_ROOM_FOR_CURVE = 18
_PHASES = {
    "starting": "judging the seed program and the baselines",
    "searching": "searching",
    "testing": "the champion is chosen; opening the sealed test",
    "finished": "finished",
}


class LiveView:
    """A renderable that always shows the latest: tell it events, and have ``rich.live.Live`` draw it.

    Events may come by the thousand, from another thread than the one that draws.
    """

    def __init__(self, progress: Progress, scale: Scale, clock: Callable[[], float]) -> None:
        self.stopping = False
        """Whether a stop was asked for; may be set from a signal handler."""
        self._progress = progress
        self._scale = scale
        self._clock = clock
        self._lock = threading.Lock()
        self._seen_at = clock()
        self._spinner = Spinner("dots", style="cyan")

    def see(self, event: Event) -> None:
        """Take in one event."""
        with self._lock:
            self._progress.see(event)
            self._seen_at = self._clock()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            yield self._panel(console, min(options.max_width, _WIDEST), options.ascii_only)

    def _panel(self, console: Console, width: int, ascii_only: bool) -> RenderableType:
        started = self._progress.started
        if started is None:
            self._spinner.update(text=Text(f" {self._phase()}", "dim"))
            return self._spinner
        inner = width - 4
        parts: list[RenderableType] = [self._scores(), self._meaning()]
        if console.size.height >= _ROOM_FOR_CURVE and not ascii_only and inner >= 2 * _LABEL:
            parts += [Text(), self._curve(inner)]
        parts += [Text(), self._facts(inner)]
        return Panel(
            Group(*parts),
            box=ROUNDED,
            width=width,
            border_style="yellow" if self.stopping else "cyan",
            title=Text(f"{one_line(started.task, 40)} · {one_line(started.run, 40)}", "bold"),
            title_align="left",
            subtitle=Text(self._phase(), "yellow" if self.stopping else "dim"),
            subtitle_align="right",
        )

    def _phase(self) -> str:
        if self.stopping and self._progress.phase in ("starting", "searching"):
            return STOPPING
        started = self._progress.started
        if self._progress.phase == "testing" and started is not None and started.self_judged:
            return f"the champion is chosen; {LAST_WORD}"
        return _PHASES[self._progress.phase]

    def _scores(self) -> RenderableType:
        progress = self._progress
        started = progress.started
        grid = _grid()
        if started is not None and progress.best is not None:
            grid.add_row("train", self._score(progress.best, started.seed_loss))
        if progress.best_validation is not None:
            grid.add_row("validation", self._score(progress.best_validation, progress.seed_validation))
        return grid

    def _score(self, loss: float, seed_loss: float | None) -> Text:
        text = Text(self._scale.shown(loss).ljust(9), "bold")
        if seed_loss is None:
            return text
        gain = self._scale.gain(loss, seed_loss)
        if gain is None or gain == 0:
            return text.append(f"as the seed program ({self._scale.shown(seed_loss)})", "dim")
        word, style = ("better", "bold green") if gain > 0 else ("worse", "bold red")
        text.append(f"{percent(abs(gain))} {word} ", style)
        return text.append(f"than the seed program ({self._scale.shown(seed_loss)})", "not bold dim")

    def _meaning(self) -> RenderableType:
        grid = _grid()
        grid.add_row("", Text(f"{one_line(self._scale.meaning)}; {self._scale.better}", "dim"))
        return grid

    def _curve(self, width: int) -> RenderableType:
        points = steps([(at, self._scale.value(loss)) for at, loss in self._progress.improvements])
        end = max(self._progress.spent.candidates, 1)
        lines = curve(points, end, max(width - _LABEL - 2, 1), _CURVE_ROWS)
        high, low = max(value for _, value in points), min(value for _, value in points)
        grid = _grid()
        for row, line in enumerate(lines):
            edge = {0: high, _CURVE_ROWS - 1: low}.get(row) if high > low else None
            label = "" if edge is None else self._scale.shown(self._scale.value(edge))
            grid.add_row(Text(label, "dim"), Text(line, "cyan"))
        return grid

    def _facts(self, width: int) -> RenderableType:
        progress, spent = self._progress, self._progress.spent
        fast, judged = progress.rates()
        grid = _grid()
        grid.add_row("budget", self._budget(width - _LABEL - 2))
        grid.add_row(
            "candidates",
            Text.assemble(
                (count(spent.candidates), "bold"),
                f" at {rate(fast)} · ",
                (count(spent.judged), "bold"),
                f" judged at {rate(judged)}",
            ),
        )
        grid.add_row("rejections", _shares(progress.rejections(4)))
        grid.add_row("operators", _shares(progress.operator_shares(4)))
        grid.add_row("run", Text(self._setting(), "dim"))
        for notice in progress.notices:
            grid.add_row("note", Text(one_line(notice, 400), "yellow", no_wrap=False))
        return grid

    def _budget(self, width: int) -> RenderableType:
        since = self._clock() - self._seen_at if self._progress.phase == "searching" else 0.0
        share, left = self._progress.share_spent(since), self._progress.seconds_left(since)
        if share is None:
            return Text("no limit; Ctrl-C stops")
        note = percent(share) if left is None else f"{percent(share)} · {duration(left)} left"
        if self._progress.phase != "searching":
            note = percent(share)
        bar = ProgressBar(total=1.0, completed=share, width=max(width - 24, 8), complete_style="green")
        row = Table.grid(padding=(0, 1))
        row.add_row(bar, Text(note, no_wrap=True))
        return row

    def _setting(self) -> str:
        started = self._progress.started
        return "" if started is None else setting(started)


def setting(started: RunStarted) -> str:
    """Return how a run is carried out, on one line."""
    workers = "1 worker" if started.workers == 1 else f"{started.workers} workers"
    return (
        f"{started.proposer} with {started.strategy} · seed {started.seed} · {workers} · "
        f"sandbox {started.level}{f' · {MARK}' if started.self_judged else ''}"
    )


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", width=_LABEL, justify="right", no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    grid.expand = True
    return grid


def _shares(shares: Sequence[tuple[str, float]]) -> Text:
    if not shares:
        return Text("none so far", "dim")
    return Text(" · ").join(
        Text.assemble(one_line(name.replace("_", " "), 30), (f" {percent(share)}", "dim"))
        for name, share in shares
    )
