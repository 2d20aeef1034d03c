"""Numbers of system calls on the two architectures that the seccomp filter knows.

From the kernel's ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``.
"""

from __future__ import annotations

ALLOWED_X86_64 = {
    "read": 0, "write": 1, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8,
    "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14,
    "rt_sigreturn": 15, "pread64": 17, "readv": 19, "writev": 20, "access": 21, "pipe": 22, "select": 23,
    "sched_yield": 24, "mremap": 25, "madvise": 28, "dup": 32, "dup2": 33, "pause": 34, "nanosleep": 35,
    "getitimer": 36, "alarm": 37, "setitimer": 38, "getpid": 39, "exit": 60, "uname": 63, "getcwd": 79,
    "gettimeofday": 96, "getrlimit": 97, "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102,
    "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "getpgrp": 111, "getgroups": 115,
    "getresuid": 118, "getresgid": 120, "getpgid": 121, "getsid": 124, "rt_sigpending": 127,
    "rt_sigtimedwait": 128, "rt_sigsuspend": 130, "sigaltstack": 131, "getpriority": 140,
    "arch_prctl": 158, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204,
    "getdents64": 217, "set_tid_address": 218, "restart_syscall": 219, "clock_gettime": 228,
    "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "newfstatat": 262, "faccessat": 269,
    "pselect6": 270, "ppoll": 271, "set_robust_list": 273, "get_robust_list": 274, "dup3": 292,
    "pipe2": 293, "preadv": 295, "getcpu": 309, "getrandom": 318, "membarrier": 324, "statx": 332,
    "rseq": 334, "close_range": 436, "faccessat2": 439,
}  # fmt: skip
CHECKED_X86_64 = {"open": 2, "openat": 257, "ioctl": 16, "fcntl": 72, "prlimit64": 302}
ABSENT_X86_64 = {"clone3": 435, "openat2": 437}

ALLOWED_AARCH64 = {
    "getcwd": 17, "dup": 23, "dup3": 24, "faccessat": 48, "close": 57, "pipe2": 59, "getdents64": 61,
    "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67, "preadv": 69,
    "pselect6": 72, "ppoll": 73, "newfstatat": 79, "fstat": 80, "exit": 93, "exit_group": 94,
    "set_tid_address": 96, "futex": 98, "set_robust_list": 99, "get_robust_list": 100, "nanosleep": 101,
    "getitimer": 102, "setitimer": 103, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115,
    "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132,
    "rt_sigsuspend": 133, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigpending": 136,
    "rt_sigtimedwait": 137, "rt_sigreturn": 139, "getpriority": 141, "getresuid": 148, "getresgid": 150,
    "times": 153, "getpgid": 155, "getsid": 156, "getgroups": 158, "uname": 160, "getrlimit": 163,
    "getrusage": 165, "getcpu": 168, "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174,
    "geteuid": 175, "getgid": 176, "getegid": 177, "gettid": 178, "sysinfo": 179, "brk": 214,
    "munmap": 215, "mremap": 216, "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278,
    "membarrier": 283, "statx": 291, "rseq": 293, "close_range": 436, "faccessat2": 439,
}  # fmt: skip
CHECKED_AARCH64 = {"openat": 56, "ioctl": 29, "fcntl": 25, "prlimit64": 261}
ABSENT_AARCH64 = {"clone3": 435, "openat2": 437}

TABLES = {
    "x86_64": (0xC000003E, ALLOWED_X86_64, CHECKED_X86_64, ABSENT_X86_64),
    "aarch64": (0xC00000B7, ALLOWED_AARCH64, CHECKED_AARCH64, ABSENT_AARCH64),
}
"""Machine name to (audit architecture, freely allowed, allowed by their arguments, answered ENOSYS)."""

OPENINGS = {
    "x86_64": {
        "processes": (
            {"fork": 57, "vfork": 58, "execve": 59, "wait4": 61, "readlink": 89, "waitid": 247},
            {"clone": 56},
        ),
        "signals": ({"kill": 62, "tgkill": 234}, {}),
        "net": (
            {
                "connect": 42, "recvfrom": 45, "shutdown": 48, "getsockname": 51, "getpeername": 52,
                "getsockopt": 55,
            },
            {"socket": 41, "sendto": 44, "setsockopt": 54, "ioctl of sockets": 16},
        ),
        "gpu": (
            {"readlink": 89, "readlinkat": 267},
            {"open of devices": 2, "openat of devices": 257, "ioctl of devices": 16},
        ),
    },
    "aarch64": {
        "processes": ({"waitid": 95, "execve": 221, "wait4": 260, "readlinkat": 78}, {"clone": 220}),
        "signals": ({"kill": 129, "tgkill": 131}, {}),
        "net": (
            {
                "connect": 203, "getsockname": 204, "getpeername": 205, "recvfrom": 207, "getsockopt": 209,
                "shutdown": 210,
            },
            {"socket": 198, "sendto": 206, "setsockopt": 208, "ioctl of sockets": 29},
        ),
        "gpu": ({"readlinkat": 78}, {"openat of devices": 56, "ioctl of devices": 29}),
    },
}  # fmt: skip
"""What holes in the wall add for each machine: freely allowed, and allowed by their arguments."""

OF_PATHS = frozenset((
    "open", "openat", "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2",
    "getdents64", "getcwd", "readlink", "readlinkat", "execve", "open of devices", "openat of devices",
))  # fmt: skip
"""Calls among these that name a file by its path or list a folder, and so tell what there is."""

WRITING = {
    "x86_64": {
        "open": 2, "openat": 257, "pwrite64": 18, "fsync": 74, "fdatasync": 75, "ftruncate": 77, "rename": 82,
        "mkdir": 83, "rmdir": 84, "unlink": 87, "mkdirat": 258, "unlinkat": 263, "renameat": 264,
        "renameat2": 316,
    },
    "aarch64": {
        "openat": 56, "pwrite64": 68, "fsync": 82, "fdatasync": 83, "ftruncate": 46, "mkdirat": 34,
        "unlinkat": 35, "renameat": 38, "renameat2": 276,
    },
}  # fmt: skip
"""Calls that a child with a scratch folder may make besides, and those whose flags are then not looked at:
Landlock says where."""

SECCOMP = {"x86_64": 317, "aarch64": 277}
CAPGET = {"x86_64": 125, "aarch64": 90}
CAPSET = {"x86_64": 126, "aarch64": 91}
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
"""The same on both architectures."""
