"""The eyes of the hostile suite: what an attack changes is seen, and told apart."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provolve.sandbox import Sandbox
from provolve.sandbox.attacks import Attack, Surroundings, planted, run_attack, suite
from provolve.sandbox.attacks.attack import failing, refused
from provolve.sandbox.attacks.trial import PROFILE

Value = dict[str, object]


@pytest.fixture(scope="module")
def surroundings() -> Iterator[Surroundings]:
    with planted() as made:
        yield made


@pytest.fixture(scope="module")
def sandbox(surroundings: Surroundings) -> Iterator[Sandbox]:
    with Sandbox(PROFILE) as made:
        yield made


def send(kind: int, address: object) -> None:
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET, kind) as sender:
        sender.connect(address)
        sender.send(b"out")


def lower_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda value: Path(value["secret"]).write_text("other"), "planted files"),
        (lambda value: Path(value["secret"]).chmod(0o600), "planted files"),
        (lambda value: (Path(value["folder"]) / "new").touch(), "planted files"),
        (lambda value: (Path(value["private"]) / "made").touch(), "planted files"),
        (lambda value: send(socket.SOCK_STREAM, ("127.0.0.1", value["port"])), "TCP was reached"),
        (lambda value: send(socket.SOCK_DGRAM, ("127.0.0.1", value["port"])), "UDP was reached"),
        (lambda value: send(socket.SOCK_STREAM, value["local"]), "a local socket was reached"),
        (lambda _: os.kill(os.getpid(), signal.SIGUSR1), f"signals [{int(signal.SIGUSR1)}] came"),
        (lambda _: lower_limit(), "limits of the judge"),
    ],
)
def test_what_changes_is_seen_once(
    act: Callable[[Value], object], told: str, surroundings: Surroundings
) -> None:
    assert surroundings.disturbed() == []
    act(surroundings.value)
    assert surroundings.disturbed() == [told]
    assert surroundings.disturbed() == []


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no shared memory files here")
def test_a_file_open_to_all_is_seen(surroundings: Surroundings) -> None:
    left = Path("/dev/shm") / str(surroundings.value["mark"])
    left.touch()
    assert surroundings.disturbed() == ["files open to all"]
    left.unlink()
    assert surroundings.disturbed() == ["files open to all"]


def test_a_secret_in_an_answer_is_seen(surroundings: Surroundings) -> None:
    secret = Path(str(surroundings.value["secret"]))
    with planted() as other:
        token = Path(str(other.value["secret"])).read_bytes()
        assert other.betrayed(b"before " + token + b" after")
        assert other.betrayed(os.environ["PROVOLVE_HOSTILE_SECRET"].encode())
        assert not surroundings.betrayed(token)
    assert "PROVOLVE_HOSTILE_SECRET" not in os.environ
    assert not secret.read_text().startswith("other ")


def test_nothing_that_was_planted_stays() -> None:
    with planted() as made:
        folder = Path(str(made.value["folder"])).parent
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="layers of Linux")
@pytest.mark.parametrize(
    ("attack", "verdict"),
    [
        (failing("right", "def attack(value):\n    1 / 0\n", "raised"), "contained"),
        (failing("other", "def attack(value):\n    1 / 0\n", "deadline"), "surprise"),
        (Attack("answers", "def attack(value):\n    return 1\n", answer=2, anywhere=True), "surprise"),
        (Attack("has its way", "def attack(value):\n    return 1\n", answer=2), "effect"),
        (refused("succeeds", "lambda: 1,"), "effect"),
        (Attack("beyond", "def attack(value):\n    return 1\n", needs=("heaven",)), "beyond"),
    ],
    ids=lambda value: value.name if isinstance(value, Attack) else value,
)
def test_verdicts(attack: Attack, verdict: str, sandbox: Sandbox, surroundings: Surroundings) -> None:
    (outcome,) = suite(sandbox, surroundings, [attack])
    assert outcome.verdict == verdict


def test_a_candidate_spoilt_by_the_one_before_is_an_effect(
    sandbox: Sandbox, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provolve.sandbox.attacks.trial._RIGHT", [41])
    harmless = failing("nothing", "def attack(value):\n    1 / 0\n", "raised")
    outcome = run_attack(harmless, sandbox, surroundings)
    assert outcome.verdict == "effect"
    assert "the next candidate went wrong" in outcome.detail
