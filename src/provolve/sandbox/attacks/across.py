"""Attacks across candidates and splits: what is left for the next one, and what none may know."""

from __future__ import annotations

from provolve.sandbox.attacks.attack import ANY, Attack, answering, failing, family

STATE = family(
    "state left for the next candidate",
    answering(
        "numpy and chance changed",
        """
import math, random, numpy as np
def attack(value):
    math.sqrt = np.sum = random.random = lambda *_: 0
    random.seed(5)
    np.random.seed(5)
    np.seterr(all="raise")
    return 1
""",
        1,
    ),
    answering(
        "built-in functions and modules changed",
        """
import builtins, os, sys
def attack(value):
    builtins.sum = builtins.sorted = lambda *_: 0
    sys.modules["heapq"] = sys.modules["bisect"] = None
    os.environ["LEFT"] = "behind"
    sys.path.insert(0, "/tmp")
    return 1
""",
        1,
    ),
    failing(
        "memory of small numbers changed",
        """
import ctypes
def attack(value):
    # Where CPython keeps the digits of a whole number: 7 is 8 from here on.
    ctypes.c_uint32.from_address(id(7) + 24).value = 8
    return 2
""",
        *ANY,
    ),
    answering(
        "hooks at the end",
        """
import atexit, gc, os, sys
class Left:
    def __del__(self):
        os.write(3, b"late")
def attack(value):
    atexit.register(lambda: os.write(3, b"late"))
    sys.unraisablehook = sys.excepthook = lambda *_: None
    gc.disable()
    attack.kept = Left()
    return 3
""",
        3,
    ),
    Attack(
        "a file for the next",
        """
import os
def attack(value):
    for folder in (value["folder"], "/tmp", "/dev/shm", "/var/tmp", "/run"):
        try:
            with open(os.path.join(folder, value["mark"]), "w") as file:
                file.write("for the next")
        except OSError:
            continue
        return folder
    return None
""",
        answer=None,
    ),
)

_SEARCH = """
import gc, re, sys
PATTERN = re.compile("provolve-secret-[0-9a-f]{32}")
def search(things):
    found = set()
    for thing in things:
        if isinstance(thing, (str, bytes)):
            text = thing if isinstance(thing, str) else thing.decode("latin-1")
            found.update(PATTERN.findall(text))
    return sorted(found)
"""

SECRETS = family(
    "data of other splits and seeds",
    Attack(
        "all objects of the process",
        _SEARCH
        + """
def attack(value):
    things = gc.get_objects()
    inner = [part for thing in things if type(thing) in (list, tuple) for part in thing]
    inner += [part for thing in things if type(thing) is dict for part in (*thing.values(), *thing)]
    return search(inner)
""",
        answer=[],
        anywhere=True,
    ),
    Attack(
        "all frames",
        _SEARCH
        + """
def attack(value):
    frame, things = sys._getframe(), []
    while frame:
        things += [*frame.f_locals.values(), *frame.f_globals.values()]
        frame = frame.f_back
    return search([*map(repr, things)])
""",
        answer=[],
        anywhere=True,
    ),
    Attack(
        "bytes of the heap",
        _SEARCH
        + """
import ctypes
def attack(value):
    start = id(bytearray(2**20)) & ~0xFFFFF
    return search([ctypes.string_at(start, 2**19)])
""",
        ("answered", "killed"),
        anywhere=True,
    ),
    Attack(
        "inputs of other calls",
        _SEARCH
        + """
def attack(value):
    frame = sys._getframe()
    while "nonce" not in frame.f_locals:
        frame = frame.f_back
    return search([*frame.f_locals["self"]._inputs, bytes(frame.f_locals["request"])])
""",
        answer=[],
        anywhere=True,
    ),
    Attack(
        "small seeds",
        """
import numpy as np
def attack(value):
    for seed in range(1500):
        rng = np.random.default_rng(seed)
        if [int(rng.integers(2**62)) for _ in range(2)] == value["drawn"]:
            return int(rng.integers(2**62))
    return None
""",
        answer=None,
        anywhere=True,
    ),
    Attack(
        "seeds from what is known",
        """
import os, time, numpy as np
def attack(value):
    now = int(time.time())
    known = [value["pid"], os.getpid(), os.getppid(), value["port"], *range(now - 500, now + 1)]
    for seed in known:
        rng = np.random.default_rng(seed)
        if [int(rng.integers(2**62)) for _ in range(2)] == value["drawn"]:
            return int(rng.integers(2**62))
    return None
""",
        answer=None,
        anywhere=True,
    ),
)
