"""The candidates of a live run: the last at hand, the others from the record."""

import pytest

from provolve.engine import known
from provolve.engine.known import Known
from provolve.record import Candidate, Template


def candidates(count: int) -> list[Candidate]:
    template = Template("ab" * 16, (("def f(x):\n    return ", "\n"),), "f", 5)
    return [Candidate.of(template, (float(number),)) for number in range(count)]


def test_what_is_no_longer_at_hand_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "REMEMBERED", 3)
    start, *rest = candidates(8)
    read: list[str] = []

    def reading(digest: str) -> Candidate | None:
        read.append(digest)
        return {one.digest: one for one in rest}.get(digest)

    kept = Known([start], reading)
    for one in rest:
        kept.add(one)
        kept.add(rest[0])  # nothing comes back by being told again while it is at hand
    assert [kept.find(one.digest) for one in (start, *rest)] == [start, *rest]
    assert start.digest not in read
    assert rest[-1].digest not in read
    assert len(read) == 4
    assert kept.find("00" * 16) is None


def test_nothing_is_found_that_was_not_told() -> None:
    first, second = candidates(2)
    kept = Known([], lambda _: None)
    kept.add(first)
    assert kept.find(first.digest) is first
    assert kept.find(second.digest) is None
