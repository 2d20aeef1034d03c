"""The device files of GPUs, and what may be read beside them.

NVIDIA's driver has ``/dev/nvidia*`` and ``/proc/driver/nvidia*``, AMD's and Intel's ``/dev/dri`` and, for
computing on AMD's, ``/dev/kfd`` with ``/sys/devices/virtual/kfd`` (the kernel's ``Documentation/gpu``).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

FORMS = "/dev/nvidia*, /dev/dri/*, /dev/kfd"
_PATTERNS = ("nvidia*", "dri/*", "kfd")
_OF_PCI = (
    "class",
    "config",
    "device",
    "revision",
    "subsystem_device",
    "subsystem_vendor",
    "uevent",
    "vendor",
)
"""Files of a PCI device that say what it is; those beside them give its memory away."""
_READ_WRITE = 0o6
_DESCRIPTORS = 4096


def of_gpus(folder: Path = Path("/dev")) -> tuple[str, ...]:
    """Return the device files of GPUs below ``folder``, in order.

    Only character devices: folders, such as that of the capabilities of NVIDIA's, and links are left out.
    """
    found = (file for pattern in _PATTERNS for file in folder.glob(pattern))
    return tuple(sorted(str(file) for file in found if stat.S_ISCHR(file.lstat().st_mode)))


def is_of_gpu(path: str) -> bool:
    """Whether ``path`` has the name of a device file of a GPU."""
    return path.startswith(("/dev/nvidia", "/dev/dri/")) or path == "/dev/kfd"


def beside(devices: Iterable[str], system: str = "/sys", processes: str = "/proc") -> list[str]:
    """Return the files and folders from which drivers' libraries learn what ``devices`` are.

    ``system`` and ``processes``: where the two file systems of the kernel are mounted.
    """
    found: dict[str, None] = {}
    for device in devices:
        for path in _beside(device, system, processes):
            found[path] = None
    return list(found)


def _beside(device: str, system: str, processes: str) -> Iterator[str]:
    name = os.path.basename(device)  # noqa: PTH119
    if name.startswith("nvidia"):
        yield from (f"{processes}/driver/{driver}" for driver in ("nvidia", "nvidia-uvm"))
    if name == "kfd":
        yield f"{system}/devices/virtual/kfd"
    number = os.stat(device).st_rdev  # noqa: PTH116
    own = os.path.realpath(f"{system}/dev/char/{os.major(number)}:{os.minor(number)}/device")
    if os.path.isdir(own):  # noqa: PTH112
        yield from (f"{own}/{file}" for file in _OF_PCI)
        yield f"{own}/drm"


def groups(devices: Iterable[str]) -> tuple[int, ...]:
    """Return the groups, never root's, that may read and write those of ``devices`` that not all may."""
    found = (os.stat(device) for device in devices)  # noqa: PTH116
    return tuple(sorted({each.st_gid for each in found if _needs_group(each.st_mode)} - {0}))


def _needs_group(mode: int) -> bool:
    return mode & _READ_WRITE != _READ_WRITE and mode >> 3 & _READ_WRITE == _READ_WRITE


def held(devices: Iterable[str]) -> list[str]:
    """Return those of ``devices`` that this process has open."""
    wanted = [(device, os.stat(device)) for device in devices]  # noqa: PTH116
    opened = [status for status in map(_status, range(_DESCRIPTORS)) if status is not None]
    return sorted(device for device, own in wanted if any(os.path.samestat(own, other) for other in opened))


def _status(descriptor: int) -> os.stat_result | None:
    try:
        return os.fstat(descriptor)
    except OSError:
        return None
