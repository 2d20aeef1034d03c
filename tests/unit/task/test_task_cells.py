"""The one-file form, the folder form, and the lines that errors name."""

from __future__ import annotations

from pathlib import Path

import pytest

from provolve.errors import TaskError, UsageError
from provolve.task import load
from provolve.task.cells import cut

GOOD = """\
"About sums."
# a comment
# /// task
# direction = "minimize"
#
#   answer = "table"
# ///

# %% judge      trusted
a = 1
# %% program
b = 2

# %% baseline best-fit   by somebody
c = 3
"""


def refused(text: str) -> str:
    with pytest.raises(TaskError) as caught:
        cut(text.encode(), Path("/x/t.py"), "t.py")
    return str(caught.value)


def test_a_file_is_cut_at_its_marks() -> None:
    parts = cut(GOOD.encode(), Path("/x/t.py"), "t.py")
    assert parts.settings.text == 'direction = "minimize"\n\n  answer = "table"'
    assert (parts.judge.text, parts.program.text, parts.harness) == ("a = 1\n", "b = 2\n", None)
    assert {name: cell.text for name, cell in parts.baselines.items()} == {"best-fit": "c = 3\n"}
    assert parts.page == "About sums."
    assert parts.files == {"t.py": GOOD.encode()}


def test_lines_count_as_in_the_file() -> None:
    parts = cut(GOOD.encode(), Path("/x/t.py"), "t.py")
    lines = GOOD.split("\n")
    for cell, text in (
        (parts.judge, "a = 1"),
        (parts.program, "b = 2"),
        (parts.baselines["best-fit"], "c = 3"),
    ):
        assert cell.padded.split("\n").index(text) == lines.index(text)
    assert parts.settings.padded.split("\n").index('direction = "minimize"') == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# /// task", "# ///", "has no header '# /// task'"),
        ("# ///\n\n", "\n", "line 7: the header that line 3 opens is not closed"),
        ("# a comment", "import os", "line 2: this stands before the first cell"),
        ("# ///\n\n", "# ///\nimport os\n", "line 8: this stands before the first cell"),
        ("# a comment", "this is not python", "line 2: this stands before the first cell"),
        ("# %% judge", "# %% jugde", 'line 9: unknown cell "jugde"; did you mean "judge"?'),
        ("# %% judge      trusted", "# %%", 'line 9: unknown cell ""'),
        ("# %% program", "# %% judge", "line 11: a second cell 'judge' after that on line 9"),
        ("# %% judge      trusted\n", "", "line 9: this stands before the first cell"),
        ("# %% judge      trusted\na = 1\n", "", "there is no judge"),
        ("# %% program\n", "", "there is no program"),
        ("# %% baseline best-fit   by somebody", "# %% baseline", "line 14: a baseline needs a name"),
        ("# %% baseline best-fit   by somebody", "# %% baseline ../x", "line 14: a baseline needs a name"),
    ],
)
def test_what_is_out_of_place_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in GOOD
    message = refused(GOOD.replace(old, new))
    assert message.startswith("t.py")
    assert said in message


def test_a_header_that_never_ends_is_refused() -> None:
    assert "line 1: the header is not closed" in refused('# /// task\n# direction = "minimize"')


def test_wrong_settings_name_the_line_of_the_file(make) -> None:
    path = make.file(make.text().replace("minimize", "least"))
    with pytest.raises(TaskError, match=r"sums\.py, line 2: direction = \"least\" cannot be"):
        load(path)


def test_a_broken_program_names_the_line_of_the_file(make) -> None:
    text = make.text(program="# EVOLVE-BLOCK-START\ndef f(:\n# EVOLVE-BLOCK-END\n")
    line = text.split("\n").index("def f(:") + 1
    with pytest.raises(TaskError, match=rf"sums\.py, line {line}:"):
        load(make.file(text))


def test_a_broken_judge_names_the_line_of_the_file(make) -> None:
    text = make.text(judge="x = 1\ndef score(:\n")
    line = text.split("\n").index("def score(:") + 1
    with pytest.raises(TaskError, match=rf"sums\.py, line {line}: the judge is not Python"):
        load(make.file(text))


def test_a_folder_and_a_file_of_the_same_parts_are_the_same_task(make) -> None:
    from_file = make.load()
    from_folder = load(make.folder())
    assert from_file.digest == from_folder.digest
    assert (from_file.name, from_folder.name) == ("sums", "sums")


@pytest.mark.parametrize("name", ["task.toml", "judge.py", "program.py"])
def test_a_folder_without_a_needed_file_is_refused(make, name: str) -> None:
    folder = make.folder()
    (folder / name).unlink()
    with pytest.raises(TaskError, match=f"there is no {name}"):
        load(folder)


def test_a_folder_may_hold_a_harness_baselines_and_a_page(make) -> None:
    folder = make.folder(
        harness_py="def answer(program, visible):\n    return 7\n",
        baselines__half_way_py="def solve(size):\n    return 1\n",
        README_md="# On sums\n\nLong.\n",
    )
    task = load(folder)
    assert "return 7" in task.harness
    assert list(task.baselines) == ["half-way"]
    assert task.description == "On sums"
    assert sorted(task.files) == sorted(
        ["task.toml", "judge.py", "harness.py", "program.py", "README.md", "baselines/half_way.py"]
    )


def test_a_file_of_another_kind_is_no_task(make) -> None:
    with pytest.raises(UsageError, match="name a folder, or a file that ends in"):
        load(make.file("x", "task.txt"))


def test_a_file_that_is_not_utf8_is_refused(make) -> None:
    path = make.file("")
    path.write_bytes(b"# caf\xe9\n")
    with pytest.raises(TaskError, match="byte 5 is not UTF-8"):
        load(path)


def test_a_byte_order_mark_is_no_text(make) -> None:
    assert load(make.file("\ufeff" + make.text(), "marked.py")).digest == make.load().digest


def test_line_ends_of_windows_are_kept_for_the_program_and_harmless_elsewhere(make) -> None:
    unix = make.text()
    task = load(make.file(unix.replace("\n", "\r\n"), "windows.py"))
    assert task.program.newline == "\r\n"
    assert task.digest == load(make.file(unix, "unix.py")).digest
