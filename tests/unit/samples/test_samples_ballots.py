"""What there is to choose by, from CSV, NPZ and JSON lines; and selection by every method."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from provolve.engine.samples.ballots import Ballot, comparable, read_ballots
from provolve.engine.selection import METHODS, select
from provolve.errors import UsageError

PASSES = np.array([[1, 1, 0], [0, 1, 1], [1, 1, 0]], dtype=bool)


def read(folder: Path, name: str, text: str) -> list[Ballot]:
    (folder / name).write_text(text)
    return read_ballots(folder / name)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,1,0\n0,1,1\n1,1,0\n", ("0", "1", "2")),
        ("t1,t2,t3\n1,1,0\n0,1,1\n1,1,0\n", ("0", "1", "2")),
        ("name,1,0,t\na,1,1,0\nb,0,1,1\nc,true,TRUE,false\n", ("a", "b", "c")),
        ("\ufeffa,1,1,0\n\nb,0,1,1\nc,1,1,0\n", ("a", "b", "c")),
        ("id,x,y,z\r\n7,1,1,0\r\n8,0,1,1\r\n9,1,1,0\r\n", ("7", "8", "9")),
    ],
)
def test_csv_of_passes(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    (ballot,) = read(tmp_path, "m.csv", text)
    assert ballot.names == names
    assert ballot.passes is not None
    assert (ballot.passes == PASSES).all()


def test_csv_of_answers(tmp_path: Path) -> None:
    (ballot,) = read(tmp_path, "a.csv", "name,answer,reward\np,4,0.5\nq,,0.25\nr,4,1\n")
    assert ballot.answers == ('"4"', None, '"4"')
    assert ballot.rewards == (0.5, 0.25, 1.0)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is empty"),
        ("name,t1\n", "line 1: a header and no row"),
        ("1,0\n1\n", "line 2: 1 cells where line 1 has 2"),
        ("1,0\n1,2\n", "line 2: the cell '2' is neither 0 nor 1"),
        ("1,0\n1,\n", "line 2: the cell ''"),
        ("a,1,2\n", "line 1: the cell '2'"),
        ("name\na\nb\n", "names and no tests"),
        ('1,"0\n', "line 1: not CSV"),
        ("name,reward\na,much\n", "line 2: 'much' is no number"),
        ("name,reward\na\n", "line 2: 1 cells for 2 columns"),
        ("name,reward\na,1\nb,\n", "line 3: .*missing"),
        ("name,reward\na,inf\n", "line 2: .*finite"),
    ],
)
def test_wrong_csv_is_refused(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(UsageError, match=rf"m\.csv.*({part})"):
        read(tmp_path, "m.csv", text)


def test_npz(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    np.savez(path, PASSES)
    assert (read_ballots(path)[0].passes == PASSES).all()
    np.savez(path, answers=["a", "b"], rewards=[1, 2.5], names=["x", "y"])
    (ballot,) = read_ballots(path)
    assert ballot.answers == ("a", "b")
    assert ballot.rewards == (1.0, 2.5)
    assert ballot.names == ("x", "y")


@pytest.mark.parametrize(
    ("arrays", "part"),
    [
        ({"passes": np.full((2, 2), 2)}, "only 0 and 1"),
        ({"passes": np.ones(3)}, "passes has the shape"),
        ({"passes": np.ones((0, 3))}, "passes has the shape"),
        ({"passes": np.ones((2, 3)), "rewards": np.ones(3)}, "has the shape"),
        ({"passes": np.ones((2, 3)), "names": np.array(["a"])}, "names has the shape"),
        ({"rewards": np.array([np.nan])}, "finite"),
        ({"outputs": np.ones((2, 2))}, "number equal outputs"),
        ({"passes": np.array([[None]])}, "no NPZ file of plain arrays"),
        ({"matrix": np.ones((1, 1)), "other": np.ones(1)}, "give some of"),
        ({"names": np.array(["a"])}, "give some of"),
        ({"rewards": np.float64(1)}, "has the shape"),
    ],
)
def test_wrong_npz_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], part: str) -> None:
    np.savez(tmp_path / "m.npz", **arrays)
    with pytest.raises(UsageError, match=rf"^m\.npz: .*{part}"):
        read_ballots(tmp_path / "m.npz")


def test_what_is_no_npz_and_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no NPZ file"):
        read(tmp_path, "m.npz", "1,0")
    with pytest.raises(UsageError, match="ending"):
        read(tmp_path, "m.txt", "1,0")
    with pytest.raises(UsageError, match="there is no file"):
        read_ballots(tmp_path / "none.csv")


def test_json_lines_are_grouped_by_task(tmp_path: Path) -> None:
    rows = [
        {"task_id": "a", "name": "p", "passes": [1, 0]},
        {"task_id": "b", "outputs": [[1], None]},
        {"task_id": "a", "passes": [True, False]},
        {"task_id": "b", "outputs": [[1], 2]},
    ]
    first, second = read(tmp_path, "m.jsonl", "\n".join(map(json.dumps, rows)))
    assert (first.task, first.names) == ("a", ("p", "1"))
    assert (first.passes == [[1, 0], [1, 0]]).all()
    assert (second.outputs == [[0, -1], [0, 0]]).all()


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([{"passes": [1]}, {"passes": [1, 0]}], "line 2: .*2 items where line 1 has 1"),
        ([{"passes": [1]}, {"name": "x"}], 'line 2: "passes" is missing'),
        ([{"passes": [2]}], 'line 1: "passes" has 2'),
        ([{"passes": []}], "line 1: .*at least one"),
        ([{"reward": 1}, {"answer": 3}], 'line 2: "reward" is missing'),
        ([{"name": "x"}], "line 1: nothing to choose by"),
        ([{"reward": "x"}], 'line 1: "reward"'),
    ],
)
def test_wrong_json_lines_are_refused(tmp_path: Path, rows: list[object], part: str) -> None:
    with pytest.raises(UsageError, match=rf"^m\.jsonl, {part}"):
        read(tmp_path, "m.jsonl", "\n".join(map(json.dumps, rows)))


def test_comparable_takes_whatever_a_candidate_sends() -> None:
    huge = 10**6000
    assert comparable([huge]) == comparable([huge])
    assert comparable([huge]) != comparable([huge + 1])
    assert comparable(np.arange(3)) == comparable([0, 1, 2])
    assert comparable(None) is None


EVERYTHING = Ballot(
    ("a", "b", "c"),
    passes=PASSES,
    outputs=np.array([[0, 0], [1, 1], [0, 0]]),
    answers=("x", "y", "x"),
    rewards=(1.0, 2.0, 0.0),
    weights=(1.0, 5.0, 1.0),
)
CHOSEN = {"best-of-n": 1, "weighted-vote": 1, "best-of-majority": 1}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_chooses_and_says_why(method: str) -> None:
    (selection,) = select([EVERYTHING], method)
    assert selection.choice.index == CHOSEN.get(method, 0)
    assert selection.picks[0] == selection.choice.index
    assert selection.choice.explanation


@pytest.mark.parametrize("method", METHODS)
def test_every_method_refuses_what_it_cannot_use(method: str) -> None:
    rewards = method in ("best-of-n",)
    lacking = Ballot(("a",), passes=PASSES[:1]) if rewards else Ballot(("a",), rewards=(1.0,))
    with pytest.raises(UsageError, match="this method needs"):
        select([lacking], method)


@pytest.mark.parametrize(
    ("ballot", "method"),
    [
        (Ballot(("a",), passes=PASSES[:1]), "bayes"),
        (Ballot(("a",), outputs=np.zeros((1, 1), dtype=np.int64)), "consensus"),
        (Ballot(("a",), answers=("x",)), "majority-vote"),
        (Ballot(("a",), answers=("x",), rewards=(1.0,)), "best-of-majority"),
        (Ballot(("a",), rewards=(1.0,)), "best-of-n"),
    ],
)
def test_without_a_method_the_one_that_fits_is_taken(ballot: Ballot, method: str) -> None:
    assert select([ballot])[0].method == method


def test_several_picks() -> None:
    (selection,) = select([EVERYTHING], "best-of-majority", picks=2)
    assert selection.picks == (1, 0)
    with pytest.raises(UsageError, match="only best-of-majority"):
        select([EVERYTHING], "b4", picks=2)
    with pytest.raises(UsageError, match="only best-of-majority"):
        select([EVERYTHING], "pooled-bayes", picks=2)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UsageError, match="choose one of bayes"):
        select([EVERYTHING], "vote")
