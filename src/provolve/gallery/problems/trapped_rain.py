"""Columns of the given heights stand side by side, each one wide. After much rain, water stands between
them wherever it cannot run off to either side. Return how much water there is.
"""

import random


def reference(heights: list[int]) -> int:
    left, right = 0, len(heights) - 1
    low = high = water = 0
    while left <= right:
        if low <= high:
            low = max(low, heights[left])
            water += low - heights[left]
            left += 1
        else:
            high = max(high, heights[right])
            water += high - heights[right]
            right -= 1
    return water


def naive(heights: list[int]) -> int:
    water = 0
    for place, height in enumerate(heights):
        water += min(max(heights[: place + 1]), max(heights[place:])) - height
    return water


def wrong(heights: list[int]) -> int:
    water = highest = 0
    for height in heights:
        highest = max(highest, height)
        water += highest - height
    return water


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[]], [[3]], [[3, 0, 2]], [[1, 2, 3]], [[5, 1, 4, 0, 0, 2]], [[2, 0, 2, 0, 9, 0, 1]]]
    size = (0, 300, 2000, 10000)[level]
    return [[[rng.randrange(1000) for _ in range(size)]] for _ in range(2)]
