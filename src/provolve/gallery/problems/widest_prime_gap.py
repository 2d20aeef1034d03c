"""Return the largest difference between two primes that follow each other, both at most limit; 0 if there
are fewer than two primes up to limit.
"""

import random


def reference(limit: int) -> int:
    if limit < 3:
        return 0
    flags = bytearray([1]) * (limit + 1)
    flags[0] = flags[1] = 0
    for number in range(2, int(limit**0.5) + 1):
        if flags[number]:
            flags[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    widest, before = 0, 2
    prime = flags.find(1, 3)
    while prime >= 0:
        widest = max(widest, prime - before)
        before = prime
        prime = flags.find(1, prime + 1)
    return widest


def naive(limit: int) -> int:
    widest, before = 0, 0
    for number in range(2, limit + 1):
        if all(number % divisor for divisor in range(2, int(number**0.5) + 1)):
            if before:
                widest = max(widest, number - before)
            before = number
    return widest


def wrong(limit: int) -> int:
    widest, before = 0, 0
    for number in range(1, limit + 1, 2):
        if all(number % divisor for divisor in range(2, int(number**0.5))):
            if before:
                widest = max(widest, number - before)
            before = number
    return widest


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[0], [2], [3], [10], [30], [97], [200], [541]]
    size = (0, 1600, 15000, 120000)[level]
    return [[size + rng.randrange(100)] for _ in range(2)]
