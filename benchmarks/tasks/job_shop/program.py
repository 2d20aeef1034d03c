"""First come, first served: the rule that the search starts from."""

import numpy as np


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
