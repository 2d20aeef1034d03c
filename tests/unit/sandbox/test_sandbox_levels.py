"""Levels are proven, and fall when a layer is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from provolve.sandbox import (
    Child,
    ChildFailed,
    Profile,
    Sandbox,
    identity,
    landlock,
    levels,
    namespaces,
    probe,
    seccomp,
)
from provolve.sandbox.levels import Proof

SYS_ADMIN = 21
HARNESS = "def answer(program, value):\n    return program.f(value)\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="layers of Linux")
STATE: dict[str, Any] = {"missing": {}, "user": None, "reads_all": False, "namespaces": {}}
SOUND = Proof((), namespaces=True, late_imports=True, sealed=False)
SEALED = Proof((), namespaces=True, late_imports=False, sealed=True)


def state(**missing: str) -> dict[str, Any]:
    return {**STATE, "missing": missing}


def test_a_sound_proof_is_full() -> None:
    level, told = levels.weigh(SOUND, state(), levels.layers(None))
    assert (level, len(told)) == ("full", 1)


@pytest.mark.parametrize(
    ("proof", "missing", "level", "told"),
    [
        (SEALED, {"landlock": "no Landlock"}, "partial", "Linux 5.13"),
        (SOUND, {"landlock": "no Landlock"}, "none", "Linux 5.13"),
        (SOUND, {"seccomp": "no filter"}, "none", "x86-64 or aarch64"),
        (SOUND, {"identity": "no change"}, "strong", "may change"),
        (Proof((), False, True, False), {"namespaces": "not permitted"}, "strong", "SYS_ADMIN"),
        (Proof((), False, True, False), {}, "strong", "shares the judge's namespaces"),
        (Proof(("it could fork",), True, True, True), {}, "none", "it could fork"),
        (Proof((), True, False, False), {}, "full", "cannot import"),
    ],
)
def test_what_is_missing_lowers_the_level_and_is_told(
    proof: Proof, missing: dict[str, str], level: str, told: str
) -> None:
    found, sentences = levels.weigh(proof, state(**missing), levels.layers(None))
    assert found == level
    assert any(told in sentence for sentence in sentences)


def test_a_right_to_look_at_all_files_is_told() -> None:
    level, told = levels.weigh(SOUND, {**STATE, "reads_all": True}, levels.layers(None))
    assert (level, len(told)) == ("full", 2)
    assert "names, sizes and times of all files" in told[1]


@linux
def test_the_proof_finds_every_hole_where_nothing_confines() -> None:
    with Sandbox.of_layers(Profile(harness=HARNESS), ()) as sandbox, sandbox.child() as child:
        proof = levels.prove(child, STATE)
    told = " / ".join(proof.failures)
    for attempt in (
        "read a file",
        "read /etc/passwd",
        "list a folder",
        "write",
        "rename",
        "socket",
        "changed a",
    ):
        assert attempt in told
    assert "it has no filter of system calls" in proof.failures
    assert "it may gain privileges" in proof.failures
    assert not proof.namespaces
    assert not proof.sealed


@linux
def test_a_weaker_level_can_be_asked_for() -> None:
    if not landlock.version() or not seccomp.supported():
        pytest.skip("this kernel has no strong level")
    with Sandbox(Profile(harness=HARNESS), level="strong") as sandbox:
        assert sandbox.level == "strong"
    with Sandbox(Profile(harness=HARNESS), level="partial") as sandbox:
        assert sandbox.level == "partial"
        assert "open no file at all" in sandbox.level_detail[0]
    with Sandbox(Profile(harness=HARNESS), level="none") as sandbox:
        assert sandbox.level == "none"


OPENING = """
import ctypes, os
def f(value):
    found = []
    for action in (
        lambda: open(os.__file__), lambda: os.stat("/"), lambda: os.listdir("/"), lambda: os.getcwd(),
        lambda: os.open("/dev/null", 0), lambda: __import__("colorsys"),
    ):
        try:
            action()
        except (OSError, ImportError):
            continue
        found.append(action.__code__.co_names)
    import decimal, fractions, json, numpy.linalg, statistics
    return [found, float(numpy.linalg.norm([3.0, 4.0])), statistics.fmean([1, 2])]
"""


@linux
def test_behind_seccomp_alone_no_file_can_be_opened_and_the_library_is_loaded() -> None:
    with Sandbox(Profile(harness=HARNESS), level="partial") as sandbox, sandbox.child() as child:
        if sandbox.level != "partial":
            pytest.skip("this machine has no filter of system calls")
        child.load(OPENING, [])
        assert child.call("answer", cpu_seconds=5, wall_seconds=20) == [[], 5.0, 1.5]


@linux
def test_a_failed_proof_lowers_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    prove = levels.prove

    def read_all_the_same(child: Child, seen: dict[str, Any]) -> Proof:
        found = prove(child, seen)
        holes = () if found.sealed else ("it could read a file of the judge",)
        return msgspec.structs.replace(found, failures=holes)

    with Sandbox(Profile(harness=HARNESS)) as best:
        if best.level not in ("full", "strong"):
            pytest.skip("this machine has no level to fall from")
    monkeypatch.setattr(levels, "prove", read_all_the_same)
    with Sandbox(Profile(harness=HARNESS)) as sandbox:
        assert sandbox.level == "partial"
        assert "the proof failed: it could read a file of the judge" in sandbox.level_detail
    monkeypatch.setattr(levels, "prove", lambda *_: Proof(("it could fork",), True, True, True))
    with Sandbox(Profile(harness=HARNESS)) as sandbox:
        assert sandbox.level == "none"
        assert "the proof failed: it could fork" in sandbox.level_detail


def test_levels_are_ordered_weakest_first() -> None:
    assert levels.LEVELS == ("none", "partial", "strong", "full")


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_workers_children_are_users_of_their_own() -> None:
    users = []
    for slot in (0, 1):
        with Sandbox(Profile(harness=HARNESS), slot=slot) as sandbox, sandbox.child() as child:
            lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
            found = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
            users.append((found["Uid"].split(), found["Gid"].split(), found["Groups"].strip()))
    assert [user for user, _, _ in users] == [[str(identity.user_of(slot))] * 4 for slot in (0, 1)]
    assert [group for _, group, _ in users] == [[str(identity.user_of(slot))] * 4 for slot in (0, 1)]
    assert [groups for _, _, groups in users] == ["", ""]


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_that_may_make_namespaces_has_them_around_its_children() -> None:
    if not identity.held() >> SYS_ADMIN & 1 or not landlock.version() or not seccomp.supported():
        pytest.skip("this root may not make namespaces, or this kernel has no strong level")
    with Sandbox(Profile(harness=HARNESS)) as sandbox, sandbox.child() as child:
        assert (sandbox.level, sandbox.missing) == ("full", {})
        for name, here in namespaces.current().items():
            assert str(Path(f"/proc/{child.pid}/ns/{name}").readlink()) != here


@linux
def test_only_the_readable_paths_can_be_read(tmp_path: Path) -> None:
    given, other = tmp_path / "given", tmp_path / "other"
    for folder in (given, other):
        folder.mkdir()
        (folder / "file").write_text("text")
    source = "def f(path):\n    with open(path) as file:\n        return file.read()"
    with Sandbox(Profile(harness=HARNESS, readable=(str(given),))) as sandbox:
        if sandbox.level == "none":
            pytest.skip("nothing is unreadable at level none")
        with sandbox.child() as child:
            child.load(source, [])
            limits = {"cpu_seconds": 5.0, "wall_seconds": 5.0}
            assert child.call("answer", value=str(given / "file"), **limits) == "text"
            with pytest.raises(ChildFailed, match="Permission denied"):
                child.call("answer", value=str(other / "file"), **limits)


def test_the_probe_agrees_with_the_sandbox() -> None:
    findings = probe()
    with Sandbox(Profile(harness=HARNESS)) as sandbox:
        assert findings.level == sandbox.level
        assert findings.detail == sandbox.level_detail
    by_name = {layer.name: layer for layer in findings.layers}
    assert {*by_name} == {"identity", "namespaces", "landlock", "seccomp", "limits", "bubblewrap"}
    assert all(layer.detail for layer in findings.layers)
    assert by_name["landlock"].holds == bool(landlock.version())
    assert by_name["identity"].holds <= (os.geteuid() == 0)
