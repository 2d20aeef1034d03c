"""From layers and proofs to a level, and to sentences that say what holds and what would raise it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from provolve.sandbox import namespaces, openings
from provolve.sandbox.child import Child

LEVELS = ("none", "partial", "strong", "full")
"""Weakest first."""

ALWAYS = ("no_new_privs", "descriptors", "environment", "nonce")
"""Parts of the wall that stand at every level."""

_LAYERS = {
    "full": ("limits", "identity", "landlock", "seccomp", "namespaces"),
    "strong": ("limits", "identity", "landlock", "seccomp"),
    "partial": ("limits", "identity", "seccomp"),
    "none": ("limits", "identity"),
}
_READ_ALL = 1 << 2
_REMEDIES = {
    "landlock": "needs Linux 5.13 or later with landlock among the kernel's security modules",
    "seccomp": "needs Linux on x86-64 or aarch64 with CONFIG_SECCOMP_FILTER",
    "identity": "needs a root that may change users (capabilities SETUID, SETGID and KILL)",
    "namespaces": (
        "needs the right to make namespaces: as root the capability SYS_ADMIN (in Docker "
        "--security-opt seccomp=unconfined --cap-add SYS_ADMIN), as an ordinary user bubblewrap (bwrap) "
        "or unprivileged user namespaces"
    ),
    "limits": "needs Linux",
    "scratch": "needs Linux 6.2 or later",
}


_SEES_ALL = (
    "candidates can see names, sizes and times of all files, though not read them: the interpreter is in a "
    "folder that only root may enter; a Python that every user may read would end that"
)


class Proof(msgspec.Struct, frozen=True):
    """What one child tried, and what was seen of it from outside."""

    failures: tuple[str, ...]
    """Attempts that had to fail and did not, or outside observations that should not be."""
    namespaces: bool
    """Whether the child is in namespaces of its own."""
    late_imports: bool
    sealed: bool
    """Whether it could open no file at all, and look at none."""
    closed: tuple[str, ...] = ()
    """Holes that are not open, each with what stopped the child."""
    starts_interpreter: bool = True


UNPROVEN = Proof((), namespaces=False, late_imports=True, sealed=False)
"""Where there is nothing to prove."""


def layers(level: str | None) -> tuple[str, ...]:
    """Return the layers to try for ``level``; None stands for the best.

    Raises:
        ValueError: for an unknown level.
    """
    if level is not None and level not in _LAYERS:
        raise ValueError(f"level {level!r} is unknown: it is one of {', '.join(LEVELS)}")
    return _LAYERS[level or "full"]


def remedy(layer: str) -> str:
    """Return what a missing layer needs, as the rest of a sentence."""
    return _REMEDIES[layer]


def prove(child: Child, state: Mapping[str, Any]) -> Proof:
    """Have ``child`` try what must fail, on planted files, and look at it from outside.

    What the holes that ``state`` tells of open must succeed.

    Raises:
        ChildFailed: if the child does not survive it.
    """
    with tempfile.TemporaryDirectory(prefix="provolve-proof-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        secret = folder / "secret"
        secret.write_text("of the judge")
        outcomes = child.prove(str(secret), name, state.get("allow", ()))
        opened_holes = outcomes.pop("holes")
        starts = outcomes.pop(openings.RUN_INTERPRETER) == ""
        late = outcomes.pop("import late") == ""
        opened, seen = (outcomes.pop(attempt) == "" for attempt in ("open a library", "look at a file"))
        failures = [f"it could {attempt}" for attempt, stopped_by in outcomes.items() if not stopped_by]
        if [entry.name for entry in folder.iterdir()] != ["secret"]:
            failures.append("it changed a folder of the judge")
    return Proof(
        (*failures, *_seen(child.pid, state)),
        _apart(child.pid, state),
        late,
        not (opened or seen),
        closed=tuple(f"{hole} ({stopped_by})" for hole, stopped_by in opened_holes.items() if stopped_by),
        starts_interpreter=starts,
    )


def _seen(pid: int, state: Mapping[str, Any]) -> list[str]:
    """Return what the kernel says of the child that a confined child's status would not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return ["its status cannot be read"]
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    user = state["user"] if state["user"] is not None else os.geteuid()
    allowed = _READ_ALL if state["reads_all"] else 0
    expected = {
        "it is another user than it should be": status["Uid"].split() == [str(user)] * 4,
        "it has capabilities": int(status["CapEff"], 16) | int(status["CapPrm"], 16) == allowed,
        "it may gain privileges": status.get("NoNewPrivs") == "1",
        "it has no filter of system calls": status.get("Seccomp") == "2",
    }
    return [sentence for sentence, holds in expected.items() if not holds]


def _apart(pid: int, state: Mapping[str, Any]) -> bool:
    if "namespaces" in state["missing"] or not state["namespaces"]:
        return False
    here = namespaces.current()
    try:
        there = {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in namespaces.NAMES}  # noqa: PTH115
    except PermissionError:
        # Only root may look; for an ordinary user the zygote's word stands, given before any candidate.
        there = state["namespaces"]
    except OSError:
        return False
    return all(there[name] != here[name] for name in namespaces.NAMES)


def weigh(proof: Proof, state: Mapping[str, Any], asked: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the level that ``proof`` supports, and sentences on what holds and what is missing.

    Holes do not lower it; they are named.
    """
    missing: Mapping[str, str] = state["missing"]
    told = [f"{layer}: {reason}; it {remedy(layer)}" for layer, reason in missing.items()]
    told += [f"the proof failed: {failure}" for failure in proof.failures]
    level = _level(proof, {*asked} - {*missing})
    if not proof.late_imports and level in ("strong", "full"):
        told.append("candidates cannot import what is not loaded: the interpreter's folder is not readable")
    if level == "strong" and "namespaces" in {*asked} - {*missing} and not proof.namespaces:
        told.append("the proof failed: it shares the judge's namespaces")
    if state["reads_all"] and level in ("strong", "full"):
        told.append(_SEES_ALL)
    if not proof.starts_interpreter:
        told.append("candidates may fork but not start the interpreter anew: its folder is closed to them")
    if allow := state.get("allow"):
        told.insert(0, f"but the task allows {', '.join(sorted(map(_named, allow)))}")
    return level, (_HOLDS[level](state), *told)


def _named(hole: Mapping[str, Any]) -> str:
    return f"{hole['name']} ({', '.join(hole['devices'])})" if hole["devices"] else str(hole["name"])


def _level(proof: Proof, layers_on: set[str]) -> str:
    if proof.failures or "seccomp" not in layers_on:
        return "none"
    if "landlock" not in layers_on:
        return "partial" if proof.sealed else "none"
    return "full" if proof.namespaces and "identity" in layers_on else "strong"


def _holds_full(state: Mapping[str, Any]) -> str:
    who = "as a user of their own, " if state["user"] is not None else ""
    return (
        f"candidates run {who}in namespaces of their own, behind Landlock and seccomp: "
        "no files but libraries, no network, no other process"
    )


def _holds_strong(state: Mapping[str, Any]) -> str:
    who = "as a user of their own, " if state["user"] is not None else ""
    return (
        f"candidates run {who}behind Landlock and seccomp: "
        "no files but libraries, no network, no other process"
    )


def _holds_partial(state: Mapping[str, Any]) -> str:
    who = "as a user of their own, " if state["user"] is not None else ""
    return (
        f"candidates run {who}behind seccomp alone: they open no file at all and import only what was "
        "loaded before them; no network, no other process"
    )


def _holds_none(_: Mapping[str, Any]) -> str:
    return "scores and deadlines hold; files, the network and other processes are within a candidate's reach"


_HOLDS = {"full": _holds_full, "strong": _holds_strong, "partial": _holds_partial, "none": _holds_none}
