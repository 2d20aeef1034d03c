"""Each hole opens what it names and no more."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_worst_candidates import AS_NOBODY, interpreter_for_all

from living import alive
from provolve.sandbox import ChildFailed, Hole, Profile, Sandbox, SandboxError, landlock

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not landlock.version(), reason="holes are in walls of Linux"
)
HARNESS = "def answer(program, value):\n    return program.f(value)\n"
CALL = {"cpu_seconds": 5.0, "wall_seconds": 15.0}
PROCESSES = Hole("processes")


def sandbox_with(*allow: Hole, **more: str) -> Sandbox:
    return Sandbox(Profile(harness=HARNESS, allow=allow, **more))


def answer(sandbox: Sandbox, source: str, value: object = None) -> object:
    with sandbox.child() as child:
        child.load(source, [])
        return child.call("answer", value=value, **CALL)


TRIES = """
import os, signal, socket, threading
def outcomes(**tries):
    found = {}
    for name, action in tries.items():
        try:
            action()
            found[name] = "done"
        except OSError as error:
            found[name] = type(error).__name__
        except RuntimeError as error:
            found[name] = "RuntimeError"
    return found
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        made.chmod(0o777)
        for place in (made / "data", made / "data.old"):
            place.mkdir()
            (place / "numbers").write_text("1 2 3")
        (made / "data" / "out").symlink_to(made / "data.old" / "numbers")
        (made / "data").chmod(0o777)
        (made / "data" / "numbers").chmod(0o666)
        yield made


READS = (
    TRIES
    + """
def f(folder):
    data = folder + "/data"
    with open("data/numbers") as file:
        text = file.read()
    return [text, sorted(os.listdir("data")), outcomes(
        sibling=lambda: open(folder + "/data.old/numbers"),
        upwards=lambda: open("data/../data.old/numbers"),
        by_a_link=lambda: open(data + "/out"),
        parent=lambda: os.listdir(folder),
        write=lambda: open(data + "/numbers", "w"),
        append=lambda: open(data + "/numbers", "a"),
        create=lambda: open(data + "/new", "x"),
        rename=lambda: os.rename(data + "/numbers", data + "/other"),
        delete=lambda: os.unlink(data + "/numbers"),
        mode=lambda: os.chmod(data + "/numbers", 0),
        fork=os.fork,
        connect=socket.socket,
    )]
"""
)


def test_a_readable_folder_is_read_and_neither_written_nor_left(folder: Path) -> None:
    hole = Hole("read:data", path=str(folder / "data"))
    with sandbox_with(hole, folder=str(folder)) as sandbox:
        assert sandbox.level.partition("+")[1:] == ("+", "read:data")
        assert "but the task allows read:data" in sandbox.level_detail
        text, names, found = answer(sandbox, READS, str(folder))
    assert (text, names) == ("1 2 3", ["numbers", "out"])
    assert found == dict.fromkeys(found, "PermissionError")
    assert (folder / "data" / "numbers").read_text() == "1 2 3"


def test_a_readable_file_opens_no_sibling(folder: Path) -> None:
    other = folder / "data" / "other"
    other.write_text("not named")
    hole = Hole("read:numbers", path=str(folder / "data" / "numbers"))
    source = TRIES + "def f(paths):\n    return [outcomes(open=lambda: open(path))['open'] for path in paths]"
    with sandbox_with(hole) as sandbox:
        assert answer(sandbox, source, [hole.path, str(other)]) == ["done", "PermissionError"]
    other.unlink()


def test_a_hole_that_is_not_there_is_refused() -> None:
    with pytest.raises(SandboxError, match=r"read:gone \(ENOENT\).*take it out of allow"):
        sandbox_with(Hole("read:gone", path="/gone/for/ever"))


STARTS = (
    TRIES
    + """
def f(value):
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.write(writer, b"well")
        os._exit(7)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    counted = []
    threads = [threading.Thread(target=counted.append, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [os.read(reader, 9), code, sorted(counted), os.getppid(), inside(value)]

def inside(value):
    reader, writer = os.pipe()
    if os.fork() == 0:
        found = outcomes(
            session=os.setsid,
            group=lambda: os.setpgid(0, 0),
            zygote=lambda: os.kill(value["zygote"], signal.SIGTERM),
            judge=lambda: os.kill(value["judge"], 0),
            user=lambda: os.setuid(0),
            namespace=lambda: os.unshare(0x10000000) if hasattr(os, "unshare") else open("/etc/passwd"),
            file=lambda: open(value["file"]),
            write=lambda: open("/tmp/by-a-grandchild", "w"),
            connect=socket.socket,
            run=lambda: os.execv("/bin/sh", ["sh", "-c", "true"]),
        )
        os.write(writer, repr(found).encode())
        os._exit(0)
    os.wait()
    return eval(os.read(reader, 9999))
"""
)


def test_processes_and_threads_start_and_stay_behind_the_wall(folder: Path) -> None:
    value = {"judge": os.getpid(), "file": str(folder / "data" / "numbers")}
    with sandbox_with(PROCESSES) as sandbox:
        assert sandbox.level.endswith("+processes")
        text, code, counted, zygote, found = answer(sandbox, STARTS, {**value, "zygote": sandbox.pid})
        assert (text, code, counted, zygote) == (b"well", 7, [0, 1, 2, 3], sandbox.pid)
        assert found == dict.fromkeys(found, "PermissionError")
        assert len(found) == 10


def test_no_new_user_namespace_comes_with_a_clone() -> None:
    source = """
import ctypes, platform
def f(value):
    library = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    return [library.syscall(number, 0x10000000 | 17, 0, 0, 0, 0), ctypes.get_errno()]
"""
    with sandbox_with(PROCESSES) as sandbox:
        assert answer(sandbox, source) == [-1, 1]


LEAVES = """
import os, signal, time
def f(value):
    reader, writer = os.pipe()
    for number in range(3):
        if os.fork() == 0:
            if os.fork() == 0:
                for one in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                    signal.signal(one, signal.SIG_IGN)
                for leave in (os.setsid, lambda: os.setpgid(0, 0)):
                    try:
                        leave()
                    except OSError:
                        pass
                os.write(writer, b"%d " % os.getpid())
                while True:
                    time.sleep(100)
            os._exit(0)
    found = b""
    while found.count(b" ") < 3:
        found += os.read(reader, 100)
    return [int(number) for number in found.split()]
"""


def vanish(pids: list[int]) -> bool:
    until = time.monotonic() + 10
    while any(map(alive, pids)):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_grandchildren_end_with_the_child() -> None:
    with sandbox_with(PROCESSES) as sandbox:
        with sandbox.child() as child:
            child.load(LEAVES, [])
            left = child.call("answer", **CALL)
            assert len(left) == 3
            assert all(map(alive, left))
        # At once: close returns when all of them are reaped.
        assert not any(Path(f"/proc/{pid}").exists() for pid in left)
        children = Path(f"/proc/{sandbox.pid}/task/{sandbox.pid}/children")
        assert children.read_text() == ""


def test_grandchildren_end_with_a_child_that_ended_itself() -> None:
    source = LEAVES.replace(
        "    return [int", "    os.write(3, found + b' ' * 99)\n    os._exit(0)\n    [int"
    )
    with sandbox_with(PROCESSES) as sandbox, sandbox.child() as child:
        child.load(source, [])
        with pytest.raises(ChildFailed):
            child.call("answer", **CALL)
        assert not members(child.pid)


def members(group: int) -> list[str]:
    """All processes of a process group, dead ones that nobody has reaped among them."""
    return [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit() and is_in(entry, group)]


def is_in(entry: Path, group: int) -> bool:
    try:
        return int((entry / "stat").read_text().rsplit(")", 1)[1].split()[2]) == group
    except OSError:
        return False


def test_grandchildren_end_when_the_zygote_was_killed() -> None:
    with sandbox_with(PROCESSES) as sandbox:
        child = sandbox.child()
        child.load(LEAVES, [])
        left = child.call("answer", **CALL)
        os.kill(sandbox.pid, signal.SIGKILL)
        assert vanish([child.pid, sandbox.pid])
        child.close()
        assert vanish(left)


JUDGE = """
import sys
from provolve.sandbox import Hole, Profile, Sandbox
sandbox = Sandbox(Profile(harness={harness!r}, allow=(Hole("processes"),)))
child = sandbox.child()
child.load({source!r}, [])
print(*child.call("answer", cpu_seconds=5, wall_seconds=15), flush=True)
child.load("def f(x):\\n    while True: pass", [])
child.call("answer", cpu_seconds=50, wall_seconds=50)
"""


def test_grandchildren_end_when_the_judge_was_killed() -> None:
    judge = subprocess.Popen(
        [sys.executable, "-c", JUDGE.format(harness=HARNESS, source=LEAVES)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert judge.stdout is not None
    with judge, judge.stdout:
        left = [int(word) for word in judge.stdout.readline().split()]
        assert len(left) == 3
        judge.kill()
    assert vanish(left)


def test_a_storm_of_processes_is_bounded_and_ends() -> None:
    storm = """
import os
def f(value):
    while True:
        try:
            os.fork()
        except OSError:
            continue
"""
    with sandbox_with(PROCESSES) as sandbox:
        with sandbox.child() as child:
            child.load(storm, [])
            with pytest.raises(ChildFailed, match=r"deadline|stalled"):
                child.call("answer", cpu_seconds=0.3, wall_seconds=1.5)
        assert answer(sandbox, "def f(value): return 4") == 4
        assert not members(child.pid)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[int, int, str]]:
    """Two ports of this machine and an abstract local socket at which somebody answers."""
    with (
        socket.create_server(("127.0.0.1", 0)) as named,
        socket.create_server(("127.0.0.1", 0)) as other,
        socket.socket(socket.AF_UNIX) as local,
    ):
        name = f"\0provolve-holes-{os.getpid()}"
        local.bind(name)
        local.listen()
        for server in (named, other, local):
            threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield named.getsockname()[1], other.getsockname()[1], name
        for server in (named, other, local):
            server.shutdown(socket.SHUT_RDWR)


def serve(server: socket.socket) -> None:
    while True:
        try:
            with server.accept()[0] as connection:
                while data := connection.recv(2**16):
                    connection.sendall(data.upper())
        except OSError:
            return


CONNECTS = (
    TRIES
    + """
def f(value):
    with socket.create_connection(("127.0.0.1", value["port"]), 5) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(b"a" * 300_000)
        link.shutdown(socket.SHUT_WR)
        got = 0
        while data := link.recv(2**16):
            got += data.count(b"A")
    def other(family=socket.AF_INET, kind=socket.SOCK_STREAM, protocol=0, to=("127.0.0.1", value["other"])):
        socket.socket(family, kind, protocol).connect(to)
    def broadcast():
        socket.socket().setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    def send_to():
        socket.socket().sendto(b"x", 0x20000000, ("127.0.0.1", value["other"]))
    return [got, outcomes(
        another_port=other,
        datagrams=lambda: other(kind=socket.SOCK_DGRAM, to=("127.0.0.1", value["port"])),
        raw=lambda: other(kind=socket.SOCK_RAW, protocol=1),
        multipath=lambda: other(protocol=262, to=("127.0.0.1", value["port"])),
        abstract=lambda: other(socket.AF_UNIX, to=value["name"]),
        local=lambda: other(socket.AF_UNIX, to="/run/socket"),
        netlink=lambda: other(socket.AF_NETLINK, to=(0, 0)),
        pair=socket.socketpair,
        listen=lambda: socket.create_server(("127.0.0.1", value["port"] + 1)),
        option=broadcast,
        fast_open=send_to,
        fork=os.fork,
        read=lambda: open("/etc/hosts"),
    ), outcomes(elsewhere=lambda: other(to=("192.0.2.1", value["port"])))]
"""
)


def port_open(sandbox_of: Hole) -> Sandbox:
    try:
        return sandbox_with(sandbox_of)
    except SandboxError as error:
        if "needs" not in str(error):
            raise
        pytest.skip(str(error))


def test_one_port_of_this_machine_is_reached_and_nothing_else(servers: tuple[int, int, str]) -> None:
    port, other, name = servers
    with port_open(Hole(f"net:localhost:{port}", host="localhost", port=port)) as sandbox:
        assert sandbox.level == f"full+net:localhost:{port}"
        got, found, elsewhere = answer(sandbox, CONNECTS, {"port": port, "other": other, "name": name})
    assert got == 300_000
    assert found == dict.fromkeys(found, "PermissionError")
    # The same port of another host: there is no way there.
    assert elsewhere == {"elsewhere": "OSError"}


def test_a_port_at_which_nobody_listens_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    source = "import socket\ndef f(port):\n    return socket.create_connection(('127.0.0.1', port)).recv(1)"
    with port_open(Hole(f"net:127.0.0.1:{port}", host="127.0.0.1", port=port)) as sandbox:
        for _ in range(20):
            assert answer(sandbox, source, port) == b""


def test_a_server_hears_of_candidates_only(servers: tuple[int, int, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with port_open(Hole(f"net:localhost:{port}", host="localhost", port=port)) as sandbox:
            answer(sandbox, "def f(value): return 1")
            server.settimeout(0.1)
            with pytest.raises(TimeoutError):
                server.accept()


@pytest.mark.parametrize("kind", ["net", "read"])
def test_holes_that_cannot_be_kept_narrow_are_refused(kind: str, folder: Path) -> None:
    hole = Hole("net:localhost:9", host="localhost", port=9) if kind == "net" else Hole("read:d", str(folder))
    told = "network namespace" if kind == "net" else "needs Landlock"
    with pytest.raises(SandboxError, match=told):
        Sandbox(Profile(harness=HARNESS, allow=(hole,)), level="strong" if kind == "net" else "partial")


def test_the_proof_tells_a_hole_that_opens_too_much() -> None:
    # A profile that makes everything readable as well stands for a hole that is too wide.
    with Sandbox(Profile(harness=HARNESS, readable=("/",), allow=(PROCESSES,)), level="strong") as sandbox:
        assert sandbox.level == "partial+processes"
        assert any("it could read a file of the judge" in sentence for sentence in sandbox.level_detail)


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("def f(v):\n    open(v)", 'allow = ["read:{}"] would permit reading it'),
        ("import os\ndef f(v):\n    os.fork()", 'allow = ["processes"] would permit it'),
        ("import subprocess\ndef f(v):\n    subprocess.run(['/bin/true'])", 'allow = ["processes"]'),
        ("import threading\ndef f(v):\n    threading.Thread(target=int).start()", 'allow = ["processes"]'),
        ("import socket\ndef f(v):\n    socket.socket()", 'allow = ["net:localhost:PORT"]'),
    ],
)
def test_a_refusal_names_the_hole_that_would_lift_it(source: str, hint: str, folder: Path) -> None:
    file = str(folder / "data" / "numbers")
    with sandbox_with() as sandbox, pytest.raises(ChildFailed) as caught:
        answer(sandbox, source, file)
    assert hint.format(file) in caught.value.detail


@pytest.mark.parametrize(
    "source",
    [
        "def f(v):\n    raise ValueError('no such value')",
        "def f(v):\n    open('/no/such/file')",
        "class E(PermissionError):\n    filename = property(lambda self: 1 / 0)\ndef f(v):\n    raise E(13)",
    ],
)
def test_other_errors_have_no_hint(source: str) -> None:
    with sandbox_with() as sandbox, pytest.raises(ChildFailed) as caught:
        answer(sandbox, source)
    assert "allow" not in caught.value.detail


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_all_of_it_as_an_ordinary_user() -> None:
    python = interpreter_for_all()
    if python is None:
        pytest.skip("no interpreter of this version that an ordinary user can reach")
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        command = [python, "-P", "-s", "-S", "-c", AS_NOBODY, home, os.pathsep.join(sys.path), __file__]
        # The texts of hints do not depend on the user.
        finished = subprocess.run(
            [*command, "-k", "not refusal and not other_errors and not hears"],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={"PATH": os.environ["PATH"]},
        )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert int(finished.stdout.rsplit(" passed", 1)[0].split()[-1]) >= 15
