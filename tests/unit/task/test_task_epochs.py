"""Train in epochs: how many instances, whose streams never meet, and who is told the epoch's number."""

from __future__ import annotations

import pytest

from provolve.errors import TaskError, UsageError
from provolve.task import make_split
from provolve.task.content import content_digest
from provolve.task.lint import lint
from provolve.task.splits import split_generator

LARGER = """
def instances(split, count, rng, epoch):
    if epoch > 1:
        raise ValueError("no such size")
    for _ in range(count):
        yield [float(rng.random()), epoch]

def score(instance, answer):
    return 1.0
"""


def digests(task, epoch):
    return [content_digest(instance) for instance in make_split(task, "train", 3, epoch=epoch)]


@pytest.mark.parametrize(
    ("settings", "sizes"),
    [
        ("", (12, 24, 48)),
        ("[splits]\ntrain = 3\n", (3, 6, 12)),
        ("[splits]\ntrain = 3\nepochs = [1, 5]\n", (3, 3, 15)),
        ("[splits]\nepochs = []\n", (12,)),
        ('kind = "construction"\n', (1,)),
        ("[splits]\nexhaustive = true\ntrain = 5\n", (5,)),
    ],
)
def test_train_has_its_size_times_what_is_written(make, settings, sizes) -> None:
    task = make.load(settings)
    assert task.train_sizes == sizes
    assert [len(make_split(task, "train", 1, epoch=epoch)) for epoch in range(len(sizes))] == list(sizes)


def test_no_two_epochs_share_an_instance(make) -> None:
    task = make.load()
    drawn = [set(digests(task, epoch)) for epoch in range(3)]
    assert not drawn[0] & drawn[1]
    assert not drawn[0] & drawn[2]
    assert not drawn[1] & drawn[2]
    assert digests(task, 2) == digests(task, 2)


def test_streams_of_epochs_and_splits_never_meet() -> None:
    first = {
        (split, seed, epoch): int(split_generator(split, seed, epoch).integers(2**62))
        for split in ("train", "validation", "test")
        for seed in range(20)
        for epoch in range(4)
    }
    assert len(set(first.values())) == len(first)


@pytest.mark.parametrize(("split", "epoch"), [("train", 3), ("train", -1), ("validation", 1), ("test", 1)])
def test_an_epoch_that_is_not_there_is_refused(make, split, epoch) -> None:
    with pytest.raises(UsageError, match=f"no epoch {epoch} of {split}"):
        make_split(make.load(), split, 1, epoch=epoch)


def test_files_give_the_same_train_whatever_is_written(make) -> None:
    make.file(str([[float(number)] for number in range(40)]), "data/a.json")
    task = make.load('[data]\nfiles = "data/*.json"\n')
    assert len(task.train_sizes) == 1


def test_a_judge_may_make_larger_instances_of_the_epoch(make) -> None:
    task = make.load("[splits]\nepochs = [2]\n", judge=LARGER)
    assert {instance[1] for instance in make_split(task, "train", 1)} == {0}
    assert {instance[1] for instance in make_split(task, "train", 1, epoch=1)} == {1}
    assert {instance[1] for instance in make_split(task, "test", 1)} == {0}


def test_lint_draws_every_epoch(make) -> None:
    task = make.load("[splits]\nepochs = [2, 3]\n", judge=LARGER)
    assert any("no such size" in finding.text for finding in lint(task) if finding.severity == "error")


@pytest.mark.parametrize("written", ["[0]", "[-2]", "[1.5]", "2", '["two"]'])
def test_epochs_are_numbers_of_times(make, written) -> None:
    with pytest.raises(TaskError, match="epochs"):
        make.load(f"[splits]\nepochs = {written}\n")
