from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from provolve.errors import StoreError, UsageError
from provolve.store import create_run, find_run, list_runs, open_reader, open_writer
from provolve.store.schema import FORMAT


def test_runs_without_a_name_are_numbered_after_their_task(tmp_path, samples):
    folder = tmp_path / "new" / "runs"
    names = []
    for name in (None, "packing-7", None, None, "packing-x"):
        with create_run(folder, name, samples.spec()) as writer:
            names.append(writer.name)
    with create_run(folder, None, samples.spec(task_name="../odd name/")) as writer:
        names.append(writer.name)
    assert names == ["packing-1", "packing-7", "packing-8", "packing-9", "packing-x", "odd-name-1"]
    assert sorted(path.stem for path in folder.iterdir()) == sorted(names)


def test_a_number_being_taken_right_now_is_passed_over(tmp_path, samples):
    with create_run(tmp_path, None, samples.spec()) as first:
        Path(tmp_path / "packing-1.db").rename(tmp_path / "elsewhere")
        with create_run(tmp_path, None, samples.spec()) as second:
            assert (first.name, second.name) == ("packing-1", "packing-2")


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".x", "-x", "a/b", "a\\b", "a\0", "a\n", "x.db", "x" * 101, "a:b"]
)
def test_a_name_must_be_a_plain_file_name(tmp_path, samples, name):
    with pytest.raises(UsageError, match="cannot name a run"):
        create_run(tmp_path, name, samples.spec())
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_used_once(tmp_path, samples):
    with create_run(tmp_path, "mine", samples.spec(seed=1)):
        pass
    with pytest.raises(UsageError, match=r"mine is already .*provolve resume mine"):
        create_run(tmp_path, "mine", samples.spec(seed=2))
    with open_writer(tmp_path, "mine") as writer:
        assert writer.spec.seed == 1


def test_the_log_of_a_deleted_run_does_not_leak_into_a_new_one(tmp_path, samples):
    (tmp_path / "kept").mkdir()
    with create_run(tmp_path, "r", samples.spec(seed=1)) as writer:
        writer.add_ask(*samples.ask(0, [1.0]))
        writer.commit()
        log = (tmp_path / "r.db-wal").read_bytes()
    (tmp_path / "r.db").unlink()
    (tmp_path / "r.db-wal").write_bytes(log)
    with create_run(tmp_path, "r", samples.spec(seed=2)) as writer:
        assert writer.spec.seed == 2
    with open_reader(tmp_path, "r") as reader:
        assert (reader.told(), reader.spec.seed) == (-1, 2)


def test_a_file_in_place_of_the_folder_is_explained(tmp_path, samples):
    place = tmp_path / "runs"
    place.write_text("")
    with pytest.raises(StoreError, match=r"cannot make the runs folder .*--runs"):
        create_run(place, None, samples.spec())
    assert list_runs(place) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to read-only folders")
def test_a_read_only_folder_is_explained(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(*samples.ask(0, [1.0]))
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(StoreError, match=r"--runs"):
            create_run(tmp_path, None, samples.spec())
        with pytest.raises(StoreError, match=r"--runs"):
            open_writer(tmp_path, "r")
        with open_reader(tmp_path, "r") as reader:
            assert reader.told() == 0
    finally:
        tmp_path.chmod(0o755)


def test_an_unknown_run_brings_the_nearest_names(tmp_path, samples):
    with pytest.raises(UsageError, match="nor any other"):
        open_writer(tmp_path / "none", "packing-1")
    for name in ("packing-1", "packing-2", "other"):
        create_run(tmp_path, name, samples.spec()).close()
    with pytest.raises(UsageError, match=r"no run pakcing-1 .*did you mean packing-1 or packing-2"):
        open_reader(tmp_path, "pakcing-1")
    with pytest.raises(UsageError, match="`provolve runs` lists"):
        open_writer(tmp_path, "zzzzz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.db", "packing-1.db", "packing-2.db"]


def test_a_run_may_be_named_with_its_ending_but_not_from_elsewhere(tmp_path, samples):
    create_run(tmp_path, "r", samples.spec()).close()
    assert find_run(tmp_path, "r") == find_run(tmp_path, "r.db") == tmp_path / "r.db"
    (tmp_path / "below").mkdir()
    with pytest.raises(UsageError):
        find_run(tmp_path / "below", "../r")


def test_a_newer_format_is_refused_with_both_versions(tmp_path, samples):
    create_run(tmp_path, "r", samples.spec()).close()
    connection = sqlite3.connect(tmp_path / "r.db")
    connection.execute("PRAGMA user_version = 41")
    connection.close()
    for opener in (open_reader, open_writer):
        with pytest.raises(StoreError, match=rf"format 41 .*formats up to {FORMAT}: upgrade"):
            opener(tmp_path, "r")
    assert [path.name for path in tmp_path.iterdir()] == ["r.db"]


@pytest.mark.parametrize("content", [b"", b"not a database at all, whatever its name says " * 40])
def test_a_file_that_is_no_run_is_refused(tmp_path, content):
    (tmp_path / "r.db").write_bytes(content)
    for opener in (open_reader, open_writer):
        with pytest.raises(StoreError, match=r"r\.db .*not .*runs"):
            opener(tmp_path, "r")
    assert (tmp_path / "r.db").read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(tmp_path):
    connection = sqlite3.connect(tmp_path / "r.db")
    connection.execute("CREATE TABLE run (id)")
    connection.close()
    content = (tmp_path / "r.db").read_bytes()
    with pytest.raises(StoreError, match="not the record of a run"):
        open_writer(tmp_path, "r")
    assert (tmp_path / "r.db").read_bytes() == content


def test_the_list_tells_running_stopped_finished_and_damaged(tmp_path, samples):
    assert list_runs(tmp_path / "missing") == []
    for name, stage in (("stopped", "started"), ("finished", "finished")):
        with create_run(tmp_path, name, samples.spec()) as writer:
            writer.add_ask(*samples.ask(2, [0.5]))
            writer.add_stage(stage, b"")
    (tmp_path / "damaged.db").write_bytes(b"x" * 500)
    (tmp_path / "notes.txt").write_text("not a run")
    with create_run(tmp_path, "running", samples.spec(task_name="tours")):
        for place, name in enumerate(("running", "damaged", "finished", "stopped")):
            os.utime(tmp_path / f"{name}.db", (0, 100 + place))
        (running,) = [run for run in list_runs(tmp_path) if run.name == "running"]
        listed = [run for run in list_runs(tmp_path) if run.name != "running"]
    assert (running.status, running.task, running.candidates, running.best) == ("running", "tours", 0, None)
    assert [(run.name, run.status) for run in listed] == [
        ("stopped", "stopped"),
        ("finished", "finished"),
        ("damaged", "damaged"),
    ]
    assert [(run.candidates, run.best, run.when) for run in listed] == [
        (20, 0.5, 103),
        (20, 0.5, 102),
        (0, None, 101),
    ]
    assert "not a SQLite file" in listed[2].detail
    assert listed[0].detail == ""
