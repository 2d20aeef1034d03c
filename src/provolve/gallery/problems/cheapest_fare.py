"""Trains run one way between stations 0 to stations - 1; each is a triple [from, to, fare] with a fare of
0 or more. Return the cheapest total fare from station 0 to the last station, or -1 if no way leads there.
"""

import heapq
import random


def reference(stations: int, trains: list[list[int]]) -> int:
    leaving: list[list[tuple[int, int]]] = [[] for _ in range(stations)]
    for start, end, fare in trains:
        leaving[start].append((end, fare))
    done = [False] * stations
    waiting = [(0, 0)]
    while waiting:
        paid, station = heapq.heappop(waiting)
        if station == stations - 1:
            return paid
        if done[station]:
            continue
        done[station] = True
        for end, fare in leaving[station]:
            if not done[end]:
                heapq.heappush(waiting, (paid + fare, end))
    return -1


def naive(stations: int, trains: list[list[int]]) -> int:
    endless = float("inf")
    cheapest = [endless] * stations
    cheapest[0] = 0
    for _ in range(stations):
        for start, end, fare in trains:
            cheapest[end] = min(cheapest[end], cheapest[start] + fare)
    return -1 if cheapest[-1] == endless else int(cheapest[-1])


def wrong(stations: int, trains: list[list[int]]) -> int:
    paid = {0: 0}
    waiting = [0]
    for station in waiting:
        for start, end, fare in trains:
            if start == station and end not in paid:
                paid[end] = paid[station] + fare
                waiting.append(end)
    return paid.get(stations - 1, -1)


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [
            [1, []],
            [3, [[0, 1, 4]]],
            [3, [[0, 2, 9], [0, 1, 2], [1, 2, 3]]],
            [4, [[0, 3, 7], [0, 1, 1], [1, 2, 1], [2, 3, 1], [3, 0, 0]]],
        ]
    size = (0, 40, 300, 1500)[level]
    return [[size, _trains(size, rng)] for _ in range(2)]


def _trains(size: int, rng: random.Random) -> list[list[int]]:
    along = [[place, place + 1, rng.randrange(1, 20)] for place in range(size - 1)]
    across = [[rng.randrange(size), rng.randrange(size), rng.randrange(5, 500)] for _ in range(4 * size)]
    return along + across
