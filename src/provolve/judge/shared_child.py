"""One child for many closed candidates, kept from batch to batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from provolve.sandbox import Child

CANDIDATES = 200
"""Closed candidates that one child judges, at most: what an interpreter keeps of them stays small."""
_CPU_SECONDS = 600.0
"""Seconds of CPU after which a child is replaced, far below those at which the kernel ends it."""


class SharedChild:
    """Holds the child that closed candidates share; they leave nothing behind in it for one another.

    ``fork`` makes a child that holds the given instances.
    """

    def __init__(self, fork: Callable[[Sequence[object]], Child]) -> None:
        self._fork = fork
        self._child: Child | None = None
        self._holds: Sequence[object] = ()
        self._left = 0

    def take(self, instances: Sequence[object]) -> Child:
        """Return the child for one more candidate on ``instances``; a new one where that is due."""
        child = self._child
        if child is None or not self._serves(child, instances):
            self.drop()
            child = self._child = self._fork(instances)
            self._holds, self._left = instances, CANDIDATES
        self._left -= 1
        return child

    def _serves(self, child: Child, instances: Sequence[object]) -> bool:
        fresh = self._left > 0 and child.cpu_time() < _CPU_SECONDS
        return child.alive and fresh and self._holds is instances

    def drop(self) -> None:
        """Let the next candidate have a new child."""
        if self._child is not None:
            self._child.close()
            self._child = None
