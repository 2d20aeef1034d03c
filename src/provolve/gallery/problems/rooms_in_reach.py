"""Room 0 is open and all others are locked. keys[i] lists the rooms whose keys lie in room i. Starting in
room 0, and carrying every key you find, return how many rooms you can enter, room 0 included.
"""

import random


def reference(keys: list[list[int]]) -> int:
    entered = [False] * len(keys)
    entered[0] = True
    waiting = [0]
    count = 1
    while waiting:
        for room in keys[waiting.pop()]:
            if not entered[room]:
                entered[room] = True
                count += 1
                waiting.append(room)
    return count


def naive(keys: list[list[int]]) -> int:
    entered = [0]
    grown = True
    while grown:
        grown = False
        for room in list(entered):
            for other in keys[room]:
                if other not in entered:
                    entered.append(other)
                    grown = True
    return len(entered)


def wrong(keys: list[list[int]]) -> int:
    entered = {0, *keys[0]}
    for room in keys[0]:
        entered.update(keys[room])
    return len(entered)


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[[]]], [[[1], [2], [3], [4], [0]]], [[[0, 2], [0], []]], _house(30, rng)]
    size = (0, 160, 1000, 5000)[level]
    return [[_house(size, rng)[0]] for _ in range(2)]


def _house(size: int, rng: random.Random) -> list[list[list[int]]]:
    return [[[rng.randrange(size) for _ in range(rng.randrange(2, 5))] for _ in range(size)]]
