"""Every failure becomes one message and an exit code."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner, Result

from provolve import __version__
from provolve.cli import group as module
from provolve.cli.group import COMMANDS, group
from provolve.errors import StoreError, UsageError
from provolve.sandbox import SandboxError


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Result:
    @click.command()
    def command() -> None:
        raise error

    monkeypatch.setattr(module.Commands, "get_command", lambda self, context, name: command)
    return CliRunner().invoke(group, ["runs"])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UsageError("mend it"), 2, "provolve: mend it\n"),
        (StoreError("disk full"), 1, "provolve: disk full\n"),
        (SandboxError("no zygote"), 1, "provolve: no zygote\n"),
        (
            PermissionError(13, "Permission denied", "a/b"),
            1,
            "provolve: a/b: Permission denied: check the path, its permissions and the disk\n",
        ),
        (
            OSError(28, "No space left on device"),
            1,
            "provolve: No space left on device: check the path, its permissions and the disk\n",
        ),
        (MemoryError(), 1, "provolve: out of memory: use smaller instances or fewer workers\n"),
        (KeyboardInterrupt(), 1, "\nprovolve: interrupted\n"),
        (click.Abort(), 1, "provolve: interrupted\n"),
        (UsageError("from \x1b[2J a task"), 2, "provolve: from \\x1b[2J a task\n"),
    ],
)
def test_errors_are_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, message: str
) -> None:
    result = raising(monkeypatch, error)
    assert (result.exit_code, result.stderr) == (code, message)


def test_what_nobody_foresaw_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    result = raising(monkeypatch, sqlite3.OperationalError("odd"))
    assert result.exit_code == 1
    assert "something went wrong that should not (OperationalError: odd)" in result.stderr
    assert "PROVOLVE_TRACEBACK=1" in result.stderr
    assert "Traceback" not in result.stderr
    monkeypatch.setenv("PROVOLVE_TRACEBACK", "1")
    assert "Traceback" in raising(monkeypatch, sqlite3.OperationalError("odd")).stderr


def test_a_command_gives_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    command = click.Command("c", callback=lambda: 3)
    monkeypatch.setattr(module.Commands, "get_command", lambda self, context, name: command)
    assert CliRunner().invoke(group, ["runs"]).exit_code == 3


def test_help_lists_every_command_and_needs_no_heavy_import() -> None:
    code = (
        "import sys\n"
        "from provolve.cli import main\n"
        "sys.argv = ['provolve', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert end.code == 0, end.code\n"
        "heavy = {'numpy', 'rich', 'msgspec', 'sqlite3', 'provolve.engine'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name: str) -> None:
    result = CliRunner().invoke(group, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: provolve {name}")


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(group, ["--version"])
    assert (result.exit_code, result.output) == (0, f"provolve, version {__version__}\n")


def test_without_arguments_the_help_is_shown_as_a_usage_error() -> None:
    result = CliRunner().invoke(group, [])
    assert result.exit_code == 2
    assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("typed", "hint"), [("rnu", "did you mean run?"), ("zzz", "`provolve --help` lists")]
)
def test_a_wrong_command_is_answered_with_the_nearest(typed: str, hint: str) -> None:
    result = CliRunner().invoke(group, [typed])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"provolve: there is no command '{typed}'")
    assert hint in result.stderr


def test_a_terminal_that_cannot_show_a_character_gets_its_escape() -> None:
    code = (
        "import click, sys\n"
        "from provolve.cli import group\n"
        "command = click.Command('c', callback=lambda: print('\\u2603'))\n"
        "group.Commands.get_command = lambda self, context, name: command\n"
        "sys.argv = ['provolve', 'runs']\n"
        "group.main()\n"
    )
    env = {"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"\\u2603\n"
