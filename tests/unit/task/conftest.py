"""Small tasks written to disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provolve.task import Task, load

JUDGE = """\
from provolve import Refused

def instances(split, count, rng):
    for _ in range(count):
        yield {"size": int(rng.integers(1_000_000))}

def score(instance, answer):
    if not isinstance(answer, int):
        raise Refused("no integer")
    return instance["size"] - answer
"""

PROGRAM = """\
import math

# EVOLVE-BLOCK-START
def solve(size):
    return size // 2
# EVOLVE-BLOCK-END
"""


@dataclass
class TaskMaker:
    """Writes tasks below one folder, each from the parts that a test cares about."""

    root: Path
    settings: str = 'direction = "minimize"\nanswer = "certificate"\n'
    parts: Mapping[str, str] = field(default_factory=lambda: {"judge": JUDGE, "program": PROGRAM})

    def file(self, text: str, name: str = "sums.py") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def text(self, settings: str = "", *, replacing: bool = False, **parts: str) -> str:
        """Return a one-file task; ``settings`` are added to the usual ones or stand in their place."""
        toml = settings if replacing else self.settings + settings
        header = "".join(f"# {line}\n" for line in toml.splitlines())
        cells = {
            **self.parts,
            **{name.replace("__", " ").replace("_", "-"): text for name, text in parts.items()},
        }
        body = "".join(f"# %% {name}\n{text}" for name, text in cells.items())
        return f"# /// task\n{header}# ///\n{body}"

    def folder(self, name: str = "sums", **files: str) -> Path:
        usual = {"task_toml": self.settings, "judge_py": JUDGE, "program_py": PROGRAM}
        for key, text in {**usual, **files}.items():
            head, _, tail = key.rpartition("_")
            self.file(text, f"{name}/{head.replace('__', '/')}.{tail}")
        return self.root / name

    def load(
        self,
        settings: str = "",
        *,
        replacing: bool = False,
        parameters: Mapping[str, object] | None = None,
        data: Path | None = None,
        **parts: str,
    ) -> Task:
        path = self.file(self.text(settings, replacing=replacing, **parts))
        return load(path, parameters, data)


@pytest.fixture
def make(tmp_path: Path) -> TaskMaker:
    return TaskMaker(tmp_path)


@pytest.fixture
def message() -> Callable[[Callable[[], object], type[Exception]], str]:
    """Return what the error says that a call raises."""

    def said(call: Callable[[], object], error: type[Exception]) -> str:
        with pytest.raises(error) as caught:
            call()
        assert type(caught.value) is error
        return str(caught.value)

    return said
