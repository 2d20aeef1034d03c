"""Return how many pairs of places i < j there are at which the numbers differ by exactly distance, which
is 0 or more.
"""

import random


def reference(numbers: list[int], distance: int) -> int:
    seen: dict[int, int] = {}
    pairs = 0
    for number in numbers:
        pairs += seen.get(number - distance, 0)
        if distance:
            pairs += seen.get(number + distance, 0)
        seen[number] = seen.get(number, 0) + 1
    return pairs


def naive(numbers: list[int], distance: int) -> int:
    pairs = 0
    for place, number in enumerate(numbers):
        for other in numbers[place + 1 :]:
            if abs(number - other) == distance:
                pairs += 1
    return pairs


def wrong(numbers: list[int], distance: int) -> int:
    known = set(numbers)
    return sum(1 for number in known if number + distance in known)


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[], 1], [[4], 0], [[4, 4, 4], 0], [[1, 3, 1, 3], 2], [[5, 1, 9, 2], 4], [[-2, 2, 0, 2], 4]]
    size = (0, 200, 1500, 9000)[level]
    return [[[rng.randrange(size // 4) for _ in range(size)], 3] for _ in range(2)]
