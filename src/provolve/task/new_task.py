"""The task that ``provolve new FILE`` writes: small, real, and it runs as it is."""

NEW_TASK = '''\
"""Which job next? One machine, forty jobs: order them so that little is late, and nothing important."""
# The header holds the settings; `direction` and `answer` must be there, all others have defaults.
# /// task
# direction = "minimize"          # small scores are good
# answer = "certificate"          # a candidate sees an instance and returns an order, which the judge checks
# description = "Order jobs on one machine for the least total weighted tardiness."
# unit = "weighted tardiness"
# entry = "priority"              # the function of the program that the harness calls
#
# [splits]                        # the search sees train; test stays sealed until its end
# train = 12
# validation = 12
# test = 30
#
# [limits]
# cpu_seconds = 1.0               # for one instance
#
# [parameters.jobs]               # chosen when the task is loaded; functions of the judge may ask for it
# default = 40
# low = 2
# high = 500
# description = "jobs in an instance"
# ///

# %% judge        Trusted. Candidates never see this cell, so they cannot change what they are worth.
import numpy as np

from provolve import Refused


def instances(split, count, rng, parameters):
    """Yield `count` instances: plain data, drawn from nothing but `rng`."""
    for _ in range(count):
        processing = rng.integers(1, 101, parameters["jobs"])
        load = processing.sum()
        yield {
            "processing": processing,                                               # time each job takes
            "weight": rng.integers(1, 11, parameters["jobs"]),                      # what its delay costs
            "due": rng.integers(int(0.1 * load), int(0.7 * load) + 1, parameters["jobs"]),
        }


def score(instance, answer):
    """Return the total weighted tardiness of the order `answer`, or refuse it. Trust nothing in it."""
    jobs = len(instance["due"])
    if not isinstance(answer, list) or {*map(type, answer)} != {int} or sorted(answer) != [*range(jobs)]:
        raise Refused(f"the answer must list each of the jobs 0 to {jobs - 1} once")
    order = np.array(answer)
    done = np.cumsum(instance["processing"][order])
    late = np.maximum(done - instance["due"][order], 0)
    return int((instance["weight"][order] * late).sum())

# %% harness      Calls the candidate, inside the sandbox. Tasks without this cell have a default harness.
def answer(program, visible):
    processing, weight, due = visible["processing"], visible["weight"], visible["due"]
    waiting, order, now = list(range(len(due))), [], 0
    while waiting:
        urgency = program.priority(processing[waiting], weight[waiting], due[waiting], now)
        order.append(waiting.pop(int(urgency.argmax())))
        now += int(processing[order[-1]])
    return order

# %% program      Where the search starts. It changes what stands between the two marks.
import numpy as np

# EVOLVE-BLOCK-START
def priority(processing, weight, due, now):
    """Return how urgent each waiting job is; the most urgent one goes next. Here: Smith's rule, 1956."""
    return weight / processing
# EVOLVE-BLOCK-END

# %% baseline earliest-due-date      A program to compare with: Jackson, 1955.
import numpy as np

# EVOLVE-BLOCK-START
def priority(processing, weight, due, now):
    return -due
# EVOLVE-BLOCK-END

# %% baseline apparent-tardiness-cost      Vepsalainen and Morton, 1987; best of the simple rules.
import numpy as np

# EVOLVE-BLOCK-START
def priority(processing, weight, due, now):
    slack = np.maximum(due - processing - now, 0)
    return weight / processing * np.exp(-slack / (2.0 * np.mean(processing)))
# EVOLVE-BLOCK-END
'''
