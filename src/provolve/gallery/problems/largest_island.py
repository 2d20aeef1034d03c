"""A map has rows of 0 for water and 1 for land. Land squares that touch along a side belong to one
island. Return the number of squares of the largest island; 0 if there is no land.
"""

import random


def reference(rows: list[list[int]]) -> int:
    height, width = len(rows), len(rows[0])
    land = bytearray((width + 2) * (height + 2))
    for number, row in enumerate(rows, start=1):
        land[number * (width + 2) + 1 : number * (width + 2) + 1 + width] = bytes(row)
    largest = 0
    start = land.find(1)
    while start >= 0:
        land[start] = 0
        waiting = [start]
        size = 0
        while waiting:
            place = waiting.pop()
            size += 1
            for other in (place - 1, place + 1, place - width - 2, place + width + 2):
                if land[other]:
                    land[other] = 0
                    waiting.append(other)
        largest = max(largest, size)
        start = land.find(1, start)
    return largest


def naive(rows: list[list[int]]) -> int:
    names = {(y, x): (y, x) for y, row in enumerate(rows) for x, land in enumerate(row) if land}
    changed = True
    while changed:
        changed = False
        for (y, x), name in list(names.items()):
            for other in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if other in names and names[other] < name:
                    name = names[y, x] = names[other]
                    changed = True
    sizes: dict[tuple[int, int], int] = {}
    for name in names.values():
        sizes[name] = sizes.get(name, 0) + 1
    return max(sizes.values(), default=0)


def wrong(rows: list[list[int]]) -> int:
    land = {(y, x) for y, row in enumerate(rows) for x, value in enumerate(row) if value}
    largest = 0
    while land:
        waiting = [land.pop()]
        size = 0
        while waiting:
            y, x = waiting.pop()
            size += 1
            for other in [(y + down, x + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]:
                if other in land:
                    land.remove(other)
                    waiting.append(other)
        largest = max(largest, size)
    return largest


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[[0]]], [[[1]]], [[[1, 0], [0, 1]]], [[[1, 1, 0], [0, 1, 0], [1, 0, 1]]], [_map(8, rng)]]
    size = (0, 10, 30, 110)[level]
    return [[_map(size, rng)] for _ in range(2)]


def _map(size: int, rng: random.Random) -> list[list[int]]:
    return [[int(rng.random() < 0.58) for _ in range(size)] for _ in range(size)]
