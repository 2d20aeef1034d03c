"""Calls a formula with as many columns as it takes arguments."""

import numpy as np


def answer(program, visible):
    taken = program.formula.__code__.co_argcount
    values = program.formula(*visible["columns"][:taken])
    return np.broadcast_to(np.asarray(values, dtype=float), (len(visible["columns"][0]),)).copy()
