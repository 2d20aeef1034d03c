"""A stretch of consecutive readings is calm if its largest and smallest reading differ by at most gap.
Return the length of the longest calm stretch; 0 without readings.
"""

import random
from collections import deque


def reference(readings: list[int], gap: int) -> int:
    low: deque[int] = deque()
    high: deque[int] = deque()
    start = longest = 0
    for place, reading in enumerate(readings):
        while low and readings[low[-1]] >= reading:
            low.pop()
        while high and readings[high[-1]] <= reading:
            high.pop()
        low.append(place)
        high.append(place)
        while readings[high[0]] - readings[low[0]] > gap:
            start += 1
            if low[0] < start:
                low.popleft()
            if high[0] < start:
                high.popleft()
        longest = max(longest, place - start + 1)
    return longest


def naive(readings: list[int], gap: int) -> int:
    longest = 0
    for start in range(len(readings)):
        low = high = readings[start]
        for end in range(start, len(readings)):
            low, high = min(low, readings[end]), max(high, readings[end])
            if high - low > gap:
                break
            longest = max(longest, end - start + 1)
    return longest


def wrong(readings: list[int], gap: int) -> int:
    longest = length = 0
    for place, reading in enumerate(readings):
        near = place > 0 and abs(reading - readings[place - 1]) <= gap
        length = length + 1 if near else 1
        longest = max(longest, length)
    return longest


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[], 3], [[5], 0], [[1, 2, 3, 4, 5], 1], [[4, 4, 4], 0], [[10, 1, 2, 4, 7, 2], 5]]
    size = (0, 160, 1250, 8000)[level]
    return [[[500 + rng.randrange(-100, 101) for _ in range(size)], 199] for _ in range(2)]
