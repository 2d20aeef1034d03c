"""Return the places [row, column] of all numbers of a table that are a smallest number of their row and a
largest number of their column, in the order of reading.
"""

import random


def reference(table: list[list[int]]) -> list[list[int]]:
    smallest = [min(row) for row in table]
    largest = [max(column) for column in zip(*table, strict=True)]
    return [
        [y, x]
        for y, row in enumerate(table)
        for x, value in enumerate(row)
        if value == smallest[y] and value == largest[x]
    ]


def naive(table: list[list[int]]) -> list[list[int]]:
    found = []
    for y, row in enumerate(table):
        for x, value in enumerate(row):
            if value == min(row) and value == max(line[x] for line in table):
                found.append([y, x])
    return found


def wrong(table: list[list[int]]) -> list[list[int]]:
    smallest = [row.index(min(row)) for row in table]
    return [
        [y, smallest[y]]
        for y, row in enumerate(table)
        if row[smallest[y]] == max(line[smallest[y]] for line in table)
    ]


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[[4]]], [[[1, 2], [3, 4]]], [[[2, 2], [2, 2]]], [[[1, 9], [9, 1]]], [_table(7, 3, rng)]]
    size = (0, 12, 60, 220)[level]
    return [[_table(size, 1000, rng)] for _ in range(2)]


def _table(size: int, most: int, rng: random.Random) -> list[list[int]]:
    return [[rng.randrange(most) for _ in range(size)] for _ in range(size)]
