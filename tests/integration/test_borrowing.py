"""A run that starts from the best of an earlier one."""

from __future__ import annotations

import pytest

import provolve
from provolve.errors import UsageError
from provolve.store import RunReader

ITEMS = {"items": "300"}


def search(folder, name, *, seed, candidates=200, **options):
    options.setdefault("parameters", ITEMS)
    return provolve.run(
        "bin-packing",
        budget=f"{candidates}candidates",
        seed=seed,
        workers=1,
        runs=folder,
        name=name,
        **options,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    search(folder, "first", seed=1, candidates=800)
    return folder


def starts(folder, name):
    with RunReader(folder / f"{name}.db") as reader:
        record, verdicts = next(reader.verdicts())
        return record, verdicts, reader.spec


def test_the_best_of_the_earlier_run_are_judged_at_the_start(runs):
    search(runs, "second", seed=2, earlier="first")
    record, verdicts, spec = starts(runs, "second")
    borrowed = spec.borrowed
    assert borrowed.run == "first"
    assert len(borrowed.digest) == 32
    names = [proposal.operator for proposal in record.proposals]
    assert names[0] == "seed program"
    assert "first 1" in names
    joined = {verdict.candidate.digest for verdict in verdicts}
    assert {candidate.digest for candidate in borrowed.candidates} <= joined
    assert min(verdict.loss for verdict in verdicts) < 0.9 * verdicts[0].loss


def test_the_run_stands_without_the_earlier_one(runs, tmp_path):
    from_first = search(runs, "third", seed=3, earlier="first").champion
    name = runs / "first.db"
    moved = name.rename(tmp_path / "first.db")
    try:
        with pytest.raises(UsageError, match="first"):
            search(runs, "fourth", seed=3, earlier="first")
        with RunReader(runs / "third.db") as reader:
            assert reader.spec.borrowed is not None
    finally:
        moved.rename(name)
    again = search(runs, "fifth", seed=3, earlier="first")
    assert again.champion == from_first


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": 2, "earlier": "nothing"}, "nothing"),
        ({"seed": 2, "earlier": "first", "parameters": {"items": "301"}}, "other files or parameters"),
        ({"seed": 1, "earlier": "first"}, "--test-seed"),
        ({"seed": 2, "test_seed": 1, "earlier": "first"}, "--test-seed"),
    ],
)
def test_what_may_not_be_borrowed(runs, options, said):
    with pytest.raises(UsageError, match=said):
        search(runs, "refused", **options)
    assert not (runs / "refused.db").exists()
