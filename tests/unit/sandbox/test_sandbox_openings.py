"""What the filter allows for a hole, on both architectures, and how a group of processes is ended."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys

import pytest

from provolve.sandbox import Hole, holes, seccomp, syscalls
from provolve.sandbox.descendants import Descendants

ALLOW, REFUSED = 0x7FFF0000, 0x00050000 | errno.EPERM
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
both = pytest.mark.parametrize("machine", sorted(syscalls.OPENINGS))


def verdict(
    machine: str, opening: str, name: str, *arguments: int, openings: tuple[str, ...] | None = None
) -> int:
    """What the kernel would do with a call."""
    allowed, checked = syscalls.OPENINGS[machine][opening]
    words = {0: {**allowed, **checked}[name], 4: AUDIT[machine]}
    for place, argument in enumerate((*arguments, *[0] * (6 - len(arguments)))):
        words[16 + 8 * place] = argument & 0xFFFFFFFF
        words[20 + 8 * place] = argument >> 32 & 0xFFFFFFFF
    steps = seccomp.program(machine, openings=(opening,) if openings is None else openings)
    held, place = 0, 0
    while True:
        operation, if_true, if_false, operand = steps[place]
        place += 1
        if operation == 0x06:
            return operand
        if operation in (0x20, 0x54):
            held = words[operand] if operation == 0x20 else held & operand
            continue
        holds = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[operation]
        place += if_true if holds else if_false


@both
def test_each_opening_adds_its_calls_and_no_others(machine: str) -> None:
    for opening, (allowed, _) in syscalls.OPENINGS[machine].items():
        for name in allowed:
            assert verdict(machine, opening, name) == ALLOW
            assert verdict(machine, opening, name, openings=()) == REFUSED
            others = tuple(
                other for other, (also, _) in syscalls.OPENINGS[machine].items() if name not in also
            )
            assert verdict(machine, opening, name, openings=others) == REFUSED


@both
@pytest.mark.parametrize("flag", [0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
                                  0x20000, 0x8000, 0x2000, 0x800000])  # fmt: skip
def test_clone_makes_processes_and_threads_here_only(machine: str, flag: int) -> None:
    assert verdict(machine, "processes", "clone", signal.SIGCHLD) == ALLOW
    assert verdict(machine, "processes", "clone", 0x3D0F00) == ALLOW
    assert verdict(machine, "processes", "clone", flag | signal.SIGCHLD) == REFUSED


@both
def test_sockets_are_tcp_over_ip(machine: str) -> None:
    flags = 0o2004000
    for family in (socket.AF_INET, socket.AF_INET6):
        for protocol in (0, socket.IPPROTO_TCP):
            assert verdict(machine, "net", "socket", family, 1 | flags, protocol) == ALLOW
    for wrong in (
        (1, 1, 0),
        (16, 1, 0),
        (2, 2, 0),
        (2, 3, 0),
        (2, 5, 0),
        (2, 1, 17),
        (2, 1, 262),
        (2, 1 | 1 << 20, 0),
    ):
        assert verdict(machine, "net", "socket", *wrong) == REFUSED, wrong


@both
def test_what_is_sent_has_no_address_and_options_are_one(machine: str) -> None:
    assert verdict(machine, "net", "sendto", 3, 2**40, 9, 0, 0, 0) == ALLOW
    for address in (1, 2**32, 2**47):
        assert verdict(machine, "net", "sendto", 3, 0, 9, 0, address, 16) == REFUSED
    assert verdict(machine, "net", "setsockopt", 3, 6, 1) == ALLOW
    assert verdict(machine, "net", "setsockopt", 3, 1, 6) == REFUSED
    assert verdict(machine, "net", "setsockopt", 3, 6, 31) == REFUSED
    assert verdict(machine, "net", "ioctl of sockets", 3, 0x5421) == ALLOW
    assert verdict(machine, "net", "ioctl of sockets", 3, 0x8914) == REFUSED
    assert verdict(machine, "net", "ioctl of sockets", 3, 0x5421, openings=()) == REFUSED


GPUS = (0xC020462A, 0x30000001, 37, 0xC0406400, 0x80084B01)
NOT_GPUS = (0x5412, 0x8912, 0x8914, 0x4C00, 0x1278, 0x7201)


@both
def test_controls_are_those_of_gpus_and_what_was_allowed_before(machine: str) -> None:
    for control in GPUS:
        assert verdict(machine, "gpu", "ioctl of devices", 3, control) == ALLOW
        assert verdict(machine, "gpu", "ioctl of devices", 3, control, openings=("net",)) == REFUSED
    for control in NOT_GPUS:
        assert verdict(machine, "gpu", "ioctl of devices", 3, control) == REFUSED
        assert verdict(machine, "gpu", "ioctl of devices", 3, control, openings=("gpu", "net")) == REFUSED
    assert verdict(machine, "gpu", "ioctl of devices", 3, 0x5401) == ALLOW
    assert verdict(machine, "gpu", "ioctl of devices", 3, 0x5421) == REFUSED
    for openings in (("gpu", "net"), ("net", "gpu")):
        assert verdict(machine, "gpu", "ioctl of devices", 3, 0x5421, openings=openings) == ALLOW
        assert verdict(machine, "gpu", "ioctl of devices", 3, 0x5401, openings=openings) == ALLOW


@both
def test_what_is_there_is_opened_to_write_and_nothing_is_made(machine: str) -> None:
    refused = 0x00050000 | errno.EACCES
    for mode in (os.O_RDONLY, os.O_RDWR, os.O_WRONLY, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK):
        assert verdict(machine, "gpu", "openat of devices", -100, 0, mode) == ALLOW
    for flag in (os.O_CREAT, os.O_TRUNC, os.O_APPEND, 0o20000000):
        assert verdict(machine, "gpu", "openat of devices", -100, 0, os.O_RDWR | flag) == refused
    assert verdict(machine, "gpu", "openat of devices", -100, 0, os.O_RDWR, openings=()) == refused


def test_without_landlock_nothing_is_run_by_its_path() -> None:
    steps = seccomp.program("x86_64", sealed=True, openings=("processes",))
    assert "execve" in syscalls.OF_PATHS
    assert len(steps) < len(seccomp.program("x86_64", openings=("processes",)))


STATE = {"missing": {}, "user": 60706, "landlock_abi": 4}
LAYERS = ("limits", "identity", "landlock", "seccomp", "namespaces")
NET, READ, PROCESSES = Hole("net:::1:80", host="::1", port=80), Hole("read:a", path="/a"), Hole("processes")
GPU = Hole("gpu", devices=("/dev/kfd",))


@pytest.mark.parametrize(
    ("hole", "changed", "root", "told"),
    [
        (NET, {"landlock_abi": 3}, False, "Linux 6.7"),
        (NET, {"missing": {"namespaces": "not permitted"}}, False, "network namespace"),
        (NET, {"missing": {"landlock": "none"}}, False, "needs Landlock"),
        (READ, {"missing": {"landlock": "none"}}, False, "needs Landlock"),
        (GPU, {"missing": {"landlock": "none"}}, False, "needs Landlock"),
        (Hole("gpu"), {}, False, "needs a GPU"),
        (GPU, {}, True, ""),
        (PROCESSES, {"user": None}, True, "a user of their own"),
        (PROCESSES, {"user": None}, False, ""),
        (PROCESSES, {"missing": {"landlock": "none"}}, True, ""),
        (NET, {}, True, ""),
        (READ, {"missing": {"seccomp": "none", "landlock": "none"}}, True, ""),
    ],
)
def test_a_hole_that_cannot_be_kept_narrow_says_what_it_needs(
    hole: Hole, changed: dict[str, object], root: bool, told: str
) -> None:
    lack = holes.unmet([hole], {**STATE, **changed}, LAYERS, root=root)
    assert told in lack
    assert bool(lack) == bool(told)
    assert not lack or lack.startswith(hole.name)


def test_holes_stand_behind_the_level_in_order() -> None:
    assert holes.marked("full", [READ, PROCESSES, NET, READ]) == "full+net:::1:80+processes+read:a"
    assert holes.marked("none", []) == "none"


@pytest.mark.skipif(sys.platform != "linux", reason="process descriptors are Linux's")
def test_a_group_is_ended_after_its_leader_was_reaped() -> None:
    script = "sleep 100 & echo $!; kill -9 $$"
    leader = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True, process_group=0)
    assert leader.stdout is not None
    group = Descendants(leader.pid)
    with leader.stdout:
        left = int(leader.stdout.readline())
        leader.wait()
        os.kill(left, 0)
        group.end()
        group.close()
        # The pipe ends when its last holder is gone.
        assert leader.stdout.read() == ""
