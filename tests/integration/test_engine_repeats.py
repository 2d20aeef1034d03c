"""Same seed, same run: whatever the number of workers, stopped, killed and resumed."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

import provolve
from exported import canonical
from guess_task import errors_of
from living import alive
from provolve.engine.conduct import Conduct
from provolve.engine.planning import make_spec
from provolve.engine.run import resume_run, start_run
from provolve.record import AskTold, Budget, Finished
from provolve.store import RunReader
from provolve.task import load
from provolve.testing import FakeExecutor

TASK = """
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# ///
# %% judge
def instances(split, count, rng):
    for _ in range(count):
        yield float(rng.normal())

def score(instance, answer):
    return abs(answer - (3.5 * instance + instance * instance))
# %% program
# EVOLVE-BLOCK-START
def guess(x):
    return 1.0 * x + 0.5
# EVOLVE-BLOCK-END
"""


def fake_score(split: str, source: str) -> list[float]:
    points = {"train": (-2.0, -0.5, 1.0, 3.0), "validation": (0.3, 2.0), "test": (-1.0, 0.7, 4.0)}[split]
    return errors_of(source, points)


def run_fake(
    task_file: Path, runs: Path, workers: int, *, candidates: int = 600, stop=None, listener=None, clock=None
):
    task = load(task_file)
    delays = random.Random(workers)

    def heavy_tail() -> float:
        return min(0.15, 0.0005 * delays.paretovariate(0.8))

    def executor(opening, count):
        return FakeExecutor(task.program, fake_score, workers=count, delay=heavy_tail)

    conduct = Conduct(
        workers,
        listener or (lambda event: None),
        stop or threading.Event(),
        executor=executor,
        clock=clock or time.monotonic,
    )
    spec = make_spec(task, budget=Budget(candidates=candidates), seed=11)
    return start_run(task, spec, conduct, runs=runs), conduct


def test_number_of_workers_changes_nothing(task_file: Path, tmp_path: Path) -> None:
    exports = []
    for workers in (1, 2, 4):
        outcome, _ = run_fake(task_file, tmp_path / str(workers), workers)
        assert outcome.reason == "budget"
        assert outcome.spent.candidates == 600
        exports.append(canonical(outcome.path))
    assert exports[0] == exports[1] == exports[2]
    assert exports[0].count("\n") > 600


def test_another_seed_is_another_run(task_file: Path, tmp_path: Path) -> None:
    one = provolve.run(task_file, budget="60candidates", seed=1, workers=1, runs=tmp_path / "a")
    two = provolve.run(task_file, budget="60candidates", seed=2, workers=1, runs=tmp_path / "b")
    assert canonical(one.path) != canonical(two.path)


def test_stopped_and_resumed_is_the_unbroken_run(task_file: Path, tmp_path: Path) -> None:
    whole, conduct = run_fake(task_file, tmp_path / "whole", 2)
    stop = threading.Event()

    def after_some(event) -> None:
        if isinstance(event, AskTold) and event.ask >= 12:
            stop.set()

    cut, conduct = run_fake(task_file, tmp_path / "cut", 2, stop=stop, listener=after_some)
    assert cut.reason == "stopped"
    assert cut.spent.candidates < 600
    going_on = Conduct(2, executor=conduct.executor)
    resumed = resume_run(tmp_path / "cut", cut.run, going_on)
    assert resumed.reason == "budget"
    assert canonical(resumed.path) == canonical(whole.path)
    assert resumed.champion == whole.champion


def test_resumed_from_a_snapshot_is_the_unbroken_run(task_file: Path, tmp_path: Path) -> None:
    """A clock that leaps makes a snapshot after every ask; the run is cut several times."""
    whole, conduct = run_fake(task_file, tmp_path / "whole", 2)
    seconds = itertools.count(step=7.0)
    cut = None
    for end in (9, 16, 33):
        stop = threading.Event()

        def after_some(event, stop=stop, end=end) -> None:
            if isinstance(event, AskTold) and event.ask >= end:
                stop.set()

        if cut is None:
            cut, _ = run_fake(
                task_file, tmp_path / "cut", 2, stop=stop, listener=after_some, clock=lambda: next(seconds)
            )
        else:
            going_on = Conduct(2, after_some, stop, clock=lambda: next(seconds), executor=conduct.executor)
            cut = resume_run(tmp_path / "cut", cut.run, going_on)
        assert cut.reason == "stopped"
    with RunReader(Path(cut.path)) as reader:
        kept = reader.snapshot()
        assert kept is not None
        assert kept[0] > 16
    resumed = resume_run(tmp_path / "cut", cut.run, Conduct(2, executor=conduct.executor))
    assert resumed.reason == "budget"
    assert canonical(resumed.path) == canonical(whole.path)
    assert resumed.champion == whole.champion


def test_real_workers_agree(task_file: Path, tmp_path: Path) -> None:
    exports = []
    for workers in (1, 2, 4):
        run = provolve.run(
            task_file, budget="200candidates", seed=5, workers=workers, runs=tmp_path / str(workers)
        )
        exports.append(canonical(run.path))
    assert exports[0] == exports[1] == exports[2]


def spawn(runs: Path, *command: str) -> subprocess.Popen:
    return subprocess.Popen(
        arguments(runs, *command),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def arguments(runs: Path, *command: str) -> list[str]:
    return [sys.executable, "-m", "provolve", *command, "--json", "--workers", "2", "--runs", str(runs)]


def test_killed_ten_times_and_resumed_is_the_unbroken_run(tmp_path: Path) -> None:
    """SIGKILL at ten random moments: every announced verdict is there, and the end is the same."""
    kill_runs(tmp_path, kills=10, candidates=4000)


@pytest.mark.slow
def test_killed_a_thousand_times(tmp_path: Path) -> None:
    kill_runs(tmp_path, kills=1000, candidates=20_000)


def kill_runs(folder: Path, *, kills: int, candidates: int) -> None:
    """Carry runs of new seeds to their ends until there were ``kills`` kills in all."""
    moments = random.Random(5)
    seed = 0
    while kills > 0:
        seed += 1
        kills -= killed_run(folder / str(seed), seed=seed, candidates=candidates, moments=moments, most=kills)


def killed_run(folder: Path, *, seed: int, candidates: int, moments: random.Random, most: int) -> int:
    """Carry a run to its end through ``most`` kills or fewer, and compare it with the unbroken one."""
    budget = ("--budget", f"{candidates}candidates", "--seed", str(seed), "--name", "killed")
    small = ("--set", "items=500")
    whole = spawn(folder / "whole", "run", "bin-packing", *small, *budget)
    _, errors = whole.communicate(timeout=300)
    assert whole.returncode == 0, errors.decode()
    announced: set[int] = set()
    command: tuple[str, ...] = ("run", "bin-packing", *small, *budget)
    kills, returned = 0, -signal.SIGKILL
    while returned == -signal.SIGKILL:
        process = spawn(folder / "cut", *command)
        timer = threading.Timer(moments.uniform(0.5, 2.5), os.killpg, (process.pid, signal.SIGKILL))
        if kills < most:
            timer.start()
        text, errors = process.communicate(timeout=300)
        timer.cancel()
        announced |= asks_in(text)
        returned = process.returncode
        if returned == 2 and b"is finished" in errors:  # killed between its last commit and its end
            break
        assert returned in (0, -signal.SIGKILL), errors.decode()
        kills += returned != 0
        if (folder / "cut" / "killed.db").exists():
            command = ("resume", "killed")
    with RunReader(folder / "cut" / "killed.db") as reader:
        kept = {record.ask for record, _ in reader.verdicts()}
    assert announced <= kept
    assert canonical(folder / "cut" / "killed.db") == canonical(folder / "whole" / "killed.db")
    return kills


def test_full_disk_stops_with_a_message_and_loses_nothing(task_file: Path, tmp_path: Path) -> None:
    """No file may grow beyond 300 kB: the run ends with exit code 1, and goes on when there is room."""
    command = ("run", str(task_file), "--budget", "1500candidates", "--seed", "2", "--name", "full")
    limited = subprocess.run(
        ["prlimit", f"--fsize={300_000}", *arguments(tmp_path / "cut", *command)],
        capture_output=True,
        timeout=240,
        check=False,
    )
    assert limited.returncode == 1
    message = limited.stderr.decode()
    assert "full.db could not be written" in message
    assert "Traceback" not in message
    for folder, rest in (("cut", ("resume", "full")), ("whole", command)):
        subprocess.run(arguments(tmp_path / folder, *rest), capture_output=True, timeout=240, check=True)
    announced = asks_in(limited.stdout)
    with RunReader(tmp_path / "cut" / "full.db") as reader:
        assert announced <= {record.ask for record, _ in reader.verdicts()}
    assert announced
    assert canonical(tmp_path / "cut" / "full.db") == canonical(tmp_path / "whole" / "full.db")


def asks_in(text: bytes) -> set[int]:
    asks = set()
    for line in text.split(b"\n"):
        if line.startswith(b'{"event":"told"') and line.endswith(b"}"):
            asks.add(msgspec.json.decode(line)["ask"])
    return asks


def test_workers_end_with_their_engine(task_file: Path, tmp_path: Path) -> None:
    process = spawn(tmp_path / "runs", "run", str(task_file), "--budget", "60s", "--seed", "1")
    assert process.stdout is not None
    process.stdout.readline()
    before = descendants(process.pid)
    assert before
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stderr.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(map(alive, before)):
        time.sleep(0.05)
    assert not any(map(alive, before))


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                waiting += (new := [int(word) for word in children.read_text().split()])
            except OSError:
                continue
            found += new
    return found


def test_finished_event_comes_last(task_file: Path, tmp_path: Path) -> None:
    events: list = []
    provolve.run(task_file, budget="40candidates", seed=1, workers=1, runs=tmp_path, listener=events.append)
    assert isinstance(events[-1], Finished)
    assert [type(event).__name__ for event in events[-2:]] == ["ChampionChosen", "Finished"]
