"""The worst that a candidate can do: each is named, has no effect outside, and the next child is well."""

from __future__ import annotations

import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from worst_candidates import ATTACKS, FORGE, NOTHING, Attack

from provolve.sandbox import ChildFailed, Profile, Sandbox, libraries

MEMORY = 256 * 2**20
LARGEST = 4 * 2**20
HARNESS = "def answer(program, value):\n    return program.attack(value)\n"


@dataclass(frozen=True)
class Surroundings:
    """What attacks reach for, and whether they got hold of it."""

    folder: Path
    listeners: tuple[socket.socket, ...]
    value: dict[str, object]

    def untouched(self) -> bool:
        for listener in self.listeners:
            try:
                listener.recv(16) if listener.type == socket.SOCK_DGRAM else listener.accept()
            except BlockingIOError:
                continue
            return False
        names = sorted(entry.name for entry in self.folder.iterdir())
        return names == ["local", "secret"] and (self.folder / "secret").read_text() == "secret"


@pytest.fixture
def surroundings() -> Iterator[Surroundings]:
    with (
        tempfile.TemporaryDirectory() as name,
        socket.socket() as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "secret").write_text("secret")
        (folder / "secret").chmod(0o666)
        tcp.bind(("127.0.0.1", 0))
        udp.bind(tcp.getsockname())
        with socket.socket(socket.AF_UNIX) as local, socket.socket(socket.AF_UNIX) as abstract:
            local.bind(str(folder / "local"))
            (folder / "local").chmod(0o777)
            listeners = (tcp, udp, local)
            secret_name = f"provolve-test-{os.getpid()}"
            if sys.platform == "linux":
                abstract.bind("\0" + secret_name)
                listeners += (abstract,)
            for listener in listeners:
                listener.setblocking(False)
                if listener is not udp:
                    listener.listen()
            value = {
                "secret": str(folder / "secret"), "folder": name, "pid": os.getpid(),
                "port": tcp.getsockname()[1], "local": str(folder / "local"), "abstract": secret_name,
                "code": libraries.__file__,
            }  # fmt: skip
            yield Surroundings(folder, listeners, value)


@pytest.fixture(scope="module", params=["full", "strong", "none"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    profile = Profile(harness=HARNESS, memory=MEMORY, max_message=LARGEST)
    with Sandbox(profile, level=request.param) as made:
        if made.level != request.param:
            pytest.skip(f"this machine does not offer {request.param}: {' '.join(made.level_detail)}")
        yield made


@pytest.fixture
def signals() -> Iterator[list[int]]:
    """Signals that this process got."""
    caught: list[int] = []
    numbers = (signal.SIGUSR1, signal.SIGIO, signal.SIGHUP)
    before = [signal.signal(number, lambda got, _: caught.append(got)) for number in numbers]
    yield caught
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def outcome(sandbox: Sandbox, source: str, value: object, wall_seconds: float = 10.0) -> object:
    """The answer, or the name of the failure."""
    with sandbox.child() as child:
        child.load(source, [])
        try:
            return child.call("answer", value=value, cpu_seconds=0.3, wall_seconds=wall_seconds)
        except ChildFailed as failure:
            return failure.reason if failure.detail else f"{failure.reason} without a detail"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name.replace(" ", "-"))
def test_attack(attack: Attack, sandbox: Sandbox, surroundings: Surroundings, signals: list[int]) -> None:
    if sandbox.level == "none" and not attack.anywhere:
        pytest.skip("would have its effect where nothing confines")
    zygote = sandbox.pid
    # A busy machine must not turn a deadline into a stall.
    wall = 0.9 if "stalled" in attack.reasons else 10.0
    found = outcome(sandbox, attack.source, surroundings.value, wall)
    if attack.reasons:
        assert found in attack.reasons
    else:
        assert found == attack.answer
    assert surroundings.untouched()
    assert signals == []
    assert outcome(sandbox, "def attack(value): return value + 1", 41) == 42
    assert sandbox.pid == zygote, "the zygote died of it"


LATE_MESSAGE = (
    FORGE
    + """
    import os, struct
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


GRANDCHILD = """
import os, time
def attack(value):
    if os.fork() == 0:
        os.setsid()
        time.sleep(99)
    return 1
"""


def test_a_grandchild_that_stays_is_ended_with_its_child() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux finds a process that left its group")
    # As root without a user of their own, limits do not keep children from forking.
    with Sandbox.of_layers(Profile(harness=HARNESS), ("limits",)) as sandbox:
        assert outcome(sandbox, GRANDCHILD, None) == (1 if os.geteuid() == 0 else "raised")
        assert descendants(sandbox.pid) == []


REAL = ("files", "the judge's own code", "other processes' files", "sockets")


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.name in REAL], ids=lambda attack: attack.name)
def test_the_attack_is_real_where_nothing_confines(attack: Attack, surroundings: Surroundings) -> None:
    with Sandbox(Profile(harness=HARNESS), level="none") as sandbox:
        assert outcome(sandbox, attack.source, surroundings.value) != NOTHING


def descendants(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="ordinary users are tried on Linux")
@pytest.mark.skipif(os.geteuid() != 0, reason="this is an ordinary user already")
def test_all_of_it_again_as_an_ordinary_user() -> None:
    python = interpreter_for_all()
    if python is None:
        pytest.skip("no interpreter of this version that an ordinary user can reach")
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        finished = subprocess.run(
            [python, "-P", "-s", "-S", "-c", AS_NOBODY, home, os.pathsep.join(sys.path), __file__],
            capture_output=True, text=True, timeout=300, check=False, env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " failed" not in finished.stdout
    assert int(finished.stdout.rsplit(" passed", 1)[0].split()[-1]) > len(ATTACKS)


AS_NOBODY = """
import os, sys
home, path, file = sys.argv[1:]
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.environ.clear(); os.environ.update(HOME=home, TMPDIR=home, PATH='/usr/bin:/bin')
os.chdir(home)
sys.path.extend(entry for entry in path.split(os.pathsep) if entry not in sys.path)
import pytest
sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', file]))
"""


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
