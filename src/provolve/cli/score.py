"""``provolve score``: what samples of code generators are worth."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provolve.cli.group import STOPPED, silence_stdout
from provolve.cli.interrupts import Interrupts
from provolve.cli.options import workers_option
from provolve.errors import UsageError

if TYPE_CHECKING:
    from provolve.engine.samples.files import Samples
    from provolve.engine.samples.results import Results
    from provolve.engine.samples.scoring import News, Plan

_KS = (1, 10)
_EXAMPLE_SECONDS = 0.5
_EXAMPLE_OUT = Path("example.scores.jsonl")


@click.command(short_help="Score samples of code generators: pass@k, eff@k.")
@click.argument("samples", type=click.Path(path_type=Path), required=False)
@click.option("--tests", type=click.Path(path_type=Path), help="JSON lines: the tests of each task.")
@click.option(
    "--k", "ks", metavar="K,…", help="For pass@k and eff@k; 1 and 10 where there are enough samples."
)
@workers_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File of results, by which a killed scoring goes on; beside SAMPLES if left out.",
)
@click.option(
    "--cpu-seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="CPU time for one input, five times as much on the wall clock; 2, for the example 0.5.",
)
@click.option(
    "--memory", type=click.IntRange(min=1), default=512, show_default=True, help="MiB that a sample may add."
)
@click.option(
    "--repetitions", type=click.IntRange(min=1), default=5, show_default=True, help="Timings of each sample."
)
@click.option("--example", is_flag=True, help="Score the example: twenty problems, five solvers.")
@click.option(
    "--write-example",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the example's files into a folder and end.",
)
@click.option(
    "--allow-weak-sandbox", "weak", is_flag=True, help="Run samples even where the sandbox is not strong."
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output, and nothing else.")
def command(
    samples: Path | None,
    tests: Path | None,
    ks: str | None,
    workers: int | None,
    out: Path | None,
    cpu_seconds: float | None,
    memory: int,
    repetitions: int,
    example: bool,
    write_example: Path | None,
    weak: bool,
    as_json: bool,
) -> int:
    """Run SAMPLES, JSON lines as of HumanEval or EvalPlus, on their --tests and print how good they are.

    Samples run confined and are judged from outside, by answers that they never see; only tests that are code
    run beside them, which the table calls self-judged. Where there are references and levels of inputs, right
    samples are timed. The same call again goes on where a stopped one was.
    """
    from provolve.engine.samples.example import write_example as write

    if write_example is not None:
        for path in write(write_example):
            click.echo(f"wrote {path}")
        return 0
    from provolve.engine.api import default_workers
    from provolve.engine.samples.files import require_samples
    from provolve.engine.samples.runner import Limits
    from provolve.engine.samples.scoring import Plan
    from provolve.engine.samples.summary import usable_ks

    loaded, out = _load(samples, tests, out, example=example)
    wanted = _numbers(ks) if ks else usable_ks(loaded, _KS)
    require_samples(loaded, wanted)
    seconds = cpu_seconds or (_EXAMPLE_SECONDS if example else Limits().cpu_seconds)
    plan = Plan(Limits(seconds, memory), repetitions, workers or default_workers(), weak)
    return _carry_out(loaded, out, plan, wanted, as_json=as_json)


def _load(
    samples: Path | None, tests: Path | None, out: Path | None, *, example: bool
) -> tuple[Samples, Path]:
    from provolve.engine.samples.example import example as load_example
    from provolve.engine.samples.files import read_samples

    if example:
        if samples is not None or tests is not None:
            raise UsageError("--example brings samples and tests of its own: leave SAMPLES and --tests out")
        return load_example(), _in_folder(out or _EXAMPLE_OUT)
    if samples is None or tests is None:
        raise UsageError(
            "say what to score: `provolve score SAMPLES --tests TESTS`; --example shows how it looks, "
            "--write-example FOLDER what the files are"
        )
    name = samples.name.removesuffix(".gz").removesuffix(".jsonl")
    return read_samples(samples, tests), _in_folder(out or samples.with_name(f"{name}.scores.jsonl"))


def _in_folder(out: Path) -> Path:
    if out.is_dir():
        raise UsageError(f"{out} is a folder: name a file in it")
    if not out.parent.is_dir():
        raise UsageError(f"the folder {out.parent} is not there: make it, or choose another --out")
    return out


def _numbers(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise UsageError(f"--k {text!r} is not understood: write whole numbers from 1 on, as in --k 1,10")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _carry_out(samples: Samples, out: Path, plan: Plan, ks: Sequence[int], *, as_json: bool) -> int:
    from provolve.engine.samples.scoring import score

    stop = threading.Event()
    results: Results | None = None
    with Interrupts(stop, lambda: _say("stopping after what is under way")):
        try:
            with _view(as_json=as_json) as see:
                results = score(samples, out, plan, see, stop)
        except KeyboardInterrupt:
            pass  # the second Ctrl-C: what is in the file stands
        except BrokenPipeError:
            silence_stdout()
    if results is None:
        _say(f"stopped; the same command goes on from {out}")
        return STOPPED
    _show(samples, results, out, ks, as_json=as_json)
    return 0


def _say(text: str) -> None:
    click.echo(f"provolve: {text}", err=True)


@contextlib.contextmanager
def _view(*, as_json: bool) -> Iterator[Callable[[News], None]]:
    """Yield what is told the news: JSON lines, a bar in a terminal, or plain lines."""
    from provolve.cli.output import console
    from provolve.report.scores import ScoreBar, ScoreLines, news_to_json

    terminal = console()
    if as_json:
        yield lambda news: click.echo(news_to_json(news))
    elif terminal.is_terminal and not terminal.is_dumb_terminal:
        with ScoreBar(terminal) as bar:
            yield bar.see
    else:
        yield ScoreLines(time.monotonic, click.echo).see


def _show(samples: Samples, results: Results, out: Path, ks: Sequence[int], *, as_json: bool) -> None:
    from provolve.cli.output import console
    from provolve.engine.samples.summary import summarize
    from provolve.report.scores import scores_report, summary_to_json

    summaries = summarize(samples, results, ks)
    if as_json:
        for summary in summaries:
            click.echo(summary_to_json(summary))
        return
    terminal = console()
    terminal.print(scores_report(summaries))
    terminal.print(f"\nEvery verdict and timing is in {out}")
