"""The command in a real terminal and in real pipes: live view, interruptions, colours, closed pipes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect")

TASK = """\
# /// task
# direction = "maximize"
# answer = "certificate"
# aggregate = "mean"
# unit = "points"
# [splits]
# train = 2
# validation = 2
# test = 30
# ///
# %% judge
def instances(split, count, rng):
    return [float(value) for value in rng.normal(0.0, 0.01, count)]
def score(instance, answer):
    return -abs(float(answer) - 0.577215 - instance)
# %% program
# EVOLVE-BLOCK-START
def guess(x):
    return 10.0 + x * 0.0
# EVOLVE-BLOCK-END
"""
PROVOLVE = [sys.executable, "-c", "from provolve.cli import main; main()"]
LONG = ["run", "guess.py", "--budget", "10m", "--seed", "1", "--name", "r"]
PATIENCE = 90
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "guess.py").write_text(TASK)
    return tmp_path


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
    return {**kept, "TERM": "xterm-256color", **changes}


def in_terminal(folder: Path, arguments: list[str], *, columns: int = 80, **env: str):
    return pexpect.spawn(
        PROVOLVE[0],
        [*PROVOLVE[1:], *arguments],
        cwd=str(folder),
        dimensions=(30, columns),
        encoding="utf-8",
        codec_errors="replace",  # the terminal echoes ^C in the middle of a character
        timeout=PATIENCE,
        env=environment(**env),
    )


def start(folder: Path, arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROVOLVE, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def rest(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what is left to read of both outputs at the end; `communicate` would lose what is buffered."""
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        out, err = process.stdout.read(), process.stderr.read()
    process.wait(timeout=PATIENCE)
    return out, err


def ended(terminal) -> tuple[int, str]:
    """Wait for the end; return the exit code and what was shown since the last match, without sequences."""
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus, SEQUENCE.sub("", terminal.before)


def run_to_end(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROVOLVE, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
        env=environment(),
    )


def test_the_live_view_makes_room_for_the_report(folder: Path) -> None:
    terminal = in_terminal(folder, ["run", "guess.py", "--budget", "2s", "--seed", "1", "--name", "r"])
    for part in ("guess · r", "train", "better", "budget", "candidates", "rejections", "operators"):
        terminal.expect_exact(part)
    code, text = ended(terminal)
    assert code == 0
    assert "The champion is better than the seed program" in " ".join(text.split())
    assert "provolve verify r" in text


def test_every_line_of_the_live_view_fits_a_narrow_terminal(folder: Path) -> None:
    terminal = in_terminal(
        folder, ["run", "guess.py", "--budget", "1s", "--seed", "1", "--name", "r"], columns=44
    )
    code, text = ended(terminal)
    assert code == 0
    framed = [line for line in re.split(r"[\r\n]+", text) if line.startswith(("╭", "│", "╰"))]
    assert framed
    assert {len(line) for line in framed} == {44}


def test_no_color_is_respected(folder: Path) -> None:
    terminal = in_terminal(
        folder, ["run", "guess.py", "--budget", "1s", "--seed", "1", "--name", "r"], NO_COLOR="1"
    )
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert "guess · r" in terminal.before
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", terminal.before)


def test_ctrl_c_once_finishes_what_is_in_flight_and_the_run_goes_on(folder: Path) -> None:
    terminal = in_terminal(folder, LONG)
    terminal.expect_exact("better")
    terminal.sendintr()
    code, text = ended(terminal)
    assert code == 3, text
    assert "To go on: provolve resume r" in " ".join(text.split())
    assert "Traceback" not in text
    resumed = run_to_end(folder, "resume", "--budget", "3s", "--workers", "1")
    assert resumed.returncode == 0, resumed.stderr
    assert "run r (the newest that can go on)" in resumed.stderr
    assert resumed.stdout.startswith("run r goes on: task guess, budget 3s\n")
    assert "\x1b" not in resumed.stdout


def test_ctrl_c_twice_stops_at_once_and_the_run_goes_on(folder: Path) -> None:
    (folder / "guess.py").write_text(
        TASK.replace("    return -abs", "    import time\n    time.sleep(0.1)\n    return -abs")
    )
    terminal = in_terminal(folder, LONG)
    terminal.expect_exact("searching")
    terminal.sendintr()
    terminal.expect_exact("finishing what is in flight")
    began = time.monotonic()
    terminal.sendintr()
    code, text = ended(terminal)
    assert code == 3, text
    # What is in flight, 64 candidates of which each takes 0.2 s on two workers, would take twice as long.
    assert time.monotonic() - began < 3
    assert "provolve resume r" in " ".join(text.split())
    assert "Traceback" not in text
    assert "stopped" in run_to_end(folder, "runs").stdout


def test_sigterm_is_a_ctrl_c(folder: Path) -> None:
    process = start(folder, LONG)
    assert process.stdout is not None
    while (line := process.stdout.readline()) and "candidates" not in line:
        pass
    process.send_signal(signal.SIGTERM)
    out, err = rest(process)
    assert process.returncode == 3, err
    assert "finishing what is in flight; Ctrl-C again stops at once" in err
    assert "provolve resume r" in " ".join(out.split())


def test_a_stopped_run_ends_its_json_with_a_notice(folder: Path) -> None:
    process = start(folder, [*LONG, "--json"])
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(5)]
    process.send_signal(signal.SIGINT)
    out, _ = rest(process)
    events = [json.loads(line) for line in [*lines, *out.splitlines()]]
    assert process.returncode == 3
    assert (events[-1]["event"], events[-1]["topic"]) == ("notice", "stopped")
    assert "provolve resume r" in events[-1]["text"]
    assert all(event["event"] != "finished" for event in events)


def test_every_announced_verdict_is_in_the_record(folder: Path) -> None:
    from provolve.store import open_reader

    process = start(folder, [*LONG, "--json"])
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(40)]
    process.kill()
    out, _ = rest(process)
    whole = [line for line in "".join([*lines, out]).splitlines(keepends=True) if line.endswith("\n")]
    told = [json.loads(line) for line in whole]
    announced = {event["ask"]: len(event["verdicts"]) for event in told if event["event"] == "told"}
    with open_reader(folder / ".provolve" / "runs", "r") as reader:
        recorded = {ask.ask: len(verdicts) for ask, verdicts in reader.verdicts(1)}
    assert announced
    assert announced.items() <= recorded.items()


def test_a_closed_pipe_stops_the_run_quietly(folder: Path) -> None:
    process = start(folder, [*LONG, "--json"])
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait(timeout=PATIENCE)
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.returncode == 3
    assert "provolve resume r" in err
    assert "BrokenPipe" not in err
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_news_elsewhere(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PROVOLVE, "show", "guess.py"],
        cwd=folder,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        env=environment(),
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 1


def test_apply_asks_in_a_terminal(folder: Path) -> None:
    assert run_to_end(folder, "run", "guess.py", "--budget", "300candidates", "--seed", "1").returncode == 0
    terminal = in_terminal(folder, ["apply"])
    terminal.expect_exact("return 10.0")
    terminal.expect_exact("[y/N]:")
    terminal.sendline("y")
    code, text = ended(terminal)
    assert code == 0
    assert "is written" in text
    assert "return 10.0 + x * 0.0" not in (folder / "guess.py").read_text()
