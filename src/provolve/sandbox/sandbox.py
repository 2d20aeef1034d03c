"""A zygote with its profile and level: where confined children come from."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, NoReturn

import msgspec

from provolve.sandbox import frames, holes, identity, levels, namespaces
from provolve.sandbox.child import Child
from provolve.sandbox.failures import ChildFailed, SandboxError
from provolve.sandbox.link import Link, ZygoteGone, bubblewrap
from provolve.sandbox.profile import Profile
from provolve.sandbox.scratch import Scratch

_ATTEMPTS = 4


class Sandbox:
    """One zygote; ``level`` is what has been proven of it: ``full``, ``strong``, ``partial`` or
    ``none``, followed by the holes of the profile, as ``full+read:data``.

    ``slot`` is the number of the worker: its children have a user of their own. ``level`` as an argument
    asks for less than the best. A zygote that dies is replaced when the next child is asked for. A context
    manager.

    Raises:
        SandboxError: if the zygote cannot start, or the profile cannot be loaded.
        ValueError: for an unknown level or a profile with a limit that is not above 0.
    """

    def __init__(self, profile: Profile, *, slot: int = 0, level: str | None = None) -> None:
        self._settle(profile, slot, levels.layers(level))
        try:
            strength, self.level_detail = self._open()
        except SandboxError:
            self.close()
            raise
        self.level = holes.marked(strength, profile.allow)

    def _settle(
        self, profile: Profile, slot: int, layers: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> None:
        if profile.memory <= 0 or profile.max_message <= 0:
            raise ValueError("memory and max_message of a profile are above 0")
        self._profile = profile
        self._scratch = Scratch() if profile.scratch else None
        self._slot = slot
        self._layers = layers
        self._without = without
        self._link: Link | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._children: weakref.WeakSet[Child] = weakref.WeakSet()

    @classmethod
    def of_layers(
        cls, profile: Profile, layers: tuple[str, ...], *, without: tuple[str, ...] = ()
    ) -> Sandbox:
        """Return a sandbox with just these layers, to measure what one costs: its level is never proven.

        Layers are ``limits``, ``identity``, ``namespaces``, ``landlock`` and ``seccomp``. ``without`` leaves
        out one of them while the others stay as they would be beside it, or one of ``no_new_privs``,
        ``descriptors``, ``environment`` and ``nonce``, to show what it is there for.

        Raises:
            ValueError: for a name that is none of these.
        """
        unknown = {*layers} - {*levels.layers(None)} | {*without} - {*levels.layers(None), *levels.ALWAYS}
        if unknown:
            raise ValueError(f"layers {', '.join(sorted(unknown))} are unknown")
        self = cls.__new__(cls)
        self._settle(profile, 0, layers, without)
        self._link = self._started()
        self.level, self.level_detail = "none", ("its level was never proven",)
        return self

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process number of the zygote, 0 where there is none."""
        return 0 if self._link is None else self._link.pid

    @property
    def missing(self) -> dict[str, str]:
        """Why a layer is not on, by layer."""
        return {} if self._link is None else dict(self._link.state["missing"])

    @property
    def holding(self) -> frozenset[str]:
        """What holds beyond the level itself: ``namespaces``, ``user`` and ``privacy``.

        ``user``: candidates are users of their own. ``privacy``: they cannot look (as ``stat`` does) into
        folders that are closed to them, because they are users without that right or can look at no file.
        """
        if self._link is None:
            return frozenset()
        state = self._link.state
        found = {"namespaces"} & {*self._layers} - {*state["missing"]} - {*self._without}
        if state["user"] is not None:
            found.add("user")
        if (state["user"] is not None and not state["reads_all"]) or holes.strength(self.level) == "partial":
            found.add("privacy")
        return frozenset(found)

    def child(self) -> Child:
        """Fork a confined child.

        Raises:
            SandboxError: if no child comes into being, even from a new zygote.
        """
        if self._closed:
            raise SandboxError("the sandbox was closed: make a new one")
        reason = ""
        with self._lock:
            for _ in range(_ATTEMPTS):
                try:
                    if self._link is None:
                        self._reopen()
                    return self._fork()
                except (ZygoteGone, ChildFailed) as error:
                    reason = str(error) or "the process that forks candidates died"
                    self._discard()
        raise SandboxError(
            f"the sandbox brings forth no child ({reason}), also after {_ATTEMPTS} attempts: see whether "
            "memory or processes have run out, and what `provolve doctor` says"
        )

    def close(self) -> None:
        """End the zygote and all its children."""
        self._closed = True
        for child in list(self._children):
            child.close()
        self._discard()
        if self._scratch is not None:
            self._scratch.close()

    def _discard(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _fork(self) -> Child:
        link = self._link
        if link is None:
            raise ZygoteGone
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        near.setblocking(False)
        with contextlib.ExitStack() as undo:
            undo.callback(near.close)
            number = self._make_scratch(link, undo)
            with far:
                report = link.order(frames.FORK, number, far.fileno())
            if report.error:
                raise SandboxError(
                    f"the sandbox cannot fork ({os.strerror(report.error)}): see whether memory or "
                    "processes have run out"
                )
            functions = frozenset(link.state["functions"])
            nonce = _no_nonce if "nonce" in self._without else None
            child = Child(
                link,
                functions,
                self._profile.max_message,
                report.process,
                near,
                nonce=nonce,
                farewell=self._farewell(number),
                starts=any(hole.kind == holes.PROCESSES for hole in self._profile.allow),
            )
            undo.pop_all()
        self._children.add(child)
        return child

    def _make_scratch(self, link: Link, undo: contextlib.ExitStack) -> int:
        """Make the folder of the next child; return its number, 0 where children have none."""
        if self._scratch is None:
            return 0
        try:
            number = self._scratch.make(link.state["user"])
        except OSError as error:
            raise SandboxError(
                f"a candidate's folder cannot be made in {self._scratch.folder} ({error.strerror}): make "
                "room there, or name another folder in the environment variable TMPDIR"
            ) from None
        undo.callback(self._scratch.remove, number)
        return number

    def _farewell(self, number: int) -> Callable[[], None] | None:
        return None if self._scratch is None else functools.partial(self._scratch.remove, number)

    def _open(self) -> tuple[str, tuple[str, ...]]:
        """Start a zygote and prove its level; return level and detail.

        Where the proof of the layers with Landlock fails, those without it are tried.
        """
        level, told = self._prove()
        if level == "none" and "landlock" in self._layers and "seccomp" not in self.missing:
            self._discard()
            self._layers = levels.layers("partial")
            level, weaker = self._prove()
            told = (*weaker, *(sentence for sentence in told[1:] if sentence not in weaker))
        if self._link is not None:
            self._link.serve_doors()
        return level, told

    def _prove(self) -> tuple[str, tuple[str, ...]]:
        self._link = self._started()
        if "seccomp" not in self._layers:
            return "none", ("no confinement was asked for: only limits and deadlines hold",)
        state = {**self._link.state, "allow": self._allowed()}
        if lack := holes.unmet(self._profile.allow, state, self._layers, root=os.geteuid() == 0):
            self._refuse(lack)
        if "seccomp" in state["missing"]:
            return levels.weigh(levels.UNPROVEN, state, self._layers)
        try:
            with self._fork() as child:
                proof = levels.prove(child, state)
        except (ZygoteGone, ChildFailed) as error:
            self._discard()
            raise SandboxError(
                f"the first child of the sandbox failed ({error or 'its zygote died'}): "
                "see what `provolve doctor` says"
            ) from None
        level, told = levels.weigh(proof, state, self._layers)
        if proof.closed and level != "none":
            self._refuse(f"what the task allows is not open: {', '.join(proof.closed)}")
        return level, told

    def _refuse(self, reason: str) -> NoReturn:
        self._discard()
        raise SandboxError(
            f"{reason}: see what `provolve doctor` says, or take it out of allow in the task's settings"
        )

    def _reopen(self) -> None:
        if self._without:
            self._link = self._started()
            return
        level, _ = self._open()
        if levels.LEVELS.index(level) < levels.LEVELS.index(holes.strength(self.level)):
            self.close()
            raise SandboxError(
                f"the sandbox had to start anew and reached level {level}, not "
                f"{holes.strength(self.level)} as before: see what `provolve doctor` says"
            )

    def _started(self) -> Link:
        settings = self._settings()
        link = Link(settings)
        wrapper = bubblewrap() if os.geteuid() != 0 and "namespaces" in link.state["missing"] else ()
        if not wrapper:
            return link
        try:
            wrapped = Link(settings, wrapper=wrapper)
        except SandboxError:
            # bwrap is installed but may not make namespaces either: the unwrapped zygote serves.
            return link
        link.close()
        return wrapped

    def _allowed(self) -> list[dict[str, Any]]:
        return [msgspec.structs.asdict(hole) for hole in self._profile.allow]

    def _settings(self) -> dict[str, Any]:
        path = [os.path.abspath(entry or os.curdir) for entry in sys.path]  # noqa: PTH100
        return {
            "harness": self._profile.harness,
            "imports": list(self._profile.imports),
            "memory": self._profile.memory,
            "max_message": self._profile.max_message,
            "readable": list(self._profile.readable),
            "scratch": "" if self._scratch is None else str(self._scratch.folder),
            "allow": self._allowed(),
            "folder": self._profile.folder,
            "path": path,
            "layers": list(self._layers),
            "without": list(self._without),
            "user": identity.user_of(self._slot),
            "namespaces": namespaces.current(),
        }


def _no_nonce() -> int:
    return 0
