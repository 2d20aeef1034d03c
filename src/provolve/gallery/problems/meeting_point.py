"""Friends live along one street, at whole-numbered places; several may share a place. They want to meet
at a whole-numbered place such that the distances they walk add up to as little as possible. Return that
least sum; 0 without friends.
"""

import random


def reference(places: list[int]) -> int:
    ordered = sorted(places)
    half = len(ordered) // 2
    return sum(ordered[len(ordered) - half :]) - sum(ordered[:half])


def naive(places: list[int]) -> int:
    if not places:
        return 0
    return min(sum(abs(place - other) for other in places) for place in places)


def wrong(places: list[int]) -> int:
    if not places:
        return 0
    middle = round(sum(places) / len(places))
    return sum(abs(place - middle) for place in places)


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[]], [[7]], [[1, 2, 30]], [[-5, -5, 8, 100]], [[rng.randrange(-50, 50) for _ in range(25)]]]
    size = (0, 333, 3000, 24000)[level]
    return [[[rng.randrange(10**6) for _ in range(size)]] for _ in range(2)]
