"""For each query [base, times, hours], a hand starts at 1 on a clock of that many hours, numbered from 0,
and is moved times over: each move multiplies its place by base, going round. Return the places where the
hands end.
"""

import random


def reference(queries: list[list[int]]) -> list[int]:
    return [pow(base, times, hours) for base, times, hours in queries]


def naive(queries: list[list[int]]) -> list[int]:
    places = []
    for base, times, hours in queries:
        place = 1 % hours
        for _ in range(times):
            place = place * base % hours
        places.append(place)
    return places


def wrong(queries: list[list[int]]) -> list[int]:
    return [base * times % hours for base, times, hours in queries]


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[]], [[[2, 0, 1]]], [[[3, 0, 7], [5, 3, 12]]], [[[10, 9, 97], [0, 0, 5], [0, 4, 5]]]]
    count, most = ((0, 1), (800, 90), (2000, 200), (5000, 400))[level]
    return [[[_query(most, rng) for _ in range(count)]] for _ in range(2)]


def _query(most: int, rng: random.Random) -> list[int]:
    return [rng.randrange(2, 1000), rng.randrange(most // 2, most), rng.randrange(2, 10000)]
