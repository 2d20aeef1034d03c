"""Attacks on the process itself, by others, and on its time and memory."""

from __future__ import annotations

from provolve.sandbox.attacks.attack import Attack, failing, family, refused

ENDING = family(
    "ending the process",
    failing("exit", "import sys\ndef attack(value):\n    sys.exit(0)\n", "raised"),
    failing("exit at load", "raise SystemExit\n", "load_failed"),
    failing("interrupt", "def attack(value):\n    raise KeyboardInterrupt\n", "raised"),
    failing("hard exit", "import os\ndef attack(value):\n    os._exit(0)\n", "killed"),
    failing("hard exit at load", "import os\nos._exit(0)\n", "killed"),
    failing("exit by raw call", "import ctypes\nctypes.CDLL(None)._exit(0)\n", "killed"),
    failing("abort", "import os\ndef attack(value):\n    os.abort()\n", "killed"),
    failing("segfault", "import ctypes\ndef attack(value):\n    ctypes.string_at(0)\n", "killed"),
    failing(
        "exit code of a missing confinement",
        "import os\ndef attack(value):\n    os._exit(86)\n",
        "killed",
    ),
    failing(
        "exit code of a broken pipe", "import os\ndef attack(value):\n    os._exit(88)\n", "answer_malformed"
    ),
    failing(
        "own reference counts",
        "import ctypes\ndef attack(value):\n    ctypes.memset(id(None), 0, 16)\n    return None\n",
        "killed",
        "answered",
        "deadline",
        "raised",
    ),
)

ENDLESS = family(
    "running for ever",
    failing("loop in Python", "def attack(value):\n    while True:\n        pass\n", "deadline"),
    failing("loop at load", "while True:\n    pass\n", "deadline"),
    failing("loop in C", "def attack(value):\n    return 7 ** (10**9)\n", "deadline", "memory"),
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
        "loop in BLAS",
        """
import numpy as np
def attack(value):
    square = np.ones((1500, 1500))
    while True:
        square @ square
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
        wait=True,
    ),
    failing(
        "wait for a signal", "import signal\ndef attack(value):\n    signal.pause()\n", "stalled", wait=True
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
        "loop in a finaliser",
        """
class Endless:
    def __del__(self):
        while True:
            pass
def attack(value):
    Endless()
""",
        "deadline",
    ),
    failing(
        "backtracking of a regular expression",
        "import re\ndef attack(value):\n    return re.match('(a+)+$', 'a' * 64 + 'b')\n",
        "deadline",
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
)

MEMORY = family(
    "memory",
    failing(
        "memory bomb",
        "def attack(value):\n    kept = []\n    while True:\n        kept.append(bytearray(2**20))\n",
        "memory",
    ),
    failing("memory at load", "kept = bytearray(2**40)\n", "memory"),
    failing(
        "a little more than allowed",
        "def attack(value):\n    return len(bytes(2**28 + 2**26))\n",
        "memory",
    ),
    failing(
        "address space",
        "import mmap\ndef attack(value):\n    return len(mmap.mmap(-1, 2**38))\n",
        "raised",
        "memory",
    ),
    failing("array memory", "import numpy as np\ndef attack(value):\n    return np.ones(2**33)\n", "memory"),
    failing("long text", "def attack(value):\n    return len('x' * 2**40)\n", "memory"),
    failing("recursion", "def attack(value):\n    return attack(value)\n", "raised"),
    failing(
        "recursion without limit",
        "import sys\nsys.setrecursionlimit(10**9)\ndef attack(value):\n    return attack(value)\n",
        "memory",
        "killed",
        "deadline",
    ),
    refused(
        "limits raised again",
        """
lambda: __import__("resource").setrlimit(9, (2**40, 2**40)),
lambda: __import__("resource").setrlimit(7, (4096, 4096)),
lambda: call(302, 261, os.getppid(), 7, space, 0),
""",
    ),
)

PROCESSES = family(
    "processes and threads",
    refused("fork", "os.fork,\nlibc.fork,"),
    refused(
        "fork by raw calls",
        """
lambda: call(57, 220, 17, 0, 0, 0, 0),
lambda: call(56, 220, 17, 0, 0, 0, 0),
lambda: call(435, 435, 0, 0),
""",
    ),
    refused("spawn", 'lambda: os.posix_spawn("/bin/true", ["true"], {}),'),
    refused("threads", "lambda: __import__('threading').Thread(target=print).start(),"),
    refused("execute", 'lambda: os.execv("/bin/true", ["true"]),'),
    refused(
        "shell",
        'lambda: libc.system(b"exit 0") and -1,\nlambda: __import__("subprocess").run(["/bin/true"]),',
    ),
    refused("a pool of processes", "lambda: __import__('multiprocessing').get_context('fork').Pool(1),"),
    Attack(
        "a program of another user",
        """
import os
def attack(value):
    try:
        os.execv(value["elevated"], ["touch", value["private"] + "/made"])
    except OSError:
        return "refused"
""",
        answer="refused",
    ),
    Attack(
        "a grandchild that stays",
        """
import os, time
def attack(value):
    try:
        process = os.fork()
    except OSError:
        return "refused"
    if process == 0:
        os.setsid()
        time.sleep(99)
    return "left one behind"
""",
        answer="refused",
    ),
)
