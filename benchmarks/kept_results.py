"""Results of long benchmarks in a file, a line each, so that an interrupted one goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from provolve.engine.start import Start
from provolve.judge.statistics import loss
from provolve.store import RunReader
from provolve.task import load


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the results that stand in the file; a last line that was cut off is left out."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[record.pop("key")] = record
    return found


def append(path: Path, key: str, result: dict[str, Any]) -> None:
    """Write one result on a line of its own, also where the last line was cut off."""
    whole = not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(("" if whole else "\n") + json.dumps({"key": key, **result}) + "\n")


def seed_loss(path: Path) -> float:
    """Return the loss of a run's seed program on validation."""
    with RunReader(path) as reader:
        stage = reader.stage("started")
        assert stage is not None
        start = msgspec.msgpack.decode(stage, type=Start)
        settings = load(reader.spec.task, reader.spec.parameters).settings
    return loss(start.validation, start.validation, settings.aggregate, settings.direction)
