"""Writers that are killed, writers that meet, and readers beside them: real processes, real files."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from provolve.errors import StoreError
from provolve.store import create_run, list_runs, open_reader, open_writer

PREAMBLE = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import Samples
from provolve.store import create_run, open_reader, open_writer
runs, samples = Path({runs!r}), Samples()
"""


def start(runs: Path, body: str, **pipes: int) -> subprocess.Popen[str]:
    source = PREAMBLE.format(tests=str(Path(__file__).parent), runs=str(runs)) + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **pipes
    )


def finish(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


WRITE_FOR_EVER = """
    writer = open_writer(runs, "r")
    ask = int(sys.argv[1]) if len(sys.argv) > 1 else writer._last_ask + 1
    while True:
        for _ in range(3):
            writer.add_ask(*samples.ask(ask, [1.0 / (ask + 1)] * 20))
            ask += 1
        if ask % 4 == 0:
            writer.put_snapshot(ask - 1, b"s" * 5000)
        writer.commit()
        print(ask - 1, flush=True)
"""


def test_what_was_committed_outlives_kill_9_at_any_moment(tmp_path, samples):
    rng = random.Random(1)
    create_run(tmp_path, "r", samples.spec()).close()
    told = -1
    for _ in range(6):
        process = start(tmp_path, WRITE_FOR_EVER)
        promised = told
        for _ in range(rng.randint(1, 40)):
            promised = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        # The last line may be torn; a torn number would be too small to matter.
        promised = max([promised, *map(int, rest.split("\n")[:-1])])
        with open_reader(tmp_path, "r") as reader:
            told = reader.told()
            asks = [(ask, list(verdicts)) for ask, verdicts in reader.verdicts()]
            snapshot = reader.snapshot()
        assert told >= promised
        assert [ask.ask for ask, _ in asks] == list(range(told + 1))
        assert asks[-1] == samples.ask(told, [1.0 / (told + 1)] * 20)
        assert snapshot is None or snapshot[1] == b"s" * 5000
        with open_writer(tmp_path, "r") as writer:
            writer.add_ask(*samples.ask(told + 1, [1.0 / (told + 2)] * 20))
        told += 1
    connection = sqlite3.connect(tmp_path / "r.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_listing_a_killed_run_does_not_change_when_it_was_written(tmp_path, samples):
    create_run(tmp_path, "r", samples.spec()).close()
    process = start(tmp_path, WRITE_FOR_EVER)
    process.stdout.readline()
    finish(process)
    for path in tmp_path.iterdir():
        os.utime(path, (1000, 1000))
    assert [(run.status, run.when) for run in list_runs(tmp_path) * 2] == [("stopped", 1000.0)] * 2
    assert list_runs(tmp_path)[0].when == 1000.0


def test_readers_read_while_the_writer_writes(tmp_path, samples):
    create_run(tmp_path, "r", samples.spec()).close()
    process = start(tmp_path, WRITE_FOR_EVER)
    try:
        process.stdout.readline()
        with open_reader(tmp_path, "r") as reader:
            last = -1
            for _ in range(20):
                promised = int(process.stdout.readline())
                seen = [ask.ask for ask, verdicts in reader.verdicts(last + 1) if len(verdicts) == 20]
                assert seen == list(range(last + 1, last + 1 + len(seen)))
                last += len(seen)
                assert last >= promised
    finally:
        finish(process)


def test_a_second_writer_is_refused_with_the_pid_of_the_first(tmp_path, samples):
    create_run(tmp_path, "r", samples.spec()).close()
    process = start(tmp_path, "writer = open_writer(runs, 'r'); print('ready', flush=True); input()")
    try:
        process.stdout.readline()
        with pytest.raises(StoreError, match=f"run r is being written by process {process.pid}: wait"):
            open_writer(tmp_path, "r")
        assert [run.status for run in list_runs(tmp_path)] == ["running"]
        assert process.poll() is None
    finally:
        finish(process)
    assert [run.status for run in list_runs(tmp_path)] == ["stopped"]
    with open_writer(tmp_path, "r") as writer:
        assert writer.pending == 0


def test_a_second_writer_in_the_same_process_is_refused(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()):
        with pytest.raises(StoreError, match=f"process {os.getpid()}"):
            open_writer(tmp_path, "r")
        assert [run.status for run in list_runs(tmp_path)] == ["running"]
        # Neither the refusal nor the listing may have dropped the lock.
        probe = start(
            tmp_path,
            """
            try:
                open_writer(runs, "r")
            except Exception as error:
                print(error)
            """,
        )
        said, _ = probe.communicate()
        assert f"process {os.getpid()}" in said
    open_writer(tmp_path, "r").close()


def test_a_child_that_outlives_the_killed_owner_does_not_keep_the_lock(tmp_path, samples):
    create_run(tmp_path, "r", samples.spec()).close()
    process = start(
        tmp_path,
        """
        writer = open_writer(runs, "r")
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        print(child, flush=True)
        input()
        """,
    )
    child = int(process.stdout.readline())
    try:
        process.kill()
        process.wait()
        os.kill(child, 0)
        with open_writer(tmp_path, "r") as writer:
            assert writer.name == "r"
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()


def test_a_forked_child_that_closes_the_writer_leaves_the_parents_lock(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        child = os.fork()
        if child == 0:
            try:
                writer._lock.release()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert (tmp_path / "r.lock").exists()
        assert [run.status for run in list_runs(tmp_path)] == ["running"]


def test_runs_created_at_once_get_names_of_their_own(tmp_path):
    body = """
    input()
    for _ in range(10):
        with create_run(runs, None, samples.spec()) as writer:
            print(writer.name)
    """
    processes = [start(tmp_path, body) for _ in range(3)]
    said = [process.communicate("go\n")[0].split() for process in processes]
    names = [name for names in said for name in names]
    assert len(set(names)) == len(names) == 30
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(names)
