"""Splits: generated from streams that never meet, or by the content of files."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from provolve.errors import JudgeError, TaskError, UsageError
from provolve.task import Task, load, make_split
from provolve.task.content import content_digest
from provolve.task.settings import SPLITS
from provolve.task.splits import split_generator

DATA = '[data]\nfiles = "*.json"\n'


def digests(task: Task, split: str, seed: int = 0, **kwargs: int) -> list[str]:
    return [content_digest(instance) for instance in make_split(task, split, seed, **kwargs)]


def numbers(first: int, last: int) -> str:
    return json.dumps(list(range(first, last)))


def test_splits_have_the_sizes_of_the_settings_or_the_one_asked_for(make) -> None:
    task = make.load("[splits]\ntrain = 3\nvalidation = 4\ntest = 5\n")
    assert [len(make_split(task, split, 0)) for split in SPLITS] == [3, 4, 5]
    assert len(make_split(task, "test", 0, 7)) == 7


def test_one_seed_gives_one_set_and_another_seed_another(make) -> None:
    task = make.load()
    assert digests(task, "train", 1) == digests(task, "train", 1)
    assert not set(digests(task, "train", 1)) & set(digests(task, "train", 2))


def test_no_two_streams_meet() -> None:
    first = {
        (split, seed): int(split_generator(split, seed).integers(2**62))
        for split in SPLITS
        for seed in range(50)
    }
    assert len(set(first.values())) == len(first)


def test_the_test_split_can_have_a_seed_of_its_own(make) -> None:
    task = make.load()
    assert digests(task, "test", 1, test_seed=2) == digests(task, "test", 2)
    assert digests(task, "train", 1, test_seed=2) == digests(task, "train", 1)
    assert digests(task, "test", 1, test_seed=0) == digests(task, "test", 0)


@pytest.mark.parametrize("settings", ['kind = "construction"\n', "[splits]\nexhaustive = true\ntrain = 3\n"])
def test_exhaustive_splits_are_one_list(make, settings: str) -> None:
    task = make.load(settings)
    assert task.settings.exhaustive
    assert digests(task, "train") == digests(task, "validation") == digests(task, "test", test_seed=9)
    assert len(digests(task, "train")) == task.settings.splits.train
    with pytest.raises(UsageError, match="always gives all of its instances"):
        make_split(task, "train", 0, 2)


def test_an_exhaustive_judge_gives_as_many_as_there_are(make) -> None:
    judge = make.parts["judge"].replace("range(count)", "range(5)")
    assert len(make_split(make.load('kind = "construction"\n', judge=judge), "test", 0)) == 5
    with pytest.raises(JudgeError, match="it gave none"):
        make_split(
            make.load('kind = "construction"\n', judge=judge.replace("range(5)", "range(0)")), "test", 0
        )


def test_what_cannot_be_meant_is_a_usage_error(make) -> None:
    task = make.load()
    with pytest.raises(UsageError, match='there is no split "tset": choose one of train, validation, test'):
        make_split(task, "tset", 0)
    with pytest.raises(UsageError, match="0 instances of train cannot be: give 1 or more"):
        make_split(task, "train", 0, 0)


# Files


def test_files_are_split_by_their_shares(make) -> None:
    make.file(numbers(0, 2000), "a.json")
    task = make.load(DATA)
    sizes = {split: len(make_split(task, split, 0)) for split in SPLITS}
    assert sum(sizes.values()) == 2000
    for split, share in (("train", 0.4), ("validation", 0.2), ("test", 0.4)):
        assert sizes[split] == pytest.approx(2000 * share, abs=100)


def test_a_split_of_files_hangs_on_nothing_but_content(make) -> None:
    make.file(numbers(0, 60), "a.json")
    in_order = {split: digests(make.load(DATA), split) for split in SPLITS}
    before = {split: set(found) for split, found in in_order.items()}
    make.file(json.dumps(list(range(59, -1, -1))), "a.json")
    assert {split: digests(make.load(DATA), split) for split in SPLITS} == in_order
    make.file(json.dumps(list(range(59, 29, -1))), "a.json")
    make.file(numbers(0, 45), "b.json")
    make.file(numbers(60, 200), "c.json")
    for split in SPLITS:
        after = digests(make.load(DATA), split, seed=3)
        assert len(set(after)) == len(after)
        assert before[split] < set(after)


def test_splits_of_files_are_disjoint(make) -> None:
    make.file(numbers(0, 100), "a.json")
    task = make.load(DATA)
    for first, second in itertools.combinations(SPLITS, 2):
        assert not set(digests(task, first)) & set(digests(task, second))


def test_shares_below_one_leave_instances_unused(make) -> None:
    make.file(numbers(0, 1000), "a.json")
    task = make.load(DATA + "train = 0.1\nvalidation = 0.1\ntest = 0.1\n")
    assert sum(len(make_split(task, split, 0)) for split in SPLITS) == pytest.approx(300, abs=60)


def test_an_empty_split_says_what_to_do(make) -> None:
    make.file("[1]", "a.json")
    task = make.load(DATA)
    empty = [split for split in SPLITS if content_digest(1) not in _safe(task, split)]
    assert len(empty) == 2
    with pytest.raises(
        TaskError, match=f"none of the 1 different instances .* falls to {empty[0]}, .*: add files"
    ):
        make_split(task, empty[0], 0)


def test_the_judge_makes_what_files_have_no_share_in_but_never_the_test(make) -> None:
    make.file(numbers(0, 50), "a.json")
    task = make.load(DATA + "train = 0\nvalidation = 0.5\ntest = 0.5\n")
    made = make_split(task, "train", 4)
    assert len(made) == task.settings.splits.train
    assert all(isinstance(instance, dict) for instance in made)
    assert made != make_split(task, "train", 5)
    assert all(isinstance(instance, int) for instance in make_split(task, "validation", 0))
    with pytest.raises(TaskError, match="falls to test"):
        make_split(make.load(DATA + "train = 0\nvalidation = 1\ntest = 0\n"), "test", 0)
    alone = make.load(DATA + "train = 0\nvalidation = 0.5\ntest = 0.5\n", judge=NO_GENERATOR)
    with pytest.raises(TaskError, match="falls to train"):
        make_split(alone, "train", 0)


def _safe(task: Task, split: str) -> list[str]:
    try:
        return digests(task, split)
    except TaskError:
        return []


def test_a_count_takes_the_first_and_never_more_than_there_are(make) -> None:
    make.file(numbers(0, 100), "a.json")
    task = make.load(DATA)
    assert digests(task, "train", count=3) == digests(task, "train")[:3]
    with pytest.raises(UsageError, match="the data files give it"):
        make_split(task, "train", 0, 100)


def test_exhaustive_files_are_all_in_every_split(make) -> None:
    make.file(numbers(0, 7), "a.json")
    task = make.load("[splits]\nexhaustive = true\ntrain = 7\n" + DATA)
    assert sorted(make_split(task, "test", 0)) == list(range(7))


# Forms of files

NO_GENERATOR = "def score(instance, answer):\n    return 1\n"


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.json", "[1, 2]", [1, 2]),
        ("a.json", '{"instances": [1, 2], "by": "me"}', [1, 2]),
        ("a.json", '{"size": 3}', [{"size": 3}]),
        ("a.jsonl", '{"size": 3}\n\n{"size": 4}\n', [{"size": 3}, {"size": 4}]),
    ],
)
def test_each_form_of_file_is_read(make, name: str, text: str, found: list[object]) -> None:
    make.file(text, name)
    task = make.load(f'[data]\nfiles = "{name}"\n', judge=NO_GENERATOR)
    assert task.read_data() == found


def test_a_judge_can_parse_files_of_its_own(make) -> None:
    make.file("3 4", "a.txt")
    make.file("5", "b.txt")
    judge = NO_GENERATOR + "def parse(name, text):\n    for word in text.split(): yield [name, int(word)]\n"
    task = make.load('[data]\nfiles = "*.txt"\n', judge=judge)
    assert task.read_data() == [["a.txt", 3], ["a.txt", 4], ["b.txt", 5]]


def test_a_judge_that_parses_does_so_for_all_files(make) -> None:
    make.file("[1, 2]", "a.json")
    judge = NO_GENERATOR + "def parse(name, text): return [text]\n"
    assert make.load(DATA, judge=judge).read_data() == ["[1, 2]"]


def test_a_judge_that_refuses_a_file_blames_the_file(make) -> None:
    make.file("x", "a.json")
    judge = "from provolve import Refused\n" + NO_GENERATOR + "def parse(name, text): raise Refused('no')\n"
    with pytest.raises(TaskError, match=r"data file a\.json: no"):
        make.load(DATA, judge=judge).read_data()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "[1,\n2,]", r"a\.json, line 2: this is not JSON"),
        ("a.jsonl", "1\n2\n{\n", r"a\.jsonl, line 3: this is not JSON"),
        ("a.json", "[]", r"a\.json holds no instance"),
        ("a.txt", "1", r"a\.txt ends in neither \.json nor \.jsonl: write a judge function parse"),
        ("a.json", "[" * 100 + "]" * 100, "nested deeper than 64: make it flatter"),
        ("a.json", "[" * 100_000, "make it flatter"),
    ],
)
def test_a_bad_file_is_named(make, name: str, text: str, said: str) -> None:
    make.file(text, name)
    with pytest.raises(TaskError, match=said):
        make.load(f'[data]\nfiles = "{name}"\n').read_data()


def test_a_file_that_is_not_text_is_named(make) -> None:
    (make.root / "a.json").write_bytes(b'["\xff"]')
    with pytest.raises(TaskError, match=r"data file .*a\.json: byte 2 is not UTF-8"):
        make.load(DATA).read_data()


def test_files_that_are_not_there(make) -> None:
    with pytest.raises(TaskError, match=r'data\.files = "\*\.json" matches no file'):
        make.load(DATA, judge=NO_GENERATOR)
    generated = make.load(DATA)
    assert generated.data_files == ()
    assert len(make_split(generated, "train", 0)) == 12


# Files that a user chose


def test_data_of_the_users_stands_in_place_of_the_tasks(make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.file("[1]", "a.json")
    make.file("[2]", "other/b.json")
    make.file("[3]", "other/c.jsonl")
    make.file("no", "other/readme.txt")
    make.file("[9]", "other/.hidden.json")
    make.file(make.text(DATA))
    monkeypatch.chdir(make.root)
    for data, found in (("other", [2, [3]]), ("other/b.json", [2]), ("other/*.json", [2])):
        task = load("sums.py", data=data)
        assert task.read_data() == found
        assert load(task.reference, data=str(task.data)).read_data() == found
        assert not any(name.endswith("json") for name in task.files)


def test_all_files_of_a_folder_go_to_a_judge_that_parses(make) -> None:
    make.file("2", "other/b.vrp")
    make.file("3", "other/c.json")
    judge = NO_GENERATOR + "def parse(name, text): return [int(text)]\n"
    assert make.load(judge=judge, data=make.root / "other").read_data() == [2, 3]


def test_data_that_is_not_there_is_a_usage_error(make, tmp_path: Path) -> None:
    make.file("x", "other/readme.txt")
    for data in ("other", "nowhere", "*.json"):
        with pytest.raises(UsageError, match="there are no files that end in"):
            make.load(data=tmp_path / data)
