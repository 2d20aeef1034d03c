"""Given a table of numbers and queries [top, left, bottom, right], both corners included, return for each
query the sum of the numbers in that rectangle.
"""

import random


def reference(table: list[list[int]], queries: list[list[int]]) -> list[int]:
    width = len(table[0])
    sums = [[0] * (width + 1)]
    for row in table:
        above, running = sums[-1], 0
        line = [0]
        for column, value in enumerate(row):
            running += value
            line.append(above[column + 1] + running)
        sums.append(line)
    return [
        sums[bottom + 1][right + 1] - sums[top][right + 1] - sums[bottom + 1][left] + sums[top][left]
        for top, left, bottom, right in queries
    ]


def naive(table: list[list[int]], queries: list[list[int]]) -> list[int]:
    return [
        sum(table[row][column] for row in range(top, bottom + 1) for column in range(left, right + 1))
        for top, left, bottom, right in queries
    ]


def wrong(table: list[list[int]], queries: list[list[int]]) -> list[int]:
    return [
        sum(table[row][column] for row in range(top, bottom) for column in range(left, right))
        for top, left, bottom, right in queries
    ]


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[[5]], [[0, 0, 0, 0]]], [[[1, 2], [3, 4]], [[0, 0, 1, 1], [1, 0, 1, 1]]], _case(6, 12, rng)]
    size = (0, 10, 40, 150)[level]
    return [_case(size, 12 * size, rng) for _ in range(2)]


def _case(size: int, count: int, rng: random.Random) -> list[object]:
    table = [[rng.randrange(-99, 100) for _ in range(size)] for _ in range(size)]
    queries = []
    for _ in range(count):
        top, bottom = sorted(rng.randrange(size) for _ in range(2))
        left, right = sorted(rng.randrange(size) for _ in range(2))
        queries.append([top, left, bottom, right])
    return [table, queries]
