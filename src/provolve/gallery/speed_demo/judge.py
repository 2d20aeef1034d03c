"""Draws lists of numbers. There is nothing to score: an answer must be the one that the seed program gives.

An instance is ``{"numbers", "difference"}``: whole numbers that ascend, about nine of ten in a row, and a
distance of 10, 20 or 30.
"""

DISTANCES = (10, 20, 30)
SHARE = 0.9


def instances(split, count, rng, parameters):
    """Yield lists that no two of which are the same."""
    size = parameters["size"]
    for _ in range(count):
        length = int(rng.integers(size - size // 3, size + size // 3 + 1))
        numbers, number = [], int(rng.integers(1_000_000))
        while len(numbers) < length:
            number += 1
            if rng.random() < SHARE:
                numbers.append(number)
        yield {"numbers": numbers, "difference": int(rng.choice(DISTANCES))}
