"""Builds a schedule with the candidate's rule: a machine that is free takes what it ranks highest."""

import numpy as np


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
