"""Zygotes come, go and are replaced, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest

from provolve.sandbox import ChildFailed, Profile, Sandbox, SandboxError, namespaces
from provolve.sandbox.link import Link, bubblewrap

HARNESS = "def answer(program, value):\n    return program.f(value)\n"
CALL = {"cpu_seconds": 5.0, "wall_seconds": 20.0}
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def answer(sandbox: Sandbox) -> object:
    with sandbox.child() as child:
        child.load("def f(x): return x + 1", [])
        return child.call("answer", value=1, **CALL)


def vanished(pid: int) -> bool:
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def open_descriptors() -> list[str]:
    return descriptors_of(os.getpid())


def descriptors_of(pid: int) -> list[str]:
    return sorted(entry.name for entry in Path(f"/proc/{pid}/fd").iterdir())


@linux
def test_two_hundred_children_leave_no_descriptor_and_no_process() -> None:
    with Sandbox(Profile(harness=HARNESS)) as sandbox:
        answer(sandbox)
        before = open_descriptors()
        in_zygote = len(descriptors_of(sandbox.pid))
        for turn in range(200):
            with sandbox.child() as child:
                if turn % 2:
                    child.load("import os\ndef f(x): os._exit(1)", [])
                    with pytest.raises(ChildFailed, match="killed"):
                        child.call("answer", **CALL)
        assert open_descriptors() == before
        assert len(descriptors_of(sandbox.pid)) == in_zygote
        assert Path(f"/proc/{sandbox.pid}/task/{sandbox.pid}/children").read_text() == ""


def test_a_zygote_that_was_killed_is_replaced() -> None:
    with Sandbox(Profile(harness=HARNESS)) as sandbox:
        level = sandbox.level
        for _ in range(3):
            zygote = sandbox.pid
            os.kill(zygote, signal.SIGKILL)
            assert answer(sandbox) == 2
            assert sandbox.pid != zygote
        assert sandbox.level == level


def test_a_child_whose_zygote_dies_is_killed() -> None:
    with Sandbox(Profile(harness=HARNESS)) as sandbox:
        child = sandbox.child()
        os.kill(sandbox.pid, signal.SIGKILL)
        child.load("import time\ndef f(x): time.sleep(60)", [])
        with pytest.raises(ChildFailed, match="killed"):
            child.call("answer", **CALL)
        assert vanished(child.pid)


JUDGE = """
import sys
from provolve.sandbox import Profile, Sandbox
sandbox = Sandbox(Profile(harness={harness!r}))
child = sandbox.child()
print(sandbox.pid, child.pid, flush=True)
child.load("def f(x):\\n    while True: pass", [])
child.call("answer", cpu_seconds=50, wall_seconds=50)
"""


@linux
def test_nothing_outlives_a_judge_that_was_killed() -> None:
    judge = subprocess.Popen(
        [sys.executable, "-c", JUDGE.format(harness=HARNESS)], stdout=subprocess.PIPE, text=True
    )
    assert judge.stdout is not None
    with judge, judge.stdout:
        zygote, child = map(int, judge.stdout.readline().split())
        time.sleep(0.05)
        judge.kill()
    assert vanished(zygote)
    assert vanished(child)


def test_close_ends_zygote_and_children() -> None:
    sandbox = Sandbox(Profile(harness=HARNESS))
    child = sandbox.child()
    zygote = sandbox.pid
    sandbox.close()
    sandbox.close()
    assert vanished(zygote)
    assert vanished(child.pid)
    child.close()
    with pytest.raises(SandboxError, match="was closed"):
        sandbox.child()


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (Profile(harness="x = 1\n1 / 0"), r"the harness failed: ZeroDivisionError.*line 2 of the harness"),
        (Profile(harness="def f(:"), r"the harness failed: SyntaxError"),
        (Profile(harness="import scipy"), r"No module named 'scipy'.*have to stand in the task's imports"),
        (Profile(harness="", imports=("no_such_module",)), r"cannot import 'no_such_module'.*install it"),
        (Profile(harness="import os; os._exit(3)"), r"ended while it started"),
    ],
    ids=["raises", "syntax", "undeclared", "missing", "exits"],
)
def test_a_profile_that_cannot_be_loaded_says_what_to_do(profile: Profile, told: str) -> None:
    with pytest.raises(SandboxError, match=told):
        Sandbox(profile)


def test_limits_and_levels_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Sandbox(Profile(harness="", memory=0))
    with pytest.raises(ValueError, match="above 0"):
        Sandbox(Profile(harness="", max_message=0))
    with pytest.raises(ValueError, match="'total' is unknown"):
        Sandbox(Profile(harness=""), level="total")
    with pytest.raises(ValueError, match="layers lymits are unknown"):
        Sandbox.of_layers(Profile(harness=""), ("lymits",))
    with pytest.raises(ValueError, match="nonsense are unknown"):
        Sandbox.of_layers(Profile(harness=""), (), without=("nonsense",))


class Recorded(Link):
    """A link whose zygote says, unless something is wrapped around it, that it may not make namespaces."""

    made: ClassVar[list[tuple[str, ...]]] = []
    fails: ClassVar[bool] = False

    def __init__(self, settings: dict[str, Any], *, wrapper: tuple[str, ...] = ()) -> None:
        self.made.append(wrapper)
        if wrapper and self.fails:
            raise SandboxError("the wrapper may not make namespaces either")
        super().__init__(settings)
        if not wrapper:
            self.state["missing"]["namespaces"] = "not permitted"


@linux
@pytest.mark.parametrize("fails", [False, True])
def test_bubblewrap_is_tried_where_an_ordinary_user_may_not_make_namespaces(
    fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorded, "made", [])
    monkeypatch.setattr(Recorded, "fails", fails)
    monkeypatch.setattr("provolve.sandbox.sandbox.Link", Recorded)
    monkeypatch.setattr("provolve.sandbox.sandbox.bubblewrap", lambda: ("bwrap",))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    sandbox = Sandbox.of_layers(Profile(harness=HARNESS), ("limits",))
    tried = Recorded.made
    monkeypatch.undo()
    with sandbox:
        assert tried == [(), ("bwrap",)]
        assert ("namespaces" in sandbox.missing) is fails
        assert answer(sandbox) == 2


@linux
def test_bubblewrap_is_around_the_zygote_where_it_is_installed() -> None:
    wrapper = bubblewrap()
    if not wrapper:
        pytest.skip("bubblewrap is not installed")
    with Sandbox(Profile(harness=HARNESS)) as sandbox:
        link = Link(sandbox._settings(), wrapper=wrapper)
    here = namespaces.current()
    assert all(link.state["namespaces"][name] != here[name] for name in here)
    link.close()
    assert vanished(link.pid)


STATE = """
import os
def opened(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
def f(x):
    return [dict(os.environ), [descriptor for descriptor in range(64) if opened(descriptor)]]
"""


@linux
def test_the_zygote_inherits_neither_environment_nor_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVOLVE_SECRET", "hidden")
    read, write = os.pipe()
    os.set_inheritable(read, True)
    try:
        with Sandbox(Profile(harness=HARNESS)) as sandbox, sandbox.child() as child:
            zygote_environment = Path(f"/proc/{sandbox.pid}/environ").read_bytes()
            child.load(STATE, [])
            environment, descriptors = child.call("answer", **CALL)
    finally:
        os.close(read)
        os.close(write)
    assert b"hidden" not in zygote_environment
    assert "PROVOLVE_SECRET" not in environment
    assert descriptors == [0, 1, 2, 3]
