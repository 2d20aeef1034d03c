"""The worst that a candidate can do: each is named, has no effect outside, and the next child is well."""

from __future__ import annotations

import collections
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from provolve.sandbox import ChildFailed, Profile, Sandbox, levels, libraries
from provolve.sandbox.attacks import ATTACKS, Attack, Surroundings, planted, run_attack, suite
from provolve.sandbox.attacks.attack import FORGE
from provolve.sandbox.attacks.trial import PROFILE, attempt
from provolve.sandbox.link import Link, bubblewrap

HARNESS = "def answer(program, value):\n    return program.attack(value)\n"
FAMILIES = (
    "ending the process", "running for ever", "memory", "processes and threads", "files", "network",
    "the judge's process", "raw system calls", "the clock", "the harness's frames and modules", "the pipe",
    "objects", "state left for the next candidate", "floods", "the compiler",
    "data of other splits and seeds",
)  # fmt: skip
linux = pytest.mark.skipif(sys.platform != "linux", reason="layers of Linux")


def identifier(attack: Attack) -> str:
    return f"{attack.family}: {attack.name}".replace(" ", "-")


def named(name: str) -> Attack:
    (found,) = (attack for attack in ATTACKS if attack.name == name)
    return found


@pytest.fixture(scope="module")
def surroundings() -> Iterator[Surroundings]:
    with planted() as made:
        yield made


@pytest.fixture(scope="module")
def sandbox(surroundings: Surroundings) -> Iterator[Sandbox]:
    with Sandbox(PROFILE) as made:
        yield made


def test_there_are_enough_attacks_in_every_family() -> None:
    assert len(ATTACKS) >= 100
    counted = collections.Counter(attack.family for attack in ATTACKS)
    assert tuple(counted) == FAMILIES
    assert min(counted.values()) >= 4
    assert len({(attack.family, attack.name) for attack in ATTACKS}) == len(ATTACKS)
    assert all(compiles(attack.source) for attack in ATTACKS if attack.family != "the compiler")
    assert all("as before" in attack.afterwards for attack in ATTACKS)


def compiles(source: str) -> bool:
    return compile(source, "attack", "exec") is not None


@pytest.mark.parametrize("attack", ATTACKS, ids=identifier)
def test_attack(attack: Attack, sandbox: Sandbox, surroundings: Surroundings) -> None:
    (outcome,) = suite(sandbox, surroundings, [attack])
    if outcome.verdict == "beyond":
        pytest.skip(outcome.detail)
    assert (outcome.verdict, outcome.detail) == ("contained", outcome.detail)


def everything(level: str) -> dict[str, int]:
    """How many attacks ended with which verdict at ``level``; fails if one of them got through."""
    with planted() as surroundings, Sandbox(PROFILE, level=level) as sandbox:
        if sandbox.level != level:
            pytest.skip(f"this machine does not offer {level}: {' '.join(sandbox.level_detail)}")
        found = list(suite(sandbox, surroundings, ATTACKS))
    wrong = [one for one in found if one.verdict in ("effect", "surprise")]
    assert not wrong, "\n".join(f"{identifier(one.attack)}: {one.verdict}: {one.detail}" for one in wrong)
    counted = collections.Counter(one.verdict for one in found)
    print(f"{level} as user {os.geteuid()}: {dict(counted)}")
    return counted


@pytest.mark.slow
@pytest.mark.parametrize("level", levels.LEVELS)
def test_every_level_holds_what_it_promises(level: str) -> None:
    counted = everything(level)
    assert counted["contained"] >= (100 if level == "none" else len(ATTACKS) - 4)


@linux
@pytest.mark.parametrize(
    "name", ["read a secret", "the judge's own code", "TCP", "a grandchild that stays", "hard exit"]
)
@pytest.mark.parametrize("level", ["strong", "partial"])
def test_weaker_levels_hold_too(level: str, name: str, surroundings: Surroundings) -> None:
    with Sandbox(PROFILE, level=level) as sandbox:
        if sandbox.level != level:
            pytest.skip(f"this machine does not offer {level}")
        (outcome,) = suite(sandbox, surroundings, [named(name)])
    assert (outcome.verdict, outcome.detail) == ("contained", outcome.detail)


LATE_MESSAGE = (
    FORGE
    + """
    body = struct.pack('<I12x', 2) + b'\\xcc\\xe7'
    os.write(3, struct.pack('<QQB7x', nonce, len(body), 0) + body)
    return 1
"""
)
EARLY_MESSAGE = """
import os, signal, struct
def attack(value):
    body = struct.pack('<I12x', 2) + b'\\xcc\\xe7'
    forged = struct.pack('<QQB7x', 0, len(body), 0) + body
    signal.signal(signal.SIGALRM, lambda *_: os.write(3, forged))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    return 2
"""


@pytest.mark.parametrize(
    ("source", "told"),
    [(LATE_MESSAGE, "more than its answer|nobody had asked for"), (EARLY_MESSAGE, "nobody had asked for")],
    ids=["two-answers", "early-message"],
)
def test_a_forged_message_does_not_become_the_answer_of_a_later_call(
    sandbox: Sandbox, source: str, told: str
) -> None:
    with sandbox.child() as child:
        child.load(source, [])
        # Either call may be the one that meets the forged message.
        with pytest.raises(ChildFailed, match=told) as caught:  # noqa: PT012
            assert child.call("answer", cpu_seconds=1, wall_seconds=5) in (2, 231)
            time.sleep(0.1)
            child.load("def attack(value): return 3", [])
            child.call("answer", cpu_seconds=1, wall_seconds=5)
        assert (caught.value.reason, child.alive) == ("answer_malformed", False)


@linux
def test_a_grandchild_that_stays_is_ended_with_its_child() -> None:
    # As root without a user of their own, limits do not keep children from forking.
    with Sandbox.of_layers(Profile(harness=HARNESS), ("limits",)) as sandbox:
        _, answer, _ = attempt(sandbox, named("a grandchild that stays").source, None)
        assert answer == ("left one behind" if os.geteuid() == 0 else "refused")
        children = Path(f"/proc/{sandbox.pid}/task/{sandbox.pid}/children")
        assert children.read_text() == ""


REAL = (
    "read a secret", "list folders", "write", "rename", "link", "the judge's own code", "TCP", "UDP",
    "a local socket", "signals by way of the pipe", "name of the machine",
    "environment and memory by way of /proc",
)  # fmt: skip


@linux
@pytest.mark.parametrize("name", REAL)
def test_the_attack_is_real_where_nothing_confines(name: str) -> None:
    with planted() as surroundings, Sandbox.of_layers(PROFILE, ()) as sandbox:
        assert run_attack(named(name), sandbox, surroundings).verdict == "effect"


AS_NOBODY = """
import os, sys
home, path, file, *arguments = sys.argv[1:]
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.environ.clear(); os.environ.update(HOME=home, TMPDIR=home, PATH='/usr/bin:/bin')
os.chdir(home)
sys.path.extend(entry for entry in path.split(os.pathsep) if entry not in sys.path)
import pytest
sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', file, *arguments]))
"""


def as_ordinary_user(*arguments: str) -> str:
    """The output of this file's tests, run by a user without rights; ``arguments`` are pytest's."""
    python = interpreter_for_all()
    if python is None:
        pytest.skip("no interpreter of this version that an ordinary user can reach")
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        command = [python, "-P", "-s", "-S", "-c", AS_NOBODY, home, os.pathsep.join(sys.path), __file__]
        finished = subprocess.run(
            [*command, *arguments],
            capture_output=True, text=True, timeout=600, check=False, env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " failed" not in finished.stdout
    return finished.stdout


root_only = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux can become an ordinary user"
)


@root_only
def test_weaker_levels_hold_for_an_ordinary_user() -> None:
    assert "passed" in as_ordinary_user("-k", "weaker_levels_hold_too or forged or real")


@root_only
@pytest.mark.slow
def test_all_of_it_again_as_an_ordinary_user() -> None:
    shown = as_ordinary_user("-k", "test_attack or every_level or bubblewrap")
    assert int(shown.rsplit(" passed", 1)[0].split()[-1]) > len(ATTACKS) - 5


@linux
@pytest.mark.slow
def test_all_of_it_again_within_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = bubblewrap()
    if not wrapper:
        pytest.skip("bubblewrap is not installed")
    monkeypatch.setattr(Sandbox, "_started", lambda self: Link(self._settings(), wrapper=wrapper))
    with planted() as surroundings, Sandbox(PROFILE) as sandbox:
        # Within, root has no right left to make children another user.
        assert sandbox.level == ("strong" if os.geteuid() == 0 else "full")
        wrong = [
            one for one in suite(sandbox, surroundings, ATTACKS) if one.verdict in ("effect", "surprise")
        ]
    assert not wrong, wrong


def interpreter_for_all() -> str | None:
    """An interpreter of this very version that every user may start and whose packages he may read."""
    packages = [entry for entry in sys.path if entry and Path(entry).is_dir() and "site-packages" in entry]
    here = [str(Path(__file__).parents[2]), *packages]
    if not libraries.open_to_all(here):
        return None
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}")
    for python in found:
        real = Path(python).resolve()
        if (
            real.exists()
            and libraries.open_to_all([str(real)])
            and platform.python_implementation() == "CPython"
        ):
            return python
    return None
