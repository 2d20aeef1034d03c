"""What a sandbox is built for: the harness, and what candidates may load, read and use."""

from __future__ import annotations

import msgspec

from provolve.sandbox.holes import Hole


class Profile(msgspec.Struct, frozen=True):
    """One task's needs of the sandbox; every child of one zygote has the same profile."""

    harness: str
    """Source, executed once in the zygote; defines functions ``f(program, value)`` for ``Child.call``."""
    imports: tuple[str, ...] = ()
    """Modules preloaded and readable besides the standard library and numpy."""
    memory: int = 512 * 2**20
    """Bytes of address space a child may add to what the zygote has; more than 0."""
    max_message: int = 64 * 2**20
    """Bytes of one answer; more than 0."""
    readable: tuple[str, ...] = ()
    """Absolute paths of further files and folders that candidates may read."""
    scratch: bool = False
    """Whether each child has a folder of its own, its working directory, in which alone it may write. It
    needs Landlock of Linux 6.2, or no confinement of files at all."""
    allow: tuple[Hole, ...] = ()
    """Holes in the wall. They are proven with the level, and recorded with its name."""
    folder: str = "/"
    """Absolute path of the folder that children are in, so that relative paths mean what is in it."""
