"""All layers of the wall, in the order in which they can be put on."""

from __future__ import annotations

import os
import platform
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from . import devices, holes, identity, landlock, libc, limits, namespaces, seccomp


class Confinement:
    """What the zygote prepares once and a child puts on after the fork.

    ``wanted`` names the layers to try: ``limits``, ``identity``, ``namespaces``, ``landlock``,
    ``seccomp``. ``without`` names parts that are left out on purpose, to show that they are needed.
    ``allowed`` are the holes. ``missing`` says, by layer, why one of them is not on. ``folder`` holds the
    numbered folders of the children, empty where they may not write.
    """

    def __init__(
        self,
        wanted: list[str],
        user: int,
        without: Iterable[str] = (),
        folder: str = "",
        allowed: Sequence[holes.Hole] = (),
    ) -> None:
        self._allowed = allowed
        self._kinds = frozenset(hole.kind for hole in allowed)
        self.wanted = frozenset(wanted)
        self.user = user
        self.missing: dict[str, str] = {}
        if not seccomp.supported():
            reason = f"there is none for {sys.platform} on {platform.machine()}"
            self.missing = dict.fromkeys(self.wanted - {"limits"}, reason)
            self.wanted &= {"limits"}
        self._scratch = folder
        self._landlock_abi = self._look_for_landlock()
        if folder and 0 < self._landlock_abi < landlock.WRITING_ABI:
            self.missing["scratch"] = "this kernel's Landlock does not see files being cut short"
        self.sealed = "seccomp" in self.wanted and not self._landlock_abi
        """Whether children may open no file: where nothing else tells one file from another."""
        self._without = frozenset(without)
        self._on = self.wanted - self._without
        self._limits: list[tuple[int, int]] = []
        self._identity: identity.Identity | None = None
        self._domain: landlock.Ruleset | None = None
        self._filter: seccomp.Filter | None = None
        self._zygote = os.getpid()
        self._end_with_zygote = libc.prepared_prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        # Opened now: behind Landlock it could not be.
        self._statistics = limits.open_statistics()
        self._processes = self._count_processes()
        self.leaky = False
        """Whether children may start processes, which then have to be found and ended."""

    def _count_processes(self) -> int:
        """Return how many the user of the children may have: with those of others, where there are any."""
        if holes.PROCESSES not in self._kinds or sys.platform != "linux":
            return 0
        changes = "identity" in self._on and identity.may_change(self.user)
        return holes.PROCESSES_AT_ONCE + limits.tasks_of(self.user if changes else os.geteuid())

    @property
    def devices(self) -> list[str]:
        """The device files that holes open."""
        return [device for hole in self._allowed for device in hole.devices]

    def liftable(self) -> frozenset[str]:
        """Return the kinds of holes that are not open and could be."""
        if self._filter is None:
            return frozenset()
        able = {holes.PROCESSES} if self.sealed else {holes.READ, holes.PROCESSES, holes.NET, holes.GPU}
        return frozenset(able - self._kinds | able & {holes.READ, holes.NET})

    def _look_for_landlock(self) -> int:
        abi = landlock.version() if "landlock" in self.wanted else 0
        if "landlock" in self.wanted and not abi:
            self.missing["landlock"] = "this kernel has no Landlock (Linux 5.13 or later, enabled at boot)"
        return abi

    @property
    def _writes(self) -> bool:
        """Whether children behind Landlock may write in their folder."""
        return bool(self._scratch) and self._landlock_abi >= landlock.WRITING_ABI

    def leave_namespaces(self, outside: dict[str, str]) -> None:
        """Put the zygote into namespaces of its own."""
        if "namespaces" in self._on:
            reason = namespaces.leave(outside)
            if reason:
                self.missing["namespaces"] = reason

    def close_files(self, paths: list[str], *, open_to_all: bool) -> None:
        """Put the zygote, and with it all children, behind Landlock, and choose who the children are."""
        changes = "identity" in self._on and identity.may_change(self.user)
        if "identity" in self._on and not changes and os.geteuid() == 0:
            self.missing["identity"] = "this root may not become another user"
        if changes:
            # Where nothing was to close files, nobody was promised that they stay closed.
            guarded = bool(self._landlock_abi) or "seccomp" not in self.wanted
            groups = devices.groups(self.devices)
            self._identity = identity.Identity(
                self.user, reads_all=guarded and not open_to_all, groups=groups
            )
        if self._on and sys.platform == "linux" and "no_new_privs" not in self._without:
            libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        if self._landlock_abi and "landlock" in self._on:
            rules = landlock.Ruleset(self._landlock_abi)
            starts = holes.PROCESSES in self._kinds
            rules.allow([*paths, os.path.realpath(sys.executable)] if starts else paths, run=starts)
            for hole in self._allowed:
                if hole.kind == holes.NET and self._landlock_abi >= 4:
                    rules.allow_port(hole.port)
            rules.allow(devices.beside(self.devices))
            rules.allow_devices(self.devices)
            if self._writes:
                rules.allow_writing(self._scratch)
            rules.restrict()
            self._domain = landlock.Ruleset.of_scopes(self._landlock_abi)
        if changes:
            identity.drop_for_zygote()
        elif self.wanted & {"landlock", "seccomp"}:
            identity.keep_only(0)

    def prepare(self, memory: int) -> None:
        """Lay out what children will need; to be called when nothing more is loaded."""
        if "limits" in self._on:
            base = limits.address_space(self._statistics)
            largest = limits.LARGEST_FILE if self._scratch else 0
            self._limits = limits.limits(base, memory, largest, self._processes)
        starts = holes.PROCESSES in self._kinds
        if "seccomp" not in self._on or starts:
            self._adopt_orphans()
        if "seccomp" not in self._on:
            return
        # Signals only where Landlock keeps them among the child and what it has started.
        openings = {*self._kinds} - {holes.READ} | ({"signals"} if starts and self._domain else set())
        self._filter = seccomp.Filter(sealed=self.sealed, writes=self._writes, openings=sorted(openings))

    def _adopt_orphans(self) -> None:
        if not self.wanted or sys.platform != "linux":
            return
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        self.leaky = True

    def put_on(self, number: int = 0) -> None:
        """Confine this freshly forked child, for ever; ``number`` is that of its scratch folder.

        Raises:
            OSError: if the kernel refuses a layer; the child must not go on.
        """
        os.setsid()
        limits.apply(self._limits)
        if self._identity is not None:
            self._identity.assume()
        if self._scratch:
            os.chdir(f"{self._scratch}/{number}")
        # After the change of user, which clears it; and then the parent may already be gone.
        self._die_with_zygote()
        if self._domain is not None:
            self._domain.restrict()
        if self._filter is not None:
            self._filter.install()

    def _die_with_zygote(self) -> None:
        # macOS has no such call; there the end of the pipe has to do.
        if sys.platform != "linux":
            return
        self._end_with_zygote()
        if os.getppid() != self._zygote:
            os._exit(0)

    def state(self) -> dict[str, Any]:
        """Return what the judge is told of the layers, as plain data."""
        return {
            "missing": self.missing,
            "namespaces": namespaces.current(),
            "user": self.user if self._identity is not None else None,
            "landlock_abi": self._landlock_abi if "landlock" in self._on else 0,
            "reads_all": self._identity is not None and self._identity.reads_all,
        }
