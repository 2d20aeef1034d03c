"""What ``[sandbox] allow`` may name, and what no task may open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec import structs

from provolve.engine.verify import _refuse_holes
from provolve.engine.worker import profile
from provolve.errors import BundleError, TaskError
from provolve.sandbox import Hole
from provolve.task import load


def allow(*entries: str) -> str:
    return f"[sandbox]\nallow = [{', '.join(map(json.dumps, entries))}]\n"


def test_holes_are_read_sorted_and_handed_to_the_sandbox(make, tmp_path: Path) -> None:
    make.file("1 2", "words/list")
    task = make.load(allow("read:words", "processes", "net:::1:80", "net:localhost:8000", "processes"))
    found = profile(task)
    assert [hole.name for hole in found.allow] == [
        "net:::1:80", "net:localhost:8000", "processes", "read:words",
    ]  # fmt: skip
    assert found.allow[0] == Hole("net:::1:80", host="::1", port=80)
    assert found.allow[3] == Hole("read:words", path=str((tmp_path / "words").resolve()))
    assert found.folder == str(tmp_path)


def test_gpu_is_handed_over_with_the_devices_of_this_machine(make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provolve.engine.worker.of_gpus", lambda: ("/dev/nvidia0",))
    found = profile(make.load(allow("gpu", "processes")))
    assert found.allow == (Hole("gpu", devices=("/dev/nvidia0",)), Hole("processes"))


def test_a_task_without_holes_has_none(make) -> None:
    found = profile(make.load())
    assert (found.allow, found.folder) == ((), "/")


@pytest.mark.parametrize(
    "entry",
    [
        "gpu:0", "GPU", "read", "read:", "read:a\nb", "processes:4", "net", "net:8000", "net:example.org:80",
        "net:10.0.0.1:80", "net:localhost:", "net:localhost:0", "net:localhost:65536", "net:localhost:-1",
        "net:localhost:٣", "net:0.0.0.0:80", "Processes", "",
    ],
)  # fmt: skip
def test_other_entries_are_refused_with_the_forms_that_exist(make, message, entry: str) -> None:
    said = message(lambda: make.load(allow(entry)), TaskError)
    assert '"read:PATH", "processes", "gpu" and "net:HOST:PORT"' in said
    assert "localhost, 127.0.0.1, ::1" in said


def test_a_path_that_is_not_there_is_refused(make, message) -> None:
    said = message(lambda: make.load(allow("read:words")), TaskError)
    assert "no file or folder" in said
    assert "words" in said


def test_one_port_has_one_host(make, message) -> None:
    assert "name a port with one host" in message(
        lambda: make.load(allow("net:localhost:80", "net:::1:80")), TaskError
    )


@pytest.mark.parametrize(
    "entry", ["read:.", "read:..", "read:/", "read:judge.py", "read:program.py", "read:way"]
)
def test_no_hole_shows_the_judge(make, message, tmp_path: Path, entry: str) -> None:
    settings = make.settings + allow(entry)
    folder = make.folder(task_toml=settings)
    (folder / "way").symlink_to(folder)
    assert "the task's own" in message(lambda: load(folder), TaskError)


def test_no_hole_shows_instances(make, message) -> None:
    make.file('[{"size": 4}]', "data/some.json")
    settings = '[data]\nfiles = "data/*.json"\n' + allow("read:data")
    assert "candidates could read some.json" in message(lambda: make.load(settings), TaskError)


def test_what_may_be_read_counts_in_the_digest_and_travels_with_the_task(make, tmp_path: Path) -> None:
    make.file("1 2", "words/list")
    (tmp_path / "words" / "link").symlink_to("/etc/passwd")
    task = make.load(allow("read:words"))
    assert {name for name in task.files if name.startswith("words")} == {"words/list"}
    make.file("1 3", "words/list")
    changed = make.load(allow("read:words"))
    assert changed.digest != task.digest
    assert changed.files["words/list"] == b"1 3"


def test_an_unknown_task_is_allowed_what_it_brings_along_and_nothing_else(make) -> None:
    make.file("1 2", "words/list")
    _refuse_holes(make.load(allow("read:words")))
    for entry in ("read:/usr", "processes", "gpu", "net:localhost:80"):
        with pytest.raises(BundleError, match=f"allowed {entry} on this machine.*--task"):
            _refuse_holes(make.load(allow("read:words", entry)))


def test_the_order_of_levels_does_not_see_holes() -> None:
    from provolve.record import LEVELS, strength

    assert [strength(level) for level in ("full+read:a+b", "none+processes", "strong", "")] == [
        "full", "none", "strong", "",
    ]  # fmt: skip
    assert LEVELS.index(strength("full+processes")) > LEVELS.index(strength("strong"))


def test_the_first_worker_of_the_weakest_level_speaks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from provolve.engine.executor import LocalExecutor
    from provolve.engine.messages import Open, Opened

    levels = iter(["full+read:data", "strong+read:data", "full+read:data"])
    monkeypatch.setattr("provolve.engine.executor._WorkerProcess.start", lambda _: None)
    monkeypatch.setattr(
        "provolve.engine.executor._WorkerProcess.await_opened", lambda _: Opened(next(levels), ())
    )
    fields = dict.fromkeys(structs_required(Open), 0)
    executor = LocalExecutor(Open(**fields), 3)
    assert executor.open().level == "strong+read:data"
    executor.close()


def structs_required(kind: type) -> list[str]:
    return [field.name for field in structs.fields(kind) if field.required]
