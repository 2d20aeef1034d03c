"""Children with a folder of their own write there and nowhere else, and it goes with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provolve.sandbox import ChildFailed, Profile, Sandbox, clear, seccomp
from provolve.sandbox.limits import LARGEST_FILE

HARNESS = """
import os

def own(program, value):
    found = os.listdir(".")
    with open("note", "w") as file:
        file.write("mine")
    os.mkdir("inner")
    os.rename("note", "inner-note")
    with open("inner-note") as file:
        return [os.getcwd(), found, file.read(), sorted(os.listdir("."))]

def outside(program, value):
    stopped = []
    for path in value:
        for what in (lambda: open(path, "w"), lambda: os.mkdir(path), lambda: os.rename("a", path)):
            open("a", "w").close()
            try:
                what()
            except OSError:
                continue
            stopped.append(path)
    return stopped

def linked(program, value):
    for make in (os.symlink, os.link):
        try:
            make("a", "b")
        except OSError:
            continue
        return False
    return True

def large(program, value):
    piece = bytes(2**20)
    with open("large", "wb", buffering=0) as file:
        for _ in range(value // 2**20 + 2):
            file.write(piece)

def deep(program, value):
    path = "."
    for _ in range(value):
        path += "/x"
        os.mkdir(path)
        open(path + "/file", "w").close()
    os.mkdir("closed", 0)
"""
CALL = {"cpu_seconds": 10.0, "wall_seconds": 20.0}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Profile(harness=HARNESS, scratch=True)) as sandbox:
        if sandbox.level not in ("strong", "full"):
            pytest.skip(f"only level {sandbox.level} here")
        yield sandbox


def answer(sandbox: Sandbox, function: str, value: object = None) -> object:
    with sandbox.child() as child:
        child.load("", ())
        return child.call(function, value=value, **CALL)


def test_each_child_finds_an_empty_folder_that_goes_with_it(sandbox: Sandbox) -> None:
    folders = set()
    for _ in range(2):
        folder, found, read, names = answer(sandbox, "own")
        assert (found, read, names) == ([], "mine", ["inner", "inner-note"])
        assert not Path(folder).exists()
        assert Path(folder).parent.is_dir()
        folders.add(folder)
    assert len(folders) == 2


def test_nothing_is_written_elsewhere(sandbox: Sandbox, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    places = [str(tmp_path / "x"), "/tmp/provolve-x", "../x", "/dev/shm/provolve-x"]
    assert answer(sandbox, "outside", places) == []
    assert answer(sandbox, "linked") is True
    assert list(tmp_path.iterdir()) == []


def test_a_file_has_a_largest_size(sandbox: Sandbox) -> None:
    with pytest.raises(ChildFailed, match="File too large"):
        answer(sandbox, "large", LARGEST_FILE)


def test_a_child_without_such_a_profile_writes_nothing() -> None:
    with Sandbox(Profile(harness=HARNESS)) as sandbox:
        if sandbox.level == "none":
            pytest.skip("no confinement here")
        with pytest.raises(ChildFailed, match="PermissionError"):
            answer(sandbox, "own")


def test_folders_nested_deep_and_closed_are_removed(sandbox: Sandbox) -> None:
    with sandbox.child() as child:
        child.load("", ())
        folder = Path(child.call("own", **CALL)[0])
        child.call("deep", value=1200, **CALL)
        assert folder.is_dir()
    assert not folder.exists()


def test_everything_is_removed_with_the_sandbox() -> None:
    with Sandbox(Profile(harness=HARNESS, scratch=True)) as sandbox:
        with sandbox.child() as child:
            child.load("", ())
            if sandbox.level == "partial":
                pytest.skip("files cannot be opened here")
            top = Path(child.call("own", **CALL)[0]).parent
        assert top.is_dir()
    assert not top.exists()


def test_clear_does_not_follow_links(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(kept)
    clear(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
    assert (kept / "file").read_text() == "kept"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_lets_files_be_written_only_where_landlock_looks(machine: str) -> None:
    usual = seccomp.program(machine)
    assert seccomp.program(machine, writes=True) != usual
    assert seccomp.program(machine, writes=True, sealed=True) == seccomp.program(machine, sealed=True)
