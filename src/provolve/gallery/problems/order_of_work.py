"""Jobs 0 to jobs - 1 are done one after the other. Each rule [first, second] says that the first job
comes before the second. Of all jobs that may come next, the one with the smallest number does. Return the
jobs in order; an empty list if the rules cannot all be kept.
"""

import heapq
import random


def reference(jobs: int, rules: list[list[int]]) -> list[int]:
    after: list[list[int]] = [[] for _ in range(jobs)]
    missing = [0] * jobs
    for first, second in rules:
        after[first].append(second)
        missing[second] += 1
    ready = [job for job in range(jobs) if not missing[job]]
    order = []
    while ready:
        job = heapq.heappop(ready)
        order.append(job)
        for other in after[job]:
            missing[other] -= 1
            if not missing[other]:
                heapq.heappush(ready, other)
    return order if len(order) == jobs else []


def naive(jobs: int, rules: list[list[int]]) -> list[int]:
    order: list[int] = []
    left = list(range(jobs))
    while left:
        held = {second for first, second in rules if first in left}
        free = [job for job in left if job not in held]
        if not free:
            return []
        order.append(free[0])
        left.remove(free[0])
    return order


def wrong(jobs: int, rules: list[list[int]]) -> list[int]:
    after: list[list[int]] = [[] for _ in range(jobs)]
    missing = [0] * jobs
    for first, second in rules:
        after[first].append(second)
        missing[second] += 1
    order = [job for job in range(jobs) if not missing[job]]
    for job in order:
        for other in after[job]:
            missing[other] -= 1
            if not missing[other]:
                order.append(other)
    return order if len(order) == jobs else []


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [
            [0, []],
            [3, []],
            [3, [[2, 0], [0, 1]]],
            [2, [[0, 1], [1, 0]]],
            [5, [[4, 1], [0, 3], [1, 2]]],
            [5, [[3, 0], [3, 0], [2, 4]]],
        ]
    size = (0, 33, 333, 2500)[level]
    return [[size, _rules(size, rng)] for _ in range(2)]


def _rules(size: int, rng: random.Random) -> list[list[int]]:
    names = rng.sample(range(size), size)
    pairs = [sorted(rng.sample(range(size), 2)) for _ in range(3 * size)]
    return [[names[first], names[second]] for first, second in pairs]
