"""From a list of heights, some may be left out, the others stay in their order. Return how many can be
kept at most so that each is higher than the one before.
"""

import random
from bisect import bisect_left


def reference(heights: list[int]) -> int:
    tops: list[int] = []
    for height in heights:
        place = bisect_left(tops, height)
        if place == len(tops):
            tops.append(height)
        else:
            tops[place] = height
    return len(tops)


def naive(heights: list[int]) -> int:
    best = [1] * len(heights)
    for place in range(len(heights)):
        for before in range(place):
            if heights[before] < heights[place]:
                best[place] = max(best[place], best[before] + 1)
    return max(best, default=0)


def wrong(heights: list[int]) -> int:
    longest = length = 0
    for place, height in enumerate(heights):
        length = length + 1 if place and heights[place - 1] < height else 1
        longest = max(longest, length)
    return longest


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[]], [[3]], [[5, 4, 3]], [[1, 1, 1]], [[3, 1, 4, 1, 5, 9, 2, 6]], [[10, 1, 11, 2, 12, 3, 4]]]
    size = (0, 300, 2000, 12000)[level]
    return [[[rng.randrange(10**6) for _ in range(size)]] for _ in range(2)]
