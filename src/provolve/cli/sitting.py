"""One sitting over a run: its view, its interruptions, its ending and its exit code."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from provolve.cli.group import STOPPED, silence_stdout
from provolve.cli.interrupts import Interrupts
from provolve.cli.output import console
from provolve.record import Event, Finished, Notice, RunStarted, event_to_json

if TYPE_CHECKING:
    from provolve.engine.conduct import Conduct
    from provolve.report.progress import Progress
    from provolve.task import Task


class View(Protocol):
    """Shows a run while it goes."""

    def see(self, event: Event) -> None:
        """Take in one event."""

    def stopping(self) -> None:
        """Say that a stop was asked for; called in a signal handler."""

    def end(self, finished: Finished | None, run: str) -> None:
        """Show how it ended; ``finished`` is None where the run was stopped."""

    def shown(self) -> AbstractContextManager[None]:
        """Show it while the context is entered."""


def carry_out(
    go: Callable[[Conduct], object],
    *,
    task: Task | None,
    runs: Path,
    workers: int | None,
    allow_weak_sandbox: bool,
    as_json: bool,
    err: bool = False,
) -> int:
    """Have the engine carry out a run and show it; return the exit code.

    Args:
        go: calls the engine with the conduct it is given.
        task: the task, for what its scores mean; None where it cannot be read.
        runs: folder of runs.
        workers: processes that judge, all processors where None.
        allow_weak_sandbox: whether a self-judged task may run where only ``partial`` or ``none`` holds.
        as_json: whether to print events as JSON in place of people's output.
        err: whether people's output goes to standard error.
    """
    from provolve.engine.api import default_workers
    from provolve.engine.conduct import Conduct

    view: View = JsonView() if as_json else PeopleView(task, runs, err=err)
    stop = threading.Event()
    last = _Last(view)
    with Interrupts(stop, view.stopping):
        try:
            with view.shown():
                go(
                    Conduct(
                        workers or default_workers(),
                        last.see,
                        stop,
                        allow_weak_sandbox=allow_weak_sandbox,
                    )
                )
            # Here, so that a second Ctrl-C does not cut it short with a code of its own.
            view.end(last.finished, last.run)
        except KeyboardInterrupt:
            view.end(last.finished, last.run)  # the second Ctrl-C: what was committed stands
        except BrokenPipeError:
            silence_stdout()
            click.echo(f"provolve: nobody reads the output any more; {stopped_notice(last.run)}", err=True)
            return STOPPED
    return 0 if last.finished is not None else STOPPED


class _Last:
    """Passes events on, and keeps what the ending needs."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.run = ""
        self.finished: Finished | None = None

    def see(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.run = event.run
        elif isinstance(event, Finished):
            self.finished = event
        self._view.see(event)


def stopped_notice(run: str, progress: Progress | None = None) -> str:
    """Return what is said of a run that was stopped."""
    from provolve.report.ending import stopped_text

    return stopped_text(run, None if progress is None or progress.started is None else progress.spent)


def _warn_stopping() -> None:
    from provolve.report.live import STOPPING

    with contextlib.suppress(OSError):
        # Not through sys.stderr: its buffer may be in the middle of a write.
        os.write(2, f"provolve: {STOPPING}\n".encode())


class JsonView:
    """One event a line on standard output, flushed, and nothing else."""

    def see(self, event: Event) -> None:
        """Print the event."""
        click.echo(event_to_json(event))

    def stopping(self) -> None:
        """Say so on standard error."""
        _warn_stopping()

    def end(self, finished: Finished | None, run: str) -> None:
        """Print a notice as the last line where the run was stopped."""
        if finished is None:
            self.see(Notice("stopped", stopped_notice(run)))

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Show nothing more."""
        yield


class PeopleView:
    """The live view in a terminal, plain lines elsewhere, and the report at the end."""

    def __init__(self, task: Task | None, runs: Path, *, err: bool = False) -> None:
        from provolve.report.lines import Lines
        from provolve.report.live import LiveView
        from provolve.report.progress import Progress
        from provolve.report.scale import Scale

        self._task = task
        self._runs = runs
        self._console = console(err=err)
        self._progress = Progress()
        self._scale = Scale("minimize") if task is None else Scale.of(task.settings)
        self._live: LiveView | None = None
        self._lines: Lines | None = None
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = LiveView(self._progress, self._scale, time.monotonic)
        else:
            self._lines = Lines(self._progress, self._scale, time.monotonic, partial(click.echo, err=err))

    def see(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, RunStarted):
            self._recall(event)
        view = self._live or self._lines
        if view is not None:
            view.see(event)

    def _recall(self, started: RunStarted) -> None:
        from provolve.report.recall import recall

        settings = None if self._task is None else self._task.settings
        recall(self._progress, self._runs / f"{started.run}.db", settings, resumed=started.resumed)

    def stopping(self) -> None:
        """Say that a stop was asked for."""
        if self._live is not None:
            self._live.stopping = True
        else:
            _warn_stopping()

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Draw the live view over itself while the run goes; it makes room for the report."""
        from rich.live import Live

        from provolve.report.live import REFRESH_PER_SECOND

        if self._live is None:
            yield
            return
        with Live(self._live, console=self._console, refresh_per_second=REFRESH_PER_SECOND, transient=True):
            yield

    def end(self, finished: Finished | None, run: str) -> None:
        """Print the report, or that the run was stopped and how it goes on."""
        from provolve.report.claim import published_beside
        from provolve.report.ending import ending
        from provolve.task.loading import is_own

        if self._lines is not None:
            self._lines.flush()
        if finished is None or self._progress.started is None:
            self._console.print(stopped_notice(run, self._progress))
            return
        published = published_beside(self._task)
        self._console.print()
        writable = self._task is None or is_own(self._task.reference)
        self._console.print(
            ending(finished, self._progress.started, self._scale, published, writable=writable)
        )
