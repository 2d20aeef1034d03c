"""Return the length of the longest text that can be had from both first and second by leaving out
letters.
"""

import random


def reference(first: str, second: str) -> int:
    above = [0] * (len(second) + 1)
    for letter in first:
        row = [0]
        for place, other in enumerate(second):
            if letter == other:
                row.append(above[place] + 1)
            else:
                left, up = row[place], above[place + 1]
                row.append(left if left > up else up)
        above = row
    return above[-1]


def naive(first: str, second: str) -> int:
    def longest(a: int, b: int) -> int:
        if a == len(first) or b == len(second):
            return 0
        if first[a] == second[b]:
            return 1 + longest(a + 1, b + 1)
        return max(longest(a + 1, b), longest(a, b + 1))

    return longest(0, 0)


def wrong(first: str, second: str) -> int:
    best = 0
    for start in range(len(first)):
        for end in range(start + best + 1, len(first) + 1):
            if first[start:end] in second:
                best = end - start
    return best


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [
            ["", ""],
            ["abc", ""],
            ["abc", "abc"],
            ["axbyc", "abc"],
            ["stone", "longest"],
            ["abab", "baba"],
        ]
    size = (0, 80, 150, 300)[level]
    return [[_word(size, rng), _word(size, rng)] for _ in range(2)]


def _word(size: int, rng: random.Random) -> str:
    return "".join(rng.choice("abcd") for _ in range(size))
