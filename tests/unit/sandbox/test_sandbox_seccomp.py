"""The filter, run by a small interpreter of its instructions, on both architectures."""

from __future__ import annotations

import errno
import os
import platform
import re
from pathlib import Path

import pytest

from provolve.sandbox import seccomp, syscalls

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
REFUSED = REFUSE | errno.EPERM
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
both = pytest.mark.parametrize("machine", sorted(syscalls.TABLES))


def verdict(
    machine: str, number: int, *arguments: int, architecture: int | None = None, sealed: bool = False
) -> int:
    """What the kernel would do with a call."""
    steps = seccomp.program(machine, sealed=sealed)
    words = {0: number, 4: AUDIT[machine] if architecture is None else architecture}
    for place, argument in enumerate((*arguments, *[0] * (6 - len(arguments)))):
        words[16 + 8 * place] = argument & 0xFFFFFFFF
        words[20 + 8 * place] = argument >> 32 & 0xFFFFFFFF
    held, place = 0, 0
    while True:
        operation, if_true, if_false, operand = steps[place]
        place += 1
        if operation == 0x06:
            return operand
        if operation == 0x20:
            held = words[operand]
            continue
        holds = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[operation]
        place += if_true if holds else if_false


@both
def test_exactly_the_listed_calls_are_allowed(machine: str) -> None:
    _, allowed, checked, absent = syscalls.TABLES[machine]
    for number in {*range(600)} - {*checked.values()}:
        expected = REFUSED
        if number in allowed.values():
            expected = ALLOW
        elif number in absent.values():
            expected = REFUSE | errno.ENOSYS
        assert verdict(machine, number) == expected, number


@both
def test_the_sealed_filter_refuses_all_calls_with_paths_and_no_others(machine: str) -> None:
    _, allowed, checked, _ = syscalls.TABLES[machine]
    for name, number in {**allowed, **checked}.items():
        if name in syscalls.OF_PATHS:
            assert verdict(machine, number, sealed=True) == REFUSED, name
        else:
            assert verdict(machine, number, sealed=True) == verdict(machine, number), name


@both
def test_tables_name_every_number_once(machine: str) -> None:
    _, allowed, checked, absent = syscalls.TABLES[machine]
    numbers = [*allowed.values(), *checked.values(), *absent.values()]
    assert len(numbers) == len(set(numbers))


def test_architectures_agree_but_for_calls_that_only_the_older_has() -> None:
    x86, arm = syscalls.ALLOWED_X86_64, syscalls.ALLOWED_AARCH64
    assert {*arm} <= {*x86}
    assert {*x86} - {*arm} == {
        "stat", "lstat", "poll", "access", "pipe", "select", "dup2", "pause", "alarm", "getpgrp",
        "arch_prctl", "time",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "clone", "fork", "vfork", "execve", "kill", "tgkill", "ptrace", "socket", "connect", "sendmsg", "bpf",
        "unshare", "mount", "setns", "memfd_create", "prctl", "io_uring_setup", "keyctl", "unlink", "rename",
    ],
)  # fmt: skip
@both
def test_dangerous_calls_are_in_no_table(machine: str, name: str) -> None:
    _, allowed, checked, _ = syscalls.TABLES[machine]
    assert name not in {*allowed, *checked}


@both
def test_other_architectures_are_killed(machine: str) -> None:
    for architecture in (0x40000003, 0x40000028, 0, AUDIT["aarch64" if machine == "x86_64" else "x86_64"]):
        assert verdict(machine, 0, architecture=architecture) == KILL


def test_x32_is_refused() -> None:
    assert {verdict("x86_64", 0x40000000 + number) for number in range(600)} == {REFUSED}
    assert verdict("x86_64", 2**32 - 1) == REFUSED


@both
def test_files_are_opened_to_read_only(machine: str) -> None:
    calls = syscalls.TABLES[machine][2]
    harmless = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK
    for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND, os.O_TMPFILE):
        for flags in (flag, flag | harmless):
            assert verdict(machine, calls["openat"], 1, 2, flags) == REFUSE | errno.EACCES
            if "open" in calls:
                assert verdict(machine, calls["open"], 1, flags) == REFUSE | errno.EACCES
    assert verdict(machine, calls["openat"], 2**40, 2, harmless) == ALLOW


@both
def test_controls_are_limited_to_harmless_ones(machine: str) -> None:
    calls = syscalls.TABLES[machine][2]
    assert verdict(machine, calls["ioctl"], 1, 0x5401) == ALLOW
    assert {verdict(machine, calls["ioctl"], 1, request) for request in (0x5412, 0x8901, 0x5452)} == {REFUSED}
    assert {verdict(machine, calls["fcntl"], 1, command) for command in (0, 1, 2, 3, 4, 1030)} == {ALLOW}
    assert {verdict(machine, calls["fcntl"], 1, command) for command in (6, 8, 10, 15, 1024)} == {REFUSED}


@both
def test_limits_can_be_read_and_not_set(machine: str) -> None:
    number = syscalls.TABLES[machine][2]["prlimit64"]
    assert verdict(machine, number, 0, 7, 0, 1) == ALLOW
    for arguments in ((1, 7, 0, 1), (0, 7, 1, 0), (0, 7, 2**40, 0)):
        assert verdict(machine, number, *arguments) == REFUSED


HEADERS = {
    "x86_64": ("x86_64-linux-gnu/asm/unistd_64.h", "asm/unistd_64.h", "asm-x86/unistd_64.h"),
    "aarch64": ("aarch64-linux-gnu/asm/unistd_64.h", "asm-generic/unistd.h"),
}
DEFINITION = re.compile(r"^#define (__NR(?:3264)?_\w+)\s+(\w+)$", re.MULTILINE)


def numbers(machine: str) -> dict[str, int]:
    """System calls and their numbers by the kernel's own header, as far as it is installed."""
    names = [Path("/usr/include") / name for name in HEADERS[machine]]
    found = [path for path in names if path.exists() and "__NR_" in path.read_text()]
    if not found:
        pytest.skip(f"no kernel header for {machine} below /usr/include")
    defined = dict(DEFINITION.findall(found[0].read_text()))
    resolved = {name: defined.get(value, value) for name, value in defined.items()}
    return {
        name[5:]: int(value) for name, value in resolved.items() if value.isdecimal() and name[:5] == "__NR_"
    }


@both
def test_the_tables_are_those_of_the_kernels_headers(machine: str) -> None:
    if machine == "x86_64" and platform.machine() != "x86_64":
        pytest.skip("the headers below /usr/include/asm are another machine's")
    _, allowed, checked, absent = syscalls.TABLES[machine]
    header = numbers(machine)
    assert header["read"] != header["write"], "the header was read"
    ours = {**allowed, **checked, **absent, "seccomp": syscalls.SECCOMP[machine]}
    ours |= {"capget": syscalls.CAPGET[machine], "capset": syscalls.CAPSET[machine]}
    ours |= {
        "landlock_create_ruleset": syscalls.LANDLOCK_CREATE_RULESET,
        "landlock_add_rule": syscalls.LANDLOCK_ADD_RULE,
        "landlock_restrict_self": syscalls.LANDLOCK_RESTRICT_SELF,
    }
    assert len(ours) > 60
    newer = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"} - {*header}
    assert {name: header.get(name) for name in ours if name not in newer} == {
        name: number for name, number in ours.items() if name not in newer
    }
