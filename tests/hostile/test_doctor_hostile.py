"""``provolve doctor --hostile``: the table, and the exit code that tells of an effect."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from provolve.cli.doctor import command
from provolve.sandbox import Sandbox, attacks
from provolve.sandbox.attacks.attack import Attack, failing, family

HARMLESS = family("errors", failing("divides", "def attack(value):\n    1 / 0\n", "raised"))
ODD = family("errors", failing("other", "def attack(value):\n    1 / 0\n", "deadline"))
STRONGER = family("beyond", Attack("higher", "def attack(value):\n    return 1\n", needs=("heaven",)))
SPOILS = family("spoils", Attack("has its way", "def attack(value):\n    return [0]\n", answer=[]))
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="layers of Linux")


def doctor(monkeypatch: pytest.MonkeyPatch, *table: Attack) -> tuple[int, str]:
    monkeypatch.setattr(attacks, "ATTACKS", table)
    result = CliRunner().invoke(command, ["--hostile"], standalone_mode=False, env={"COLUMNS": "100"})
    assert result.exception is None
    return result.return_value, result.stdout


def rows(shown: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.split()}


def test_a_table_by_family_and_exit_code_0_without_an_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    code, shown = doctor(monkeypatch, *HARMLESS, *HARMLESS, *ODD, *STRONGER)
    assert code == 0
    assert rows(shown)["family"] == ["attacks", "contained", "surprises", "effects", "untried"]
    assert rows(shown)["errors"] == ["3", "2", "1", "–", "–"]
    assert rows(shown)["beyond"] == ["1", "–", "–", "–", "1"]
    assert rows(shown)["all"] == ["4", "2", "1", "–", "1"]
    assert "errors, other: surprise: it ended with raised" in shown
    assert "None of them had an effect" in shown


def test_exit_code_1_when_one_had_an_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(attacks.PROFILE) as sandbox:
        if sandbox.level == "none":
            pytest.skip("nothing is promised at level none")
    code, shown = doctor(monkeypatch, *HARMLESS, *SPOILS)
    assert code == 1
    assert rows(shown)["spoils"] == ["1", "–", "–", "1", "–"]
    assert "spoils, has its way: effect: it had its way: [0]" in shown
    assert "1 of them had an effect" in shown
