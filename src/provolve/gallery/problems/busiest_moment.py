"""Visitors come and go. Each visit is a pair [start, end]: the visitor is inside from start up to, but
not including, end. Return the largest number of visitors that are inside at once; 0 without visits.
"""

import random


def reference(visits: list[list[int]]) -> int:
    changes = sorted([(start, 1) for start, _ in visits] + [(end, -1) for _, end in visits])
    inside = most = 0
    for _, change in changes:
        inside += change
        most = max(most, inside)
    return most


def naive(visits: list[list[int]]) -> int:
    most = 0
    for moment, _ in visits:
        most = max(most, sum(1 for start, end in visits if start <= moment < end))
    return most


def wrong(visits: list[list[int]]) -> int:
    changes = sorted([(start, 0) for start, _ in visits] + [(end, 1) for _, end in visits])
    inside = most = 0
    for _, leaves in changes:
        inside += -1 if leaves else 1
        most = max(most, inside)
    return most


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [
            [[]],
            [[[1, 4]]],
            [[[1, 3], [3, 5]]],
            [[[2, 9], [1, 3], [2, 3], [3, 4]]],
            [_visits(30, 40, rng)],
        ]
    size = (0, 120, 750, 4000)[level]
    return [[_visits(size, 10 * size, rng)] for _ in range(2)]


def _visits(count: int, span: int, rng: random.Random) -> list[list[int]]:
    starts = [rng.randrange(span) for _ in range(count)]
    return [[start, start + rng.randrange(1, span // 4)] for start in starts]
