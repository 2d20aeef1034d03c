"""What the worst candidates do, and what has to come of it."""

from __future__ import annotations

from dataclasses import dataclass

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
    failing(
        "exit",
        """
import sys


def attack(value):
    sys.exit(0)
""",
        "raised",
    ),
    failing(
        "exit at load",
        """
raise SystemExit
""",
        "load_failed",
    ),
    failing(
        "hard exit",
        """
import os


def attack(value):
    os._exit(0)
""",
        "killed",
    ),
    failing(
        "loop in Python",
        """
def attack(value):
    while True:
        pass
""",
        "deadline",
    ),
    failing(
        "loop at load",
        """
while True:
    pass
""",
        "deadline",
    ),
    failing(
        "loop in C",
        """
def attack(value):
    return 7 ** (10**9)
""",
        "deadline",
    ),
    failing(
        "loop in numpy",
        """
import numpy as np


def attack(value):
    while True:
        np.sort(np.arange(10**6)[::-1])
""",
        "deadline",
    ),
    failing(
        "sleep with all signals ignored",
        """
import signal, time


def attack(value):
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    time.sleep(10**6)
""",
        "stalled",
    ),
    failing(
        "catch everything",
        """
def attack(value):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
""",
        "deadline",
    ),
    failing(
        "memory bomb",
        """
def attack(value):
    kept = []
    while True:
        kept.append(bytearray(2**20))
""",
        "memory",
    ),
    failing(
        "memory at load",
        """
kept = bytearray(2**40)
""",
        "memory",
    ),
    failing(
        "address space",
        """
import mmap


def attack(value):
    return len(mmap.mmap(-1, 2**38))
""",
        "raised",
        "memory",
    ),
    failing(
        "array memory",
        """
import numpy as np


def attack(value):
    return np.ones(2**33)
""",
        "memory",
    ),
    failing(
        "recursion",
        """
def attack(value):
    return attack(value)
""",
        "raised",
    ),
    failing(
        "recursion without limit",
        """
import sys

sys.setrecursionlimit(10**9)


def attack(value):
    return attack(value)
""",
        "memory",
        "killed",
        "deadline",
    ),
    failing(
        "segfault",
        """
import ctypes


def attack(value):
    ctypes.string_at(0)
""",
        "killed",
    ),
    failing(
        "abort",
        """
import os


def attack(value):
    os.abort()
""",
        "killed",
    ),
    failing(
        "stop itself",
        PREAMBLE
        + """
def attack(value):
    signal.pause()
""",
        "stalled",
    ),
    failing(
        "answer with __eq__",
        """
class A:
    def __eq__(self, other):
        return True


def attack(value):
    return A()
""",
        "answer_malformed",
    ),
    failing(
        "answer that lies of its class",
        """
class A:
    __class__ = float


def attack(value):
    return A()
""",
        "answer_malformed",
    ),
    failing(
        "array of objects",
        """
import numpy as np


def attack(value):
    return np.array([object()])
""",
        "answer_malformed",
    ),
    failing(
        "answer within itself",
        """
def attack(value):
    a = []
    a.append(a)
    return a
""",
        "answer_malformed",
    ),
    failing(
        "huge list",
        """
def attack(value):
    return [1.5] * 10**6
""",
        "answer_too_large",
    ),
    failing(
        "huge array",
        """
import numpy as np


def attack(value):
    return np.zeros(10**6)
""",
        "answer_too_large",
    ),
    failing(
        "closed pipe",
        """
import os


def attack(value):
    os.close(3)
    return 1
""",
        "answer_malformed",
    ),
    failing(
        "closed pipe and on",
        """
import os, time


def attack(value):
    os.close(3)
    time.sleep(99)
""",
        "answer_malformed",
    ),
    failing(
        "shut pipe at load",
        """
import os

os.closerange(0, 64)


def attack(value):
    return 1
""",
        "answer_malformed",
    ),
    failing(
        "garbage on the pipe",
        """
import os


def attack(value):
    os.write(3, b"x" * 24)
    return 1
""",
        "answer_malformed",
    ),
    failing(
        "half a message",
        """
import os, time


def attack(value):
    os.write(3, b"12345")
    time.sleep(99)
""",
        "stalled",
    ),
    failing(
        "half a message and out",
        """
import os


def attack(value):
    os.write(3, b"12345")
    os._exit(0)
""",
        "killed",
    ),
    failing(
        "header that claims a gigabyte",
        FORGE
        + """
    import os, struct, time

    os.write(3, struct.pack("<QQB7x", nonce, 2**30, 0))
    time.sleep(99)
""",
        "answer_too_large",
    ),
    failing(
        "body that claims a gigabyte",
        FORGE
        + """
    import os, struct, time

    body = struct.pack("<I12x", 5) + b"\\xdd\\xff\\xff\\xff\\xff"
    os.write(3, struct.pack("<QQB7x", nonce, len(body), 0) + body)
    time.sleep(99)
""",
        "answer_malformed",
    ),
    failing(
        "flood of the pipe",
        """
import os


def attack(value):
    while True:
        os.write(3, bytes(2**16))
""",
        "answer_malformed",
    ),
    failing(
        "error that cannot be shown",
        """
class E(Exception):
    def __str__(self):
        raise self


def attack(value):
    raise E
""",
        "raised",
    ),
    failing(
        "endless error",
        """
class E(Exception):
    def __str__(self):
        while True:
            pass


def attack(value):
    raise E
""",
        "deadline",
    ),
    Attack(
        "subclasses",
        """
import numpy as np


class F(float):
    def __float__(self):
        return 9.0

    def __lt__(self, other):
        return True


class A(np.ndarray):
    def __array_finalize__(self, other):
        pass


class L(list):
    def __iter__(self):
        return iter([7])


def attack(value):
    return L([F(1.5), int(np.arange(3).view(A)[2])])
""",
        answer=[1.5, 2],
        anywhere=True,
    ),
    Attack(
        "stdout flood",
        """
def attack(value):
    for _ in range(10**4):
        print("x" * 1000)
    return 5
""",
        answer=5,
        anywhere=True,
    ),
    Attack(
        "fake clock",
        """
import time

time.perf_counter = time.process_time = time.time = lambda: 0.0


def attack(value):
    return 6
""",
        answer=6,
        anywhere=True,
    ),
    failing(
        "fake clock while looping",
        """
import time

time.process_time = lambda: 0.0


def attack(value):
    while True:
        pass
""",
        "deadline",
    ),
    harmless(
        "fork",
        PREAMBLE
        + """
def attack(value):
    return done(
        os.fork,
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: call(57, 220, 17, 0, 0, 0, 0),
        lambda: call(435, 435, 0, 0),
    )
""",
    ),
    harmless(
        "threads",
        PREAMBLE
        + """
import threading


def attack(value):
    return done(threading.Thread(target=print).start)
""",
    ),
    harmless(
        "execute",
        PREAMBLE
        + """
import subprocess


def attack(value):
    return done(lambda: os.execv("/bin/true", ["true"]), lambda: subprocess.run(["/bin/true"]))
""",
    ),
    harmless(
        "files",
        PREAMBLE
        + """
def attack(value):
    secret, folder = value["secret"], value["folder"]
    return done(
        lambda: open(secret),
        lambda: os.listdir(folder),
        lambda: open(folder + "/new", "w"),
        lambda: open(secret, "r+"),
        lambda: os.rename(secret, folder + "/moved"),
        lambda: os.unlink(secret),
        lambda: os.link(secret, folder + "/linked"),
        lambda: os.symlink(secret, folder + "/soft"),
        lambda: os.mkdir(folder + "/sub"),
        lambda: os.truncate(secret, 0),
        lambda: os.chmod(secret, 0),
        lambda: os.mkfifo(folder + "/fifo"),
        lambda: os.utime(secret),
        lambda: os.chdir(folder),
        lambda: open("/etc/passwd"),
        lambda: os.listdir("/"),
        lambda: open("/dev/mem"),
        lambda: os.memfd_create("x"),
        lambda: os.setxattr(secret, "user.a", b"b"),
    )
""",
    ),
    harmless(
        "the judge's own code",
        PREAMBLE
        + """
def attack(value):
    return done(lambda: open(value["code"]), lambda: __import__("provolve"))
""",
    ),
    harmless(
        "other processes' files",
        PREAMBLE
        + """
def attack(value):
    places = [
        f"/proc/{pid}/{name}"
        for pid in (value["pid"], os.getppid(), "self", 1)
        for name in ("environ", "mem", "maps", "cmdline", "fd")
    ]
    return done(*(lambda place=place: os.open(place, 0) for place in places))
""",
    ),
    harmless(
        "sockets",
        PREAMBLE
        + """
def attack(value):
    def tcp():
        s = socket.socket()
        s.connect(("127.0.0.1", value["port"]))
        s.send(b"out")

    def udp():
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
            b"out", ("127.0.0.1", value["port"])
        )

    def local():
        s = socket.socket(socket.AF_UNIX)
        s.connect(value["local"])
        s.send(b"out")

    def abstract():
        s = socket.socket(socket.AF_UNIX)
        s.connect("\\0" + value["abstract"])
        s.send(b"out")

    def listen():
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        s.listen()

    return done(
        tcp,
        udp,
        local,
        abstract,
        listen,
        socket.socketpair,
        lambda: socket.socket(fileno=3).shutdown(2),
        lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    )
""",
    ),
    harmless(
        "signals",
        PREAMBLE
        + """
def attack(value):
    return done(
        *(
            lambda pid=pid: os.kill(pid, signal.SIGUSR1)
            for pid in (value["pid"], os.getppid(), -1, 0, 1)
        ),
        lambda: os.killpg(os.getpgid(value["pid"]), signal.SIGUSR1),
        lambda: libc.sigqueue(value["pid"], 10, 0),
        lambda: call(234, 131, value["pid"], value["pid"], 10),
        lambda: call(424, 424, 0, 10, 0, 0),
        lambda: __import__("fcntl").fcntl(3, 8, value["pid"]),
    )
""",
    ),
    harmless(
        "tracing",
        PREAMBLE
        + """
def attack(value):
    space = ctypes.create_string_buffer(64)
    return done(
        *(lambda pid=pid: call(101, 117, 16, pid, 0, 0) for pid in (value["pid"], os.getppid())),
        lambda: call(101, 117, 0, 0, 0, 0),
        lambda: call(310, 270, value["pid"], space, 1, space, 1, 0),
        lambda: call(434, 434, value["pid"], 0),
        lambda: call(312, 272, value["pid"], os.getpid(), 0, 0, 0),
    )
""",
    ),
    harmless(
        "raw system calls",
        PREAMBLE
        + """
def attack(value):
    space = ctypes.create_string_buffer(256)
    return done(
        lambda: call(425, 425, 8, space),
        lambda: call(272, 97, 0x10000000),
        lambda: call(165, 40, space, space, space, 0, 0),
        lambda: call(250, 219, 0, -3, 0),
        lambda: call(248, 217, space, space, space, 8, -3),
        lambda: call(321, 280, 0, space, 64),
        lambda: call(323, 282, 0),
        lambda: call(29, 194, 0, 4096, 0o1777),
        lambda: call(68, 186, 0, 0o1777),
        lambda: call(308, 268, 3, 0),
        lambda: call(157, 167, 1, 0, 0, 0, 0),
        lambda: call(105, 146, 0),
        lambda: call(161, 51, space),
        lambda: call(298, 241, space, 0, -1, -1, 0),
        lambda: call(304, 265, 3, space, 0),
        lambda: call(437, 437, -100, space, space, 24),
        lambda: call(0x40000000 + 39, 9999),
        lambda: __import__("resource").setrlimit(7, (4096, 4096)),
        lambda: os.nice(-5),
        lambda: os.setuid(0),
        lambda: os.setsid(),
    )
""",
    ),
    failing(
        "timers",
        """
import signal


def attack(value):
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    while True:
        pass
""",
        "deadline",
    ),
]
