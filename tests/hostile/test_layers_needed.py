"""Every part of the wall is needed: without it an attack comes through that is contained with it."""

from __future__ import annotations

import os
import sys

import pytest

from provolve.sandbox import Sandbox, SandboxError, landlock, levels, seccomp
from provolve.sandbox.attacks import ATTACKS, Attack, planted, run_attack
from provolve.sandbox.attacks.trial import PROFILE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux"),
]
LAYERS = levels.layers("full")


def named(name: str) -> Attack:
    (found,) = (attack for attack in ATTACKS if attack.name == name)
    return found


def verdict(attack: Attack, layers: tuple[str, ...], *without: str) -> str:
    with planted() as surroundings, Sandbox.of_layers(PROFILE, layers, without=without) as sandbox:
        if sandbox.missing:
            pytest.skip(f"not offered here: {sandbox.missing}")
        return run_attack(attack, sandbox, surroundings).verdict


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("identity", "the judge's user"),
        ("namespaces", "name of the machine"),
        ("landlock", "read a secret"),
        ("seccomp", "files without a name"),
        ("seccomp", "a pair of sockets"),
        ("seccomp", "calls of 32 bits"),
        ("limits", "a little more than allowed"),
        ("descriptors", "descriptors left open"),
        ("environment", "environment of the judge"),
        ("nonce", "an answer without the request's number"),
    ],
)
def test_without_a_part_an_attack_comes_through(part: str, name: str) -> None:
    assert verdict(named(name), LAYERS) == "contained"
    assert verdict(named(name), LAYERS, part) in ("effect", "surprise")


def test_without_no_new_privs_a_program_of_another_user_has_its_rights() -> None:
    attack = named("a program of another user")
    weak = ("limits", "identity")
    assert verdict(attack, weak) != "contained", "it may be executed where only limits hold"
    with planted() as surroundings, Sandbox.of_layers(PROFILE, weak) as sandbox:
        assert "planted files" not in run_attack(attack, sandbox, surroundings).detail
    with planted() as surroundings, Sandbox.of_layers(PROFILE, weak, without=("no_new_privs",)) as sandbox:
        assert "planted files" in run_attack(attack, sandbox, surroundings).detail


def test_without_no_new_privs_no_child_comes_into_being_behind_the_filter() -> None:
    if not landlock.version() or not seccomp.supported():
        pytest.skip("this kernel has no strong level")
    with (
        Sandbox.of_layers(PROFILE, LAYERS, without=("no_new_privs",)) as sandbox,
        pytest.raises(SandboxError, match=r"brings forth no child.*could not put its confinement on"),
    ):
        sandbox.child()
