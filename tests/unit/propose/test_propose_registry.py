from __future__ import annotations

import pytest

from provolve.errors import UsageError
from provolve.propose import Proposer, Resumable, build
from provolve.propose.symbolic import SymbolicProposer


def test_builds_by_name_with_settings():
    proposer = build("symbolic", seed=3)
    assert isinstance(proposer, SymbolicProposer)
    assert isinstance(proposer, Proposer)
    assert isinstance(proposer, Resumable)


def test_unknown_name_lists_those_there_are():
    with pytest.raises(UsageError, match=r"'symbolc'.*symbolic"):
        build("symbolc")


def test_unknown_setting_is_a_usage_error():
    with pytest.raises(UsageError, match="tempo"):
        build("symbolic", tempo=3)
