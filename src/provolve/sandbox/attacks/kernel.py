"""Attacks on the judge's process, and raw system calls."""

from __future__ import annotations

from provolve.sandbox.attacks.attack import PREAMBLE, Attack, family, refused

JUDGE = family(
    "the judge's process",
    refused(
        "signals",
        """
*(lambda pid=pid: os.kill(pid, signal.SIGUSR1) for pid in (value["pid"], os.getppid(), -1, 0, 1)),
lambda: os.killpg(os.getpgid(value["pid"]), signal.SIGUSR1),
""",
    ),
    refused(
        "signals by raw calls",
        """
lambda: libc.sigqueue(value["pid"], 10, 0),
lambda: call(234, 131, value["pid"], value["pid"], 10),
lambda: call(200, 130, value["pid"], 10),
lambda: call(129, 138, value["pid"], 10, space),
lambda: call(424, 424, 0, 10, 0, 0),
""",
    ),
    refused(
        "signals by way of the pipe",
        """
lambda: fcntl.fcntl(3, fcntl.F_SETOWN, value["pid"]),
lambda: fcntl.fcntl(3, 10, signal.SIGUSR1),
lambda: fcntl.ioctl(3, 0x8901, struct.pack("i", value["pid"])),
""",
    ),
    refused(
        "trace",
        """
*(lambda pid=pid: call(101, 117, 16, pid, 0, 0) for pid in (value["pid"], os.getppid())),
lambda: call(101, 117, 0x4206, value["pid"], 0, 0),
lambda: call(101, 117, 0, 0, 0, 0),
""",
    ),
    refused(
        "memory of others",
        """
lambda: call(310, 270, value["pid"], space, 1, space, 1, 0),
lambda: call(311, 271, value["pid"], space, 1, space, 1, 0),
lambda: call(440, 440, 3, space, 1, 4, 0),
""",
    ),
    refused(
        "descriptors of others",
        """
lambda: call(434, 434, value["pid"], 0),
lambda: call(438, 438, 3, 0, 0),
lambda: call(312, 272, value["pid"], os.getpid(), 0, 0, 0),
""",
    ),
    refused(
        "environment and memory by way of /proc",
        """
*(
    lambda place=f"/proc/{pid}/{name}": os.open(place, 0)
    for pid in (value["pid"], os.getppid(), "self", 1)
    for name in ("environ", "mem", "maps", "cmdline", "fd", "status", "cwd", "root")
),
""",
    ),
    refused(
        "limits and priority of others",
        """
lambda: call(302, 261, value["pid"], 7, 0, space),
lambda: os.setpriority(os.PRIO_PROCESS, value["pid"], 19),
lambda: os.sched_setaffinity(value["pid"], {0}),
lambda: call(144, 119, value["pid"], 3, space),
lambda: call(256, 238, value["pid"], 8, space, space),
""",
    ),
    Attack(
        "environment of the judge",
        """
import ctypes, os
def attack(value):
    rows = (ctypes.c_char_p * 500).in_dll(ctypes.CDLL(None), "environ")
    place = ctypes.cast(ctypes.addressof(rows), ctypes.POINTER(ctypes.POINTER(ctypes.c_char_p)))[0]
    found = dict(os.environ)
    for position in range(500):
        if not place[position]:
            break
        found[str(position)] = place[position]
    return found
""",
        ("answered",),
    ),
    Attack(
        "descriptors left open",
        """
import fcntl
def opened(number):
    try:
        return fcntl.fcntl(number, fcntl.F_GETFD) >= 0
    except OSError:
        return False
def attack(value):
    return [number for number in range(4, 1024) if opened(number)]
""",
        answer=[],
        anywhere=True,
    ),
    Attack(
        "the judge's user",
        'import os\ndef attack(value):\n    return value["user"] in (os.getuid(), os.geteuid())\n',
        answer=False,
        needs=("user",),
    ),
    Attack(
        "name of the machine",
        'import os\ndef attack(value):\n    return os.uname().nodename == value["host"]\n',
        answer=False,
        needs=("namespaces",),
    ),
)

SYSTEM_CALLS = family(
    "raw system calls",
    refused("io_uring", "lambda: call(425, 425, 8, space),\nlambda: call(426, 426, 3, 1, 0, 0, 0, 0),"),
    refused("bpf", "lambda: call(321, 280, 0, space, 64),"),
    refused("userfaultfd", "lambda: call(323, 282, 0),\nlambda: call(323, 282, 1),"),
    refused(
        "keys",
        """
lambda: call(250, 219, 0, -3, 0),
lambda: call(248, 217, b"user", b"name", b"data", 4, -3),
lambda: call(249, 218, b"user", b"name", 0, -3),
""",
    ),
    refused(
        "namespaces",
        """
*(lambda flag=flag: call(272, 97, flag) for flag in (0x10000000, 0x20000, 0x40000000)),
lambda: call(308, 268, 3, 0),
""",
    ),
    refused(
        "mounts",
        """
lambda: call(165, 40, b"none", value["folder"].encode(), b"tmpfs", 0, 0),
lambda: call(166, 39, value["folder"].encode(), 2),
lambda: call(155, 41, space, space),
lambda: call(428, 428, -100, b"/", 1),
lambda: call(430, 430, b"tmpfs", 0),
lambda: call(161, 51, value["folder"].encode()),
""",
    ),
    refused("System V shared memory", 'lambda: call(29, 194, value["key"], 4096, 0o1666),'),
    refused(
        "System V queues and semaphores",
        'lambda: call(68, 186, value["key"], 0o1666),\nlambda: call(64, 190, value["key"], 1, 0o1666),',
    ),
    refused("message queues", 'lambda: call(240, 180, value["mark"].encode(), 0o102, 0o666, 0),'),
    refused(
        "x32 and numbers beyond the table",
        """
*(lambda number=number: call(0x40000000 + number, 9999) for number in (0, 39, 57, 520)),
lambda: call(0x7FFFFFFF, 9999),
lambda: call(-1, -1),
""",
    ),
    Attack(
        "calls of 32 bits",
        """
import ctypes, mmap, os
def attack(value):
    if os.uname().machine != "x86_64":
        raise ValueError("only x86-64 has such calls")
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # mov eax, 20 (getpid); int 0x80; ret
    page.write(bytes.fromhex("b814000000cd80c3"))
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0
""",
        ("killed", "raised"),
    ),
    refused(
        "become somebody else",
        """
lambda: os.setuid(0),
lambda: os.setgid(0),
lambda: os.setgroups([0]),
lambda: os.setresuid(-1, 0, -1),
lambda: call(126, 91, space, space),
lambda: call(123, 152, 0) or -1,
""",
    ),
    refused(
        "process settings",
        """
lambda: call(157, 167, 1, 0, 0, 0, 0),
lambda: call(157, 167, 36, 1, 0, 0, 0),
lambda: call(157, 167, 4, 1, 0, 0, 0),
lambda: call(135, 92, 0x0040000),
os.setsid,
lambda: os.setpgid(0, 0),
""",
    ),
    refused(
        "the machine",
        """
lambda: call(169, 142, 0xFEE1DEAD, 672274793, 0x89ABCDEF, 0),
lambda: call(170, 161, value["host"].encode(), len(value["host"])),
lambda: call(175, 105, space, 256, b""),
lambda: call(313, 273, 3, b"", 0),
lambda: call(246, 104, 0, 0, 0, 0),
lambda: call(167, 224, b"/none", 0),
lambda: call(103, 116, 3, space, 8),
""",
    ),
    refused("performance counters", "lambda: call(298, 241, space, 0, -1, -1, 0),"),
    refused(
        "the filter and the rules themselves",
        """
lambda: call(317, 277, 1, 0, space),
lambda: call(317, 277, 1, 8, space),
lambda: call(444, 444, space, 8, 0),
lambda: call(446, 446, 3, 0),
""",
    ),
    refused("wait for others", "lambda: os.waitpid(-1, 0),\nlambda: os.waitid(os.P_ALL, 0, os.WEXITED),"),
    Attack(
        "memory that is written and run",
        PREAMBLE
        + """
import mmap
def attack(value):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code = {
        # mov eax, 57 (fork); syscall; ret
        "x86_64": "b8390000000f05c3",
        # mov x8, 220 (clone); mov x0, 17; svc 0; ret
        "aarch64": "881b80d2200280d2010000d4c0035fd6",
    }[os.uname().machine]
    page.write(bytes.fromhex(code))
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
""",
        answer=-1,
    ),
)
