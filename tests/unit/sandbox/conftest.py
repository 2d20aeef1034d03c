"""A sandbox with the harness that a module calls HARNESS, and a child of it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provolve.sandbox import Child, Profile, Sandbox


@pytest.fixture(scope="module")
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(Profile(harness=request.module.HARNESS)) as made:
        yield made


@pytest.fixture
def child(sandbox: Sandbox) -> Iterator[Child]:
    with sandbox.child() as made:
        yield made
