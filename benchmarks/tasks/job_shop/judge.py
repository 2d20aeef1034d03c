"""Checks the start of every operation, and scores the makespan."""

import numpy as np

from provolve import Refused

SIZES = ((10, 5), (15, 5), (20, 5), (10, 10), (15, 10), (20, 10))  # jobs, machines


def instances(split, count, rng):
    for number in range(count):
        jobs, machines = SIZES[number % len(SIZES)]
        yield {
            "times": rng.integers(1, 100, (jobs, machines)),
            "machines": np.array([rng.permutation(machines) for _ in range(jobs)]),
        }


def score(instance, answer):
    """Check the start of every operation, and return the makespan in percent above the lower bound."""
    times, machines = instance["times"], instance["machines"]
    if not isinstance(answer, np.ndarray) or answer.dtype.kind != "i" or answer.shape != times.shape:
        raise Refused(f"the answer must be an array of whole numbers of shape {times.shape}")
    ends = answer + times
    if (answer < 0).any() or (answer[:, 1:] < ends[:, :-1]).any():
        raise Refused("an operation starts before the one before it in its job has ended")
    for machine in range(times.shape[1]):
        mine = machines == machine
        order = np.argsort(answer[mine], kind="stable")
        if (answer[mine][order][1:] < ends[mine][order][:-1]).any():
            raise Refused(f"machine {machine} works on two operations at a time")
    lower = _lower_bound(times, machines)
    return 100.0 * (int(ends.max()) - lower) / lower


def _lower_bound(times, machines):
    before = np.cumsum(times, axis=1) - times
    after = times.sum(axis=1, keepdims=True) - before - times
    bounds = [int(times.sum(axis=1).max())]
    for machine in range(times.shape[1]):
        mine = machines == machine
        bounds.append(int(times[mine].sum() + before[mine].min() + after[mine].min()))
    return max(bounds)
