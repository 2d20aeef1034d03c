"""Reads the programs of a checkpoint that OpenEvolve wrote: ``metadata.json`` and ``programs/*.json``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec

from provolve.errors import UsageError

MOST = 16
"""Programs taken from a checkpoint: each is judged anew before the search begins."""


class Saved(msgspec.Struct, frozen=True):
    """A program of a checkpoint. Its numbers are the checkpoint's word; it is judged anew."""

    id: str
    code: str
    language: str = "python"
    metrics: dict[str, Any] = {}

    @property
    def word(self) -> float:
        """Its ``combined_score`` as told, minus infinity where there is none."""
        score = self.metrics.get("combined_score")
        return float(score) if isinstance(score, int | float) and math.isfinite(score) else -math.inf


class _Metadata(msgspec.Struct, frozen=True):
    best_program_id: str | None = None
    archive: list[str] = []


def read_checkpoint(folder: Path) -> list[Saved]:
    """Return its programs in Python, each source once: the best of all, the archive's, then by their word.

    Raises:
        UsageError: if the folder is no checkpoint, or a file in it cannot be read.
    """
    if not (folder / "metadata.json").is_file() or not (folder / "programs").is_dir():
        raise UsageError(
            f"{folder}: this is no checkpoint of OpenEvolve: there is no metadata.json with a folder "
            "programs beside it. Name a folder such as openevolve_output/checkpoints/checkpoint_100"
        )
    metadata = _decoded(folder / "metadata.json", _Metadata)
    found = [_decoded(file, Saved) for file in sorted((folder / "programs").glob("*.json"))]
    archive = frozenset(metadata.archive)

    def rank(saved: Saved) -> tuple[bool, bool, float, str]:
        return saved.id != metadata.best_program_id, saved.id not in archive, -saved.word, saved.id

    by_source = {saved.code: saved for saved in sorted(found, key=rank, reverse=True)}
    return sorted((saved for saved in by_source.values() if saved.language == "python"), key=rank)


def _decoded(file: Path, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file}: this is not what OpenEvolve writes into a checkpoint: {error}") from error
