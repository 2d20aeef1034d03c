"""Job shop: which waiting operation does a machine that is free take next, so that all is done soon?

Jobs run through all machines, each in an order of its own, and a machine works on one operation at a time.
The program ranks the operations that wait at a machine; the schedule that comes of it is judged by its makespan,
in percent above a lower bound: the longest job, or the most work of a machine with the least that must come
before and after. Instances are drawn as E. Taillard does, "Benchmarks for basic scheduling problems", 1993:
whole times from 1 to 99, orders of machines at random. No published value is on these instances.
"""
# /// task
# direction = "minimize"
# answer = "certificate"
# description = "Job shop scheduling: which waiting operation does a free machine take next?"
# unit = "% above the lower bound"
# aggregate = "mean"
# bound = 0
# entry = "priority"
#
# [splits]
# train = 16
# validation = 30
# test = 60
#
# [limits]
# cpu_seconds = 2.0
# ///

# %% judge
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


# %% harness


def answer(program, visible):
    times, machines = visible["times"], visible["machines"]
    jobs, steps = times.shape
    left = np.cumsum(times[:, ::-1], axis=1)[:, ::-1]  # work of the job from an operation on
    load = np.array([times[machines == machine].sum() for machine in range(steps)])
    step = np.zeros(jobs, dtype=int)
    ready = np.zeros(jobs, dtype=int)
    free = np.zeros(steps, dtype=int)
    starts = np.zeros((jobs, steps), dtype=int)
    for _ in range(jobs * steps):
        open_jobs = np.flatnonzero(step < steps)
        now = step[open_jobs]
        at = machines[open_jobs, now]
        begins = np.maximum(ready[open_jobs], free[at])
        machine = at[np.argmin(begins)]
        mine = (at == machine) & (begins == begins.min())
        waiting, place = open_jobs[mine], now[mine]
        chosen = 0
        if len(waiting) > 1:
            following = np.where(place + 1 < steps, machines[waiting, np.minimum(place + 1, steps - 1)], -1)
            worth = program.priority(
                times[waiting, place].astype(float),
                left[waiting, place].astype(float),
                (steps - place).astype(float),
                (begins.min() - ready[waiting]).astype(float),
                np.where(following >= 0, load[following], 0).astype(float),
            )
            worth = np.asarray(worth, dtype=float)
            if worth.shape != waiting.shape or np.isnan(worth).any():
                raise ValueError(f"the priority is not an array of {len(waiting)} numbers")
            chosen = int(np.argmax(worth))
        job = waiting[chosen]
        start = begins.min()
        starts[job, step[job]] = start
        ready[job] = free[machine] = start + times[job, step[job]]
        load[machine] -= times[job, step[job]]
        step[job] += 1
    return starts


# %% program


# EVOLVE-BLOCK-START
def priority(
    time: np.ndarray, left: np.ndarray, steps: np.ndarray, waited: np.ndarray, ahead: np.ndarray
) -> np.ndarray:
    """Return how soon each waiting operation should go: the first come, first served.

    Of each: its time, the work left of its job (itself among it), the steps left, how long it waited, and the
    work that waits for the machine of the next step, done or not begun.
    """
    return waited


# EVOLVE-BLOCK-END

# %% baseline shortest-processing-time
import numpy as np


# EVOLVE-BLOCK-START
def priority(
    time: np.ndarray, left: np.ndarray, steps: np.ndarray, waited: np.ndarray, ahead: np.ndarray
) -> np.ndarray:
    return -time


# EVOLVE-BLOCK-END

# %% baseline most-work-remaining
import numpy as np


# EVOLVE-BLOCK-START
def priority(
    time: np.ndarray, left: np.ndarray, steps: np.ndarray, waited: np.ndarray, ahead: np.ndarray
) -> np.ndarray:
    return left


# EVOLVE-BLOCK-END

# %% baseline most-steps-remaining
import numpy as np


# EVOLVE-BLOCK-START
def priority(
    time: np.ndarray, left: np.ndarray, steps: np.ndarray, waited: np.ndarray, ahead: np.ndarray
) -> np.ndarray:
    return steps


# EVOLVE-BLOCK-END
