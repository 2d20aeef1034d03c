"""Folders for children that may write: one a child, removed with all in it when the child has ended."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class Scratch:
    """A folder with a numbered folder for each child, on the judge's side."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="provolve-scratch-"))
        # Children may enter their own folder, but not see what others there are.
        self.folder.chmod(0o711)
        self._last = 0

    def make(self, user: int | None) -> int:
        """Make the next child's folder, owned by ``user`` where that is another user; return its number.

        Raises:
            OSError: if it cannot be made.
        """
        self._last += 1
        path = self.folder / str(self._last)
        path.mkdir(mode=0o700)
        if user is not None:
            os.chown(path, user, user)
        return self._last

    def remove(self, number: int) -> None:
        """Remove the folder of a child that has ended; what cannot be removed is left for `close`."""
        clear(self.folder / str(number))

    def close(self) -> None:
        """Remove everything."""
        clear(self.folder)


def clear(folder: Path) -> None:
    """Remove ``folder`` and all in it, however deep; whatever resists is left.

    Nothing here recurses or builds long paths: a candidate may have nested folders by the thousand.
    """
    number, pending = 0, [folder]
    try:
        while pending:
            current = pending.pop()
            for entry in _entries(current):
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)  # noqa: PTH108
                    continue
                # Lifted to the top, where its path is short.
                number += 1
                lifted = folder / f"lifted {number}"
                os.chmod(entry.path, 0o700)  # noqa: PTH101
                os.rename(entry.path, lifted)  # noqa: PTH104
                pending.append(lifted)
            if current != folder:
                current.rmdir()
        folder.rmdir()
    except OSError:
        return


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)
