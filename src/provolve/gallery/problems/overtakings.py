"""Runners are numbered by the order of their start; finish lists their numbers in the order in which they
arrive. Return how many pairs arrived in another order than they started in.
"""

import random
from itertools import pairwise


def reference(finish: list[int]) -> int:
    ranks = {number: rank for rank, number in enumerate(sorted(finish), start=1)}
    tree = [0] * (len(finish) + 1)
    overtakings = 0
    for arrived, number in enumerate(finish):
        place = ranks[number]
        before = 0
        while place:
            before += tree[place]
            place &= place - 1
        overtakings += arrived - before
        place = ranks[number]
        while place < len(tree):
            tree[place] += 1
            place += place & -place
    return overtakings


def naive(finish: list[int]) -> int:
    overtakings = 0
    for place in range(len(finish)):
        for later in range(place + 1, len(finish)):
            if finish[place] > finish[later]:
                overtakings += 1
    return overtakings


def wrong(finish: list[int]) -> int:
    return sum(1 for first, second in pairwise(finish) if first > second)


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[]], [[1]], [[1, 2, 3]], [[3, 2, 1]], [[2, 4, 1, 3]], [rng.sample(range(30), 30)]]
    size = (0, 160, 1000, 5000)[level]
    return [[rng.sample(range(size), size)] for _ in range(2)]
