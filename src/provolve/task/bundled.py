"""The tasks that come with provolve: folders of ``provolve/gallery``, named with dashes."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import msgspec

from provolve.task.reading import read_settings
from provolve.task.standing import best_baseline, best_published


class Listed(msgspec.Struct, frozen=True):
    """A task of the gallery as lists show it."""

    name: str
    line: str
    """What it is about."""
    baseline: str
    """Its strongest baseline and what that scored; may be empty."""
    published: str
    """The published result to hold a champion against; may be empty."""


def gallery() -> list[tuple[str, str]]:
    """Return the name and one line on each task of the gallery, by name."""
    return [(task.name, task.line) for task in listed()]


def listed() -> list[Listed]:
    """Return all tasks of the gallery, by name."""
    return [_listed(name) for name in names()]


def names() -> list[str]:
    """Return the names of the gallery's tasks, sorted."""
    return sorted(path.name.replace("_", "-") for path in root().iterdir() if (path / "task.toml").is_file())


def find(name: str) -> Path | None:
    """Return the folder of the gallery's task of this name, or None."""
    return root() / name.replace("-", "_") if name in names() else None


def name_of(path: Path) -> str | None:
    """Return the gallery's name for the task at an absolute path, None where it is not the gallery's."""
    return path.name.replace("_", "-") if path.parent == root() else None


def root() -> Path:
    """Return the folder that holds the gallery."""
    return Path(str(resources.files("provolve.gallery")))


def _listed(name: str) -> Listed:
    file = root() / name.replace("-", "_") / "task.toml"
    settings = read_settings(file.read_text(encoding="utf-8"), str(file))
    line = settings.description.strip().split("\n")[0]
    return Listed(name, line, best_baseline(settings), best_published(settings))
