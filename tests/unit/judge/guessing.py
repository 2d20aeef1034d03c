"""A judge for tests: how far from twice the instance is the answer?"""

JUDGE = """
from provolve import Refused

def instances(split, count, rng):
    for _ in range(count):
        yield float(rng.uniform(1, 9))

def score(instance, answer):
    if not isinstance(answer, float):
        raise Refused("a float is wanted")
    return abs(answer - 2 * instance)
"""
