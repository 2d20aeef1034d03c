"""Attacks on files and the network."""

from __future__ import annotations

from provolve.sandbox.attacks.attack import PREAMBLE, Attack, family, refused

FILES = family(
    "files",
    Attack(
        "read a secret",
        """
def attack(value):
    try:
        with open(value["secret"]) as file:
            return file.read()
    except OSError:
        return "refused"
""",
        answer="refused",
    ),
    refused(
        "list folders",
        'lambda: os.listdir(value["folder"]),\nlambda: os.listdir("/tmp"),\nlambda: os.listdir("/"),',
    ),
    refused(
        "write",
        """
lambda: open(value["folder"] + "/new", "w"),
lambda: open(value["secret"], "r+"),
lambda: open(value["secret"], "a"),
lambda: os.open(value["secret"], os.O_RDONLY | os.O_TRUNC),
lambda: os.open(value["folder"], os.O_TMPFILE | os.O_RDWR),
""",
    ),
    refused("truncate", 'lambda: os.truncate(value["secret"], 0),'),
    refused("create by an old call", 'lambda: call(85, 9999, value["folder"].encode() + b"/old", 0o666),'),
    refused(
        "rename",
        """
lambda: os.rename(value["secret"], value["folder"] + "/moved"),
lambda: call(316, 276, -100, value["secret"].encode(), -100, value["folder"].encode() + b"/moved", 1),
""",
    ),
    refused("remove", 'lambda: os.unlink(value["secret"]),\nlambda: os.rmdir(value["folder"]),'),
    refused(
        "link",
        """
lambda: os.link(value["secret"], value["folder"] + "/linked"),
lambda: os.symlink(value["secret"], value["folder"] + "/soft"),
""",
    ),
    refused(
        "make folders and devices",
        """
lambda: os.mkdir(value["folder"] + "/sub"),
lambda: os.mkfifo(value["folder"] + "/fifo"),
lambda: os.mknod(value["folder"] + "/device", 0o20666, 259),
""",
    ),
    refused(
        "change modes, owners and times",
        """
lambda: os.chmod(value["secret"], 0),
lambda: os.chown(value["secret"], os.getuid(), os.getgid()),
lambda: os.utime(value["secret"]),
lambda: os.setxattr(value["secret"], "user.a", b"b"),
""",
    ),
    refused(
        "change folder and root",
        'lambda: os.chdir(value["folder"]),\nlambda: os.chroot(value["folder"]),\nlambda: os.fchdir(3),',
    ),
    refused("the system's users", 'lambda: open("/etc/passwd"),\nlambda: open("/etc/shadow"),'),
    refused(
        "devices",
        '*(lambda name=name: open("/dev/" + name) for name in ("mem", "kmsg", "tty", "fuse", "null")),',
    ),
    refused(
        "shared memory files",
        """
lambda: open("/dev/shm/" + value["mark"], "w"),
lambda: libc.shm_open(value["mark"].encode(), os.O_CREAT | os.O_RDWR, 0o666),
lambda: __import__("multiprocessing.shared_memory").shared_memory.SharedMemory(value["mark"], True, 64),
""",
    ),
    refused("files without a name", 'lambda: os.memfd_create("x"),\nlambda: call(447, 447, 0),'),
    refused(
        "the system's settings",
        """
lambda: open("/proc/sys/kernel/core_pattern", "w"),
lambda: open("/sys/kernel/uevent_helper", "w"),
""",
    ),
    refused(
        "the judge's own code",
        'lambda: open(value["code"]),\nlambda: __import__("provolve"),',
    ),
    refused(
        "look into a private folder",
        """
lambda: os.stat(value["private"] + "/kept"),
lambda: os.access(value["private"] + "/kept", 0) or -1,
""",
        "privacy",
    ),
    refused(
        "watch folders",
        """
lambda: call(294, 26, 0),
lambda: call(300, 262, 0, 0),
""",
    ),
    refused(
        "open by a handle",
        "lambda: call(304, 265, 3, space, 0),\nlambda: call(437, 437, -100, space, space, 24),",
    ),
)

_TALK = """
def attack(value):
    try:
        s = socket.socket({kind})
        s.connect({address})
        s.send(b"out")
    except OSError:
        return "refused"
    return "sent"
"""


def _talk(name: str, kind: str, address: str) -> Attack:
    return Attack(name, PREAMBLE + _TALK.format(kind=kind, address=address), answer="refused")


NETWORK = family(
    "network",
    _talk("TCP", "", '("127.0.0.1", value["port"])'),
    _talk("UDP", "type=socket.SOCK_DGRAM", '("127.0.0.1", value["port"])'),
    _talk("a local socket", "socket.AF_UNIX", 'value["local"]'),
    _talk("an abstract socket", "socket.AF_UNIX", r'"\0" + value["abstract"]'),
    _talk("IPv6", "socket.AF_INET6", '("::1", value["port"])'),
    refused(
        "listen",
        'lambda: socket.create_server(("127.0.0.1", 0)),\nlambda: socket.create_server(("0.0.0.0", 0)),',
    ),
    refused("a pair of sockets", "socket.socketpair,\nlambda: call(53, 199, 1, 1, 0, space),"),
    refused(
        "a web page",
        'lambda: __import__("urllib.request").request.urlopen(f"http://127.0.0.1:{value[\'port\']}"),',
    ),
    refused(
        "raw, netlink and packet sockets",
        """
lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0),
lambda: socket.socket(38, socket.SOCK_SEQPACKET, 0),
lambda: socket.socket(40, socket.SOCK_STREAM, 0),
""",
    ),
    refused(
        "the pipe as a socket",
        """
lambda: libc.shutdown(3, 2),
lambda: libc.send(3, b"x", 1, 0),
lambda: libc.sendmsg(3, space, 0),
lambda: libc.setsockopt(3, 1, 7, space, 4),
""",
    ),
)
