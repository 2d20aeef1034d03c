"""The tours task: the bound is one, lengths are right, what is no tour is refused, TSPLIB files are read."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from provolve.errors import Refused, TaskError
from provolve.task import load


@pytest.fixture(scope="module")
def judge() -> Any:
    return load("tsp-construction", {"cities": "7"}).judge


def drawn(judge: Any, count: int) -> list[Any]:
    return list(judge.instances("test", count, np.random.default_rng(1)))


def length(points: np.ndarray, tour: Any) -> float:
    stops = [points[city] for city in [*tour, tour[0]]]
    return sum(math.dist(here, there) for here, there in itertools.pairwise(stops))


def shortest(points: np.ndarray) -> float:
    rest = range(1, len(points))
    return min(length(points, (0, *order)) for order in itertools.permutations(rest))


def test_no_tour_is_below_the_bound_and_the_shortest_is_near_it(judge: Any) -> None:
    gaps = [shortest(one["points"]) / one["least"] - 1 for one in drawn(judge, 6)]
    assert min(gaps) >= 0
    assert max(gaps) < 0.03


def test_a_score_is_the_excess_of_the_tour_over_the_bound(judge: Any) -> None:
    rng = np.random.default_rng(2)
    for instance in drawn(judge, 4):
        tour = rng.permutation(7)
        expected = 100 * (length(instance["points"], tour) / instance["least"] - 1)
        assert judge.score(instance, tour) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "tour", [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5, 5], [1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, -1], []]
)
def test_what_is_no_tour_is_refused(judge: Any, tour: list[int]) -> None:
    with pytest.raises(Refused, match="once"):
        judge.score(drawn(judge, 1)[0], np.array(tour, dtype=np.int64))


@pytest.mark.parametrize("name", ["nearest-insertion", "tree-and-matching"])
def test_baselines_make_tours_no_shorter_than_the_shortest(judge: Any, name: str) -> None:
    for instance in drawn(judge, 6):
        found = judge.baselines[name](instance)
        best = 100 * (shortest(instance["points"]) / instance["least"] - 1)
        assert best - 1e-9 <= found < best + 60


def test_points_are_seen_in_the_unit_square(judge: Any) -> None:
    instance = {"points": np.array([[3.0, 5.0], [13.0, 5.0], [3.0, 10.0]])}
    assert judge.visible(instance)["points"].tolist() == [[0.0, 0.0], [1.0, 0.0], [0.0, 0.5]]


FILE = """NAME : square
TYPE : TSP
DIMENSION : 5
EDGE_WEIGHT_TYPE : {metric}
NODE_COORD_SECTION
1 0 0
2 10.4 0
3 10.4 10.4
4 0 10.4
5 0 5.2
EOF
"""


@pytest.mark.parametrize(("metric", "total"), [("EUC_2D", 40), ("CEIL_2D", 45)])
def test_distances_of_files_are_rounded_as_they_say(judge: Any, metric: str, total: int) -> None:
    (instance,) = judge.parse("square.tsp", FILE.format(metric=metric))
    found = judge.score({**instance, "least": 1.0}, np.arange(5))
    assert found == pytest.approx(100 * (total - 1))
    assert instance["least"] <= total


def test_a_known_shortest_tour_is_what_tours_are_compared_with(judge: Any) -> None:
    (instance,) = judge.parse("x", FILE.format(metric="EUC_2D").replace("square", "eil51"))
    assert instance["least"] == 426.0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FILE.format(metric="EXPLICIT"), "EXPLICIT"),
        (FILE.format(metric="EUC_2D").replace("10.4 0", "ten 0"), "line is not"),
        (FILE.format(metric="EUC_2D").replace("DIMENSION : 5", "DIMENSION : 6"), "DIMENSION says 6"),
        ("", "no TSPLIB file"),
    ],
)
def test_files_of_another_form_are_refused(judge: Any, text: str, why: str) -> None:
    with pytest.raises(TaskError, match=why):
        list(judge.parse("x.tsp", text))
