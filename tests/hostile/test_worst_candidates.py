"""The worst that a candidate can do: each is named, has no effect outside, and the next child is well."""

from __future__ import annotations

import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from provolve.sandbox import ChildFailed, Profile, Sandbox, libraries

MEMORY = 256 * 2**20
LARGEST = 4 * 2**20
HARNESS = "def answer(program, value):\n    return program.attack(value)\n"
PREAMBLE = """
import ctypes, errno, os, signal, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
MACHINE = os.uname().machine
def call(x86_64, aarch64, *arguments):
    number = x86_64 if MACHINE == "x86_64" else aarch64
    return libc.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in (number, *arguments)))
def done(*actions):
    found = []
    for position, action in enumerate(actions):
        try:
            result = action()
        except Exception:
            continue
        if not (isinstance(result, int) and result < 0):
            found.append(position)
    return found
"""
NOTHING: list[object] = []


@dataclass(frozen=True)
class Attack:
    """A candidate's source and what must come of it: one of ``reasons``, or the ``answer``."""

    name: str
    source: str
    reasons: tuple[str, ...] = ()
    answer: object = None
    anywhere: bool = False
    """Whether it is harmless even without confinement, and must end the same there."""


def failing(name: str, source: str, *reasons: str) -> Attack:
    return Attack(name, source, reasons, anywhere=True)


def harmless(name: str, source: str) -> Attack:
    """An attack whose every step must fail: it returns the numbers of the steps that did not."""
    return Attack(name, source, answer=NOTHING)


FORGE = """
import sys
def attack(value):
    frame = sys._getframe()
    while "nonce" not in frame.f_locals:
        frame = frame.f_back
    nonce = frame.f_locals["nonce"]
"""

ATTACKS = [
    failing("exit", "import sys\ndef attack(value): sys.exit(0)", "raised"),
    failing("exit at load", "raise SystemExit", "load_failed"),
    failing("hard exit", "import os\ndef attack(value): os._exit(0)", "killed"),
    failing("loop in Python", "def attack(value):\n    while True: pass", "deadline"),
    failing("loop at load", "while True: pass", "deadline"),
    failing("loop in C", "def attack(value): return 7 ** (10 ** 9)", "deadline"),
    failing(
        "loop in numpy",
        "import numpy as np\ndef attack(value):\n    while True: np.sort(np.arange(10**6)[::-1])",
        "deadline",
    ),
    failing(
        "sleep with all signals ignored",
        "import signal, time\ndef attack(value):\n"
        "    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(number, signal.SIG_IGN)\n"
        "    time.sleep(10**6)",
        "stalled",
    ),
    failing("catch everything", "def attack(value):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass", "deadline"),
    failing("memory bomb", "def attack(value):\n    kept = []\n    while True: kept.append(bytearray(2**20))", "memory"),
    failing("memory at load", "kept = bytearray(2**40)", "memory"),
    failing("address space", "import mmap\ndef attack(value): return len(mmap.mmap(-1, 2**38))", "raised", "memory"),
    failing("array memory", "import numpy as np\ndef attack(value): return np.ones(2**33)", "memory"),
    failing("recursion", "def attack(value): return attack(value)", "raised"),
    failing(
        "recursion without limit",
        "import sys\nsys.setrecursionlimit(10**9)\ndef attack(value): return attack(value)",
        "memory", "killed", "deadline",
    ),
    failing("segfault", "import ctypes\ndef attack(value): ctypes.string_at(0)", "killed"),
    failing("abort", "import os\ndef attack(value): os.abort()", "killed"),
    failing("stop itself", PREAMBLE + "def attack(value):\n    signal.pause()", "stalled"),
    failing("answer with __eq__", "class A:\n    def __eq__(self, other): return True\ndef attack(value): return A()", "answer_malformed"),
    failing("answer that lies of its class", "class A:\n    __class__ = float\ndef attack(value): return A()", "answer_malformed"),
    failing("array of objects", "import numpy as np\ndef attack(value): return np.array([object()])", "answer_malformed"),
    failing("answer within itself", "def attack(value):\n    a = []\n    a.append(a)\n    return a", "answer_malformed"),
    failing("huge list", "def attack(value): return [1.5] * 10**6", "answer_too_large"),
    failing("huge array", "import numpy as np\ndef attack(value): return np.zeros(10**6)", "answer_too_large"),
    failing("closed pipe", "import os\ndef attack(value): os.close(3); return 1", "answer_malformed"),
    failing("closed pipe and on", "import os, time\ndef attack(value): os.close(3); time.sleep(99)", "answer_malformed"),
    failing("shut pipe at load", "import os\nos.closerange(0, 64)\ndef attack(value): return 1", "answer_malformed"),
    failing("garbage on the pipe", "import os\ndef attack(value): os.write(3, b'x' * 24); return 1", "answer_malformed"),
    failing("half a message", "import os, time\ndef attack(value): os.write(3, b'12345'); time.sleep(99)", "stalled"),
    failing("half a message and out", "import os\ndef attack(value): os.write(3, b'12345'); os._exit(0)", "killed"),
    failing(
        "header that claims a gigabyte",
        FORGE + "    import os, struct, time\n    os.write(3, struct.pack('<QQB7x', nonce, 2**30, 0)); time.sleep(99)",
        "answer_too_large",
    ),
    failing(
        "body that claims a gigabyte",
        FORGE + "    import os, struct, time\n    body = struct.pack('<I12x', 5) + b'\\xdd\\xff\\xff\\xff\\xff'\n"
        "    os.write(3, struct.pack('<QQB7x', nonce, len(body), 0) + body); time.sleep(99)",
        "answer_malformed",
    ),
    failing(
        "flood of the pipe",
        "import os\ndef attack(value):\n    while True: os.write(3, bytes(2**16))",
        "answer_malformed",
    ),
    failing("error that cannot be shown", "class E(Exception):\n    def __str__(self): raise self\ndef attack(value): raise E", "raised"),
    failing("endless error", "class E(Exception):\n    def __str__(self):\n        while True: pass\ndef attack(value): raise E", "deadline"),
    Attack(
        "subclasses",
        "import numpy as np\n"
        "class F(float):\n    def __float__(self): return 9.0\n    def __lt__(self, other): return True\n"
        "class A(np.ndarray):\n    def __array_finalize__(self, other): pass\n"
        "class L(list):\n    def __iter__(self): return iter([7])\n"
        "def attack(value): return L([F(1.5), int(np.arange(3).view(A)[2])])",
        answer=[1.5, 2], anywhere=True,
    ),
    Attack("stdout flood", "def attack(value):\n    for _ in range(10**4): print('x' * 1000)\n    return 5", answer=5, anywhere=True),
    Attack(
        "fake clock",
        "import time\ntime.perf_counter = time.process_time = time.time = lambda: 0.0\ndef attack(value): return 6",
        answer=6, anywhere=True,
    ),
    failing("fake clock while looping", "import time\ntime.process_time = lambda: 0.0\ndef attack(value):\n    while True: pass", "deadline"),
    harmless("fork", PREAMBLE + "def attack(value): return done(os.fork, lambda: os.posix_spawn('/bin/true', ['true'], {}), lambda: call(57, 220, 17, 0, 0, 0, 0), lambda: call(435, 435, 0, 0))"),
    harmless("threads", PREAMBLE + "import threading\ndef attack(value): return done(threading.Thread(target=print).start)"),
    harmless("execute", PREAMBLE + "import subprocess\ndef attack(value): return done(lambda: os.execv('/bin/true', ['true']), lambda: subprocess.run(['/bin/true']))"),
    harmless(
        "files",
        PREAMBLE + "def attack(value):\n"
        "    secret, folder = value['secret'], value['folder']\n"
        "    return done(lambda: open(secret), lambda: os.listdir(folder), lambda: open(folder + '/new', 'w'),\n"
        "        lambda: open(secret, 'r+'), lambda: os.rename(secret, folder + '/moved'), lambda: os.unlink(secret),\n"
        "        lambda: os.link(secret, folder + '/linked'), lambda: os.symlink(secret, folder + '/soft'),\n"
        "        lambda: os.mkdir(folder + '/sub'), lambda: os.truncate(secret, 0), lambda: os.chmod(secret, 0),\n"
        "        lambda: os.mkfifo(folder + '/fifo'), lambda: os.utime(secret), lambda: os.chdir(folder),\n"
        "        lambda: open('/etc/passwd'), lambda: os.listdir('/'), lambda: open('/dev/mem'),\n"
        "        lambda: os.memfd_create('x'), lambda: os.setxattr(secret, 'user.a', b'b'))",
    ),
    harmless(
        "the judge's own code",
        PREAMBLE + "def attack(value): return done(lambda: open(value['code']), lambda: __import__('provolve'))",
    ),
    harmless(
        "other processes' files",
        PREAMBLE + "def attack(value):\n"
        "    places = [f'/proc/{pid}/{name}' for pid in (value['pid'], os.getppid(), 'self', 1) for name in ('environ', 'mem', 'maps', 'cmdline', 'fd')]\n"
        "    return done(*(lambda place=place: os.open(place, 0) for place in places))",
    ),
    harmless(
        "sockets",
        PREAMBLE + "def attack(value):\n"
        "    def tcp():\n        s = socket.socket(); s.connect(('127.0.0.1', value['port'])); s.send(b'out')\n"
        "    def udp():\n        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'out', ('127.0.0.1', value['port']))\n"
        "    def local():\n        s = socket.socket(socket.AF_UNIX); s.connect(value['local']); s.send(b'out')\n"
        "    def abstract():\n        s = socket.socket(socket.AF_UNIX); s.connect('\\0' + value['abstract']); s.send(b'out')\n"
        "    def listen():\n        s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n"
        "    return done(tcp, udp, local, abstract, listen, socket.socketpair, lambda: socket.socket(fileno=3).shutdown(2),\n"
        "        lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))",
    ),
    harmless(
        "signals",
        PREAMBLE + "def attack(value):\n"
        "    return done(*(lambda pid=pid: os.kill(pid, signal.SIGUSR1) for pid in (value['pid'], os.getppid(), -1, 0, 1)),\n"
        "        lambda: os.killpg(os.getpgid(value['pid']), signal.SIGUSR1), lambda: libc.sigqueue(value['pid'], 10, 0),\n"
        "        lambda: call(234, 131, value['pid'], value['pid'], 10), lambda: call(424, 424, 0, 10, 0, 0),\n"
        "        lambda: __import__('fcntl').fcntl(3, 8, value['pid']))",
    ),
    harmless(
        "tracing",
        PREAMBLE + "def attack(value):\n    space = ctypes.create_string_buffer(64)\n"
        "    return done(*(lambda pid=pid: call(101, 117, 16, pid, 0, 0) for pid in (value['pid'], os.getppid())),\n"
        "        lambda: call(101, 117, 0, 0, 0, 0), lambda: call(310, 270, value['pid'], space, 1, space, 1, 0),\n"
        "        lambda: call(434, 434, value['pid'], 0), lambda: call(312, 272, value['pid'], os.getpid(), 0, 0, 0))",
    ),
    harmless(
        "raw system calls",
        PREAMBLE + "def attack(value):\n    space = ctypes.create_string_buffer(256)\n"
        "    return done(lambda: call(425, 425, 8, space), lambda: call(272, 97, 0x10000000), lambda: call(165, 40, space, space, space, 0, 0),\n"
        "        lambda: call(250, 219, 0, -3, 0), lambda: call(248, 217, space, space, space, 8, -3), lambda: call(321, 280, 0, space, 64),\n"
        "        lambda: call(323, 282, 0), lambda: call(29, 194, 0, 4096, 0o1777), lambda: call(68, 186, 0, 0o1777), lambda: call(308, 268, 3, 0),\n"
        "        lambda: call(157, 167, 1, 0, 0, 0, 0), lambda: call(105, 146, 0), lambda: call(161, 51, space), lambda: call(298, 241, space, 0, -1, -1, 0),\n"
        "        lambda: call(304, 265, 3, space, 0), lambda: call(437, 437, -100, space, space, 24), lambda: call(0x40000000 + 39, 9999),\n"
        "        lambda: __import__('resource').setrlimit(7, (4096, 4096)), lambda: os.nice(-5), lambda: os.setuid(0), lambda: os.setsid())",
    ),
    failing(
        "timers",
        "import signal\ndef attack(value):\n    signal.signal(signal.SIGALRM, lambda *_: None)\n    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)\n    while True: pass",
        "deadline",
    ),
]  # fmt: skip


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
    with tempfile.TemporaryDirectory() as name, socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
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


def outcome(sandbox: Sandbox, source: str, value: object) -> object:
    """The answer, or the name of the failure."""
    with sandbox.child() as child:
        child.load(source, [])
        try:
            return child.call("answer", value=value, cpu_seconds=0.3, wall_seconds=0.9)
        except ChildFailed as failure:
            assert failure.detail
            return failure.reason


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name.replace(" ", "-"))
def test_attack(attack: Attack, sandbox: Sandbox, surroundings: Surroundings, signals: list[int]) -> None:
    if sandbox.level == "none" and not attack.anywhere:
        pytest.skip("would have its effect where nothing confines")
    zygote = sandbox.pid
    found = outcome(sandbox, attack.source, surroundings.value)
    if attack.reasons:
        assert found in attack.reasons
    else:
        assert found == attack.answer
    assert surroundings.untouched()
    assert signals == []
    assert outcome(sandbox, "def attack(value): return value + 1", 41) == 42
    assert sandbox.pid == zygote, "the zygote died of it"


LATE_MESSAGE = FORGE + """
    import os, struct
    body = struct.pack('<I12x', 2) + b'\\xcc\\xe7'
    os.write(3, struct.pack('<QQB7x', nonce, len(body), 0) + body)
    return 1
"""
EARLY_MESSAGE = """
import os, signal, struct
def attack(value):
    body = struct.pack('<I12x', 2) + b'\\xcc\\xe7'
    forged = struct.pack('<QQB7x', 0, len(body), 0) + body
    signal.signal(signal.SIGALRM, lambda *_: os.write(3, forged))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    return 2
"""


@pytest.mark.parametrize("source", [LATE_MESSAGE, EARLY_MESSAGE], ids=["two-answers", "early-message"])
def test_a_forged_message_does_not_become_the_answer_of_a_later_call(sandbox: Sandbox, source: str) -> None:
    with sandbox.child() as child:
        child.load(source, [])
        try:
            assert child.call("answer", cpu_seconds=1, wall_seconds=5) in (2, 231)
            signal.sigtimedwait([], 0.1)
            child.load("def attack(value): return 3", [])
            later = child.call("answer", cpu_seconds=1, wall_seconds=5)
        except ChildFailed as failure:
            later = failure.reason
            assert not child.alive
        assert later == "answer_malformed"


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
    name = "python%d.%d" % sys.version_info[:2]
    found = (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}")
    for python in found:
        real = Path(python).resolve()
        if real.exists() and libraries.open_to_all([str(real)]) and platform.python_implementation() == "CPython":
            return python
    return None
