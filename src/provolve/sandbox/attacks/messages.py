"""Attacks on the pipe and on what is made of an answer."""

from __future__ import annotations

import numpy as np

from provolve.sandbox.attacks.attack import FORGE, Attack, answering, failing, family

_TURNED = np.array([[3, 11], [2, 10], [1, 9], [0, 8]])
_BODY = """
    def body(text, behind=b""):
        return struct.pack("<I12x", len(text)) + text + behind
    def send(data, status=0, length=None):
        head = struct.pack("<QQB7x", nonce, len(data) if length is None else length, status)
        os.write(3, head + data)
"""


def _forged(name: str, lines: str, *endings: str, wait: bool = False) -> Attack:
    return failing(name, FORGE + _BODY + lines, *endings, wait=wait)


PIPE = family(
    "the pipe",
    failing("closed", "import os\ndef attack(value):\n    os.close(3)\n    return 1\n", "answer_malformed"),
    failing(
        "closed, and on",
        "import os, time\ndef attack(value):\n    os.close(3)\n    time.sleep(99)\n",
        "answer_malformed",
    ),
    failing(
        "closed at load",
        "import os\nos.closerange(0, 64)\ndef attack(value):\n    return 1\n",
        "answer_malformed",
    ),
    failing(
        "replaced",
        "import os\ndef attack(value):\n    os.dup2(1, 3)\n    return 1\n",
        "answer_malformed",
        "killed",
    ),
    failing(
        "garbage",
        "import os\ndef attack(value):\n    os.write(3, b'x' * 24)\n    return 1\n",
        "answer_malformed",
    ),
    failing(
        "half a header",
        "import os, time\ndef attack(value):\n    os.write(3, b'12345')\n    time.sleep(99)\n",
        "stalled",
        wait=True,
    ),
    failing(
        "half a header and out",
        "import os\ndef attack(value):\n    os.write(3, b'12345')\n    os._exit(0)\n",
        "killed",
    ),
    failing(
        "an answer without the request's number",
        """
import os, struct, time
def attack(value):
    body = struct.pack("<I12x", 2) + b"\\xcc\\xe7"
    os.write(3, struct.pack("<QQB7x", 0, len(body), 0) + body)
    time.sleep(99)
""",
        "answer_malformed",
    ),
    _forged(
        "two answers",
        "    send(body(b'\\x07'))\n    send(body(b'\\x08'))\n    time.sleep(99)\n",
        "answer_malformed",
        "answered",
    ),
    _forged("half an answer", "    send(b'', length=500)\n    time.sleep(99)\n", "stalled", wait=True),
    _forged("a gigabyte claimed", "    send(b'', length=2**30)\n    time.sleep(99)\n", "answer_too_large"),
    _forged(
        "the largest number claimed",
        "    send(b'', length=2**64 - 1)\n    time.sleep(99)\n",
        "answer_too_large",
    ),
    _forged("an unknown status", "    send(b'', status=200)\n    time.sleep(99)\n", "answer_malformed"),
    _forged("a second readiness", "    send(b'', status=6)\n    time.sleep(99)\n", "answer_malformed"),
    _forged(
        "a list of four thousand million items",
        "    send(body(b'\\xdd\\xff\\xff\\xff\\xff'))\n    time.sleep(99)\n",
        "answer_malformed",
    ),
    _forged(
        "nested a hundred thousand deep",
        "    send(body(b'\\x91' * 10**5 + b'\\x90'))\n    time.sleep(99)\n",
        "answer_malformed",
    ),
    _forged(
        "an array larger than what came",
        "    head = struct.pack('<B1Q', 10, 2**60)\n"
        "    send(body(bytes([0xC7, len(head), 1]) + head))\n    time.sleep(99)\n",
        "answer_malformed",
    ),
    _forged(
        "pickled",
        "    import pickle\n    send(body(pickle.dumps(os.getcwd)))\n    time.sleep(99)\n",
        "answer_malformed",
    ),
    _forged(
        "text that is none", "    send(body(b'\\xa2\\xff\\xfe'))\n    time.sleep(99)\n", "answer_malformed"
    ),
    _forged(
        "a reason that is not text",
        "    send(b'\\xff\\x1b[2J' * 9, status=2)\n    time.sleep(99)\n",
        "raised",
    ),
    failing(
        "flood",
        "import os\ndef attack(value):\n    while True:\n        os.write(3, bytes(2**16))\n",
        "answer_malformed",
    ),
    failing(
        "drip",
        """
import os, time
def attack(value):
    for byte in bytes(24):
        os.write(3, bytes([byte]))
        time.sleep(0.1)
    time.sleep(99)
""",
        "stalled",
        "answer_malformed",
        wait=True,
    ),
    failing(
        "taken over",
        """
import sys
def attack(value):
    service = sys._getframe(2).f_locals["self"]
    service._send = lambda *_: None
    return 1
""",
        "stalled",
        "raised",
        wait=True,
    ),
)

OBJECTS = family(
    "objects",
    failing(
        "equal to everything",
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
        "lies of its class",
        "class A:\n    __class__ = float\ndef attack(value):\n    return A()\n",
        "answer_malformed",
    ),
    failing(
        "array of objects",
        "import numpy as np\ndef attack(value):\n    return np.array([object()])\n",
        "answer_malformed",
    ),
    failing(
        "array of records",
        "import numpy as np\ndef attack(value):\n    return np.zeros(2, [('a', 'f8'), ('b', 'O')])\n",
        "answer_malformed",
    ),
    failing("complex numbers", "def attack(value):\n    return 1j\n", "answer_malformed"),
    failing(
        "within itself", "def attack(value):\n    a = []\n    a.append(a)\n    return a\n", "answer_malformed"
    ),
    failing(
        "a lazy generator", "def attack(value):\n    return (x for x in iter(int, 1))\n", "answer_malformed"
    ),
    failing("an endless range", "def attack(value):\n    return range(10**18)\n", "answer_malformed"),
    failing("a function", "def attack(value):\n    return attack\n", "answer_malformed"),
    failing("huge list", "def attack(value):\n    return [1.5] * 10**6\n", "answer_too_large"),
    failing(
        "huge array",
        "import numpy as np\ndef attack(value):\n    return np.zeros(10**6)\n",
        "answer_too_large",
    ),
    failing(
        "array of strides 0",
        "import numpy as np\ndef attack(value):\n    return np.broadcast_to(1.0, 10**12)\n",
        "memory",
        "answer_too_large",
    ),
    failing("huge whole number", "def attack(value):\n    return 1 << 2**26\n", "answer_too_large"),
    failing(
        "a mapping that changes while it is read",
        """
class Keys(dict):
    def items(self):
        self[len(self)] = 1
        return super().items()
def attack(value):
    return Keys({1: 2})
""",
        "answer_malformed",
    ),
    answering(
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
        [1.5, 2],
    ),
    answering(
        "whole numbers that lie",
        """
class I(int):
    def __int__(self):
        return 99
    def __index__(self):
        return 99
    def bit_length(self):
        return 0
def attack(value):
    return [I(5), True, I(-(2**70))]
""",
        [5, True, -(2**70)],
    ),
    answering(
        "numbers at the edges",
        """
def attack(value):
    return [float("inf"), -0.0, 5e-324, 2**200, str(float("nan"))]
""",
        [float("inf"), -0.0, 5e-324, 2**200, "nan"],
    ),
    answering(
        "array that is not contiguous",
        """
import numpy as np
def attack(value):
    given = np.arange(12).reshape(3, 4).T[::-1, ::2]
    return [given.flags.c_contiguous, given, np.asfortranarray(given), np.arange(3, dtype=">i4")]
""",
        [False, _TURNED, _TURNED, np.arange(3, dtype="i4")],
    ),
    failing(
        "an error that cannot be shown",
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
        "an endless error",
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
)
