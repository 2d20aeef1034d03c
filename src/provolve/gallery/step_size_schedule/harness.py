"""Calls the candidate once for all steps of an instance; a number stands for steps of one size."""

import numpy as np


def answer(program, visible):
    sizes = np.asarray(program.step(visible["t"], visible["total"]), dtype=float)
    return np.ascontiguousarray(np.broadcast_to(sizes, visible["t"].shape))
