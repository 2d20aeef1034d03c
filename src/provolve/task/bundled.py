"""The tasks that come with provolve: folders of ``provolve/gallery``, named with dashes."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from provolve.task.reading import read_settings


def gallery() -> list[tuple[str, str]]:
    """Return the name and one line on each task of the gallery, by name."""
    return [(name, _one_line(root() / name.replace("-", "_"))) for name in names()]


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


def _one_line(folder: Path) -> str:
    settings = read_settings((folder / "task.toml").read_text(encoding="utf-8"), f"{folder}/task.toml")
    return settings.description.strip().split("\n")[0]
