"""New text goes into the regions, and every other byte stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from provolve.cli.splice import splice
from provolve.task.cells import read_parts

HEADER = '# /// task\n# direction = "minimize"\n# answer = "certificate"\n# ///\n'
JUDGE = "# %% judge\ndef score(instance, answer):\n    return 1  # Grüße ☃\n\n"
PROGRAM = (
    "# %% program   the part to improve\n"
    "import math\n\n\n"
    "# EVOLVE-BLOCK-START\n"
    "def f(x):\n"
    "    return x\n"
    "# EVOLVE-BLOCK-END\n\n\n\n"
    "# %% baseline other\n"
    "def f(x):\n    return -x"
)
TEXT = HEADER + JUDGE + PROGRAM
NEW = "def f(x):\n    return math.sin(x)\n"


def spliced(folder: Path, raw: bytes, texts: list[str], functions: tuple[str, ...] = ()) -> bytes:
    path = folder / "task.py"
    path.write_bytes(raw)
    return splice(raw, read_parts(path, "task.py").program, functions, texts)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_only_the_region_of_a_cell_changes(tmp_path: Path, newline: str, mark: str) -> None:
    raw = (mark + TEXT).replace("\n", newline).encode()
    expected = (mark + TEXT.replace("def f(x):\n    return x\n", NEW)).replace("\n", newline).encode()
    assert spliced(tmp_path, raw, [NEW]) == expected


def test_the_same_text_changes_nothing(tmp_path: Path) -> None:
    assert spliced(tmp_path, TEXT.encode(), ["def f(x):\n    return x\n"]) == TEXT.encode()


def test_functions_can_be_regions(tmp_path: Path) -> None:
    body = "# %% program\ndef helper():\n    return 2\n\n\n"
    body += "class A:\n    def f(self):\n        return 1\n\n    x = 3\n"
    raw = (HEADER + JUDGE + body).encode()
    new = spliced(tmp_path, raw, ["    def f(self):\n        return helper()\n"], ("A.f",))
    assert new == raw.replace(b"        return 1\n", b"        return helper()\n")


def test_a_program_of_a_folder_is_its_whole_file(tmp_path: Path) -> None:
    (tmp_path / "task.toml").write_text('direction = "minimize"\nanswer = "certificate"\n')
    (tmp_path / "judge.py").write_text("def score(instance, answer):\n    return 1\n")
    raw = b"# EVOLVE-BLOCK-START\r\ndef f(x):\r\n    return x\r\n# EVOLVE-BLOCK-END"
    (tmp_path / "program.py").write_bytes(raw)
    cell = read_parts(tmp_path, "folder").program
    assert splice(raw, cell, (), [NEW]) == raw.replace(b"return x", b"return math.sin(x)")
