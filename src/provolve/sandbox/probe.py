"""What this machine offers for confinement, layer by layer."""

from __future__ import annotations

import os
import sys

import msgspec

from provolve.sandbox import landlock, levels
from provolve.sandbox.failures import SandboxError
from provolve.sandbox.link import bubblewrap
from provolve.sandbox.profile import Profile
from provolve.sandbox.sandbox import Sandbox


class Layer(msgspec.Struct, frozen=True):
    """One part of the wall."""

    name: str
    holds: bool
    detail: str
    """What there is, or why there is none and what would change that."""


class Findings(msgspec.Struct, frozen=True):
    """The level that this process can give candidates here, and what it is made of."""

    level: str
    detail: tuple[str, ...]
    layers: tuple[Layer, ...]


def probe() -> Findings:
    """Start a sandbox, prove its level, and say of every layer whether it holds; takes some 0.1 s."""
    try:
        with Sandbox(Profile(harness="")) as sandbox:
            level, detail, missing = sandbox.level, sandbox.level_detail, sandbox.missing
    except SandboxError as error:
        reason = str(error)
        missing = dict.fromkeys(("identity", "landlock", "seccomp", "namespaces", "limits"), reason)
        level, detail = "none", (reason,)
    return Findings(level, detail, tuple(_layers(missing)))


def _layers(missing: dict[str, str]) -> list[Layer]:
    machine = os.uname().machine
    found = {
        "identity": "each worker's candidates are a user of their own",
        "namespaces": "network, System V IPC and host name of their own, once around the zygote",
        "landlock": f"ABI {landlock.version()}: files and folders",
        "seccomp": f"a list of allowed system calls for {machine}",
        "limits": "address space, CPU, open files and processes",
    }
    if os.geteuid() != 0:
        missing = {"identity": "an ordinary user cannot become another", **missing}
    if sys.platform != "linux":
        missing = {"limits": "the system does not limit address space", **missing}
    layers = [
        Layer(
            name,
            name not in missing,
            f"{missing[name]}; it {levels.remedy(name)}" if name in missing else what,
        )
        for name, what in found.items()
    ]
    wrapper = bubblewrap()
    return [*layers, Layer("bubblewrap", bool(wrapper), wrapper[0] if wrapper else _NO_WRAPPER)]


_NO_WRAPPER = "not installed; only an ordinary user without the right to make namespaces needs it"
