"""Attacks from within the candidate's own process: clock, frames, floods, compiler."""

from __future__ import annotations

from provolve.sandbox.attacks.attack import ANY, Attack, answering, failing, family

CLOCK = family(
    "the clock",
    answering(
        "stopped",
        """
import time
time.perf_counter = time.process_time = time.time = lambda: 0.0
def attack(value):
    return 6
""",
        6,
    ),
    failing(
        "stopped while looping",
        """
import time
time.process_time = time.thread_time = time.monotonic = lambda: 0.0
def attack(value):
    while True:
        pass
""",
        "deadline",
    ),
    failing(
        "stopped for the service",
        """
import sys, time
def attack(value):
    frame = sys._getframe()
    while frame:
        for name in ("time", "clock", "perf_counter"):
            frame.f_globals[name] = lambda *_: 0.0
        frame = frame.f_back
    while True:
        pass
""",
        "deadline",
    ),
    Attack(
        "set",
        """
import ctypes, time
def attack(value):
    found = []
    for clock in (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC):
        try:
            time.clock_settime(clock, time.clock_gettime(clock))
        except OSError:
            continue
        found.append(clock)
    return found
""",
        answer=[],
    ),
)

FRAMES = family(
    "the harness's frames and modules",
    failing(
        "no frame to return to",
        """
import sys
def attack(value):
    frame = sys._getframe(1)
    while frame:
        frame.f_locals.clear()
        frame.f_globals.clear()
        frame = frame.f_back
    return 1
""",
        "raised",
        "killed",
        "answer_malformed",
        "stalled",
    ),
    answering(
        "the encoder replaced",
        """
import sys
def attack(value):
    frame = sys._getframe()
    while "nonce" not in frame.f_locals:
        frame = frame.f_back
    functions = frame.f_locals["self"]._functions
    functions["answer"] = lambda program, value: "mine for ever"
    return 1
""",
        1,
    ),
    failing(
        "modules removed",
        """
import sys
def attack(value):
    sys.modules.clear()
    return {1}
""",
        "answer_malformed",
        "raised",
        "killed",
    ),
    failing(
        "built-in functions replaced",
        """
import builtins
def attack(value):
    for name in ("len", "type", "map", "isinstance", "issubclass", "memoryview", "bytes"):
        setattr(builtins, name, lambda *_: 0)
    return [1, 2.5]
""",
        *ANY,
    ),
    failing(
        "a trace of every line",
        """
import sys
def trace(frame, event, argument):
    frame.f_locals.clear()
    return trace
def attack(value):
    sys.settrace(trace)
    return 1
""",
        *ANY,
    ),
    failing(
        "a profile of every call",
        "import sys\ndef attack(value):\n    sys.setprofile(lambda *_: 1 / 0)\n    return len([1])\n",
        *ANY,
    ),
    answering(
        "the judge's modules",
        """
import sys
def attack(value):
    return [name for name in sys.modules if name.split(".")[0] in ("provolve", "pytest", "click")]
""",
        [],
    ),
)

FLOODS = family(
    "floods",
    answering(
        "standard output",
        'def attack(value):\n    for _ in range(10**4):\n        print("x" * 1000)\n    return 5\n',
        5,
    ),
    answering(
        "standard error",
        """
import os, sys
def attack(value):
    for _ in range(2000):
        sys.stderr.write("x" * 1000)
        os.write(2, b"y" * 1000)
    return 5
""",
        5,
    ),
    answering("standard input", "import sys\ndef attack(value):\n    return sys.stdin.read()\n", ""),
    failing(
        "a long error",
        "def attack(value):\n    raise ValueError('x' * 10**7)\n",
        "raised",
    ),
    failing(
        "a chain of errors",
        """
def attack(value):
    error = None
    for _ in range(10**4):
        try:
            raise ValueError from error
        except ValueError as caught:
            error = caught
    raise error
""",
        "raised",
    ),
)

COMPILER = family(
    "the compiler",
    failing(
        "constant power",
        "def attack(value):\n    return 9 ** 9 ** 9\n",
        "deadline",
        "memory",
        "answer_too_large",
        "raised",
    ),
    failing("constant text", "kept = ('x' * 4000) * 10**9 * 10**9\n", "load_failed", "memory"),
    failing("nested brackets", "kept = " + "(" * 5000 + ")" * 5000 + "\n", "load_failed", "memory"),
    failing("nested operators", "kept = " + "-" * 20000 + "1\n", "load_failed", "memory"),
    failing(
        "a thousand blocks",
        "".join("if 1:\n".rjust(6 + depth) for depth in range(120)) + " " * 120 + "1\n",
        "load_failed",
    ),
    failing(
        "compiled anew for ever",
        "def attack(value):\n    while True:\n        compile('x = [' + '1,' * 5000 + ']', 'x', 'exec')\n",
        "deadline",
    ),
    failing(
        "bytecode that is none",
        """
def attack(value):
    code = attack.__code__.replace(co_code=bytes(range(200, 256, 2)) * 4, co_stacksize=1)
    return eval(code)
""",
        *ANY,
    ),
    failing("text that is not Unicode", "def attack(value):\n    return '\\ud800'\n", "answer_malformed"),
)
