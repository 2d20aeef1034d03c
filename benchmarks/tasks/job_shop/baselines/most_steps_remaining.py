"""Most steps remaining."""

import numpy as np


# EVOLVE-BLOCK-START
def priority(
    time: np.ndarray, left: np.ndarray, steps: np.ndarray, waited: np.ndarray, ahead: np.ndarray
) -> np.ndarray:
    return steps


# EVOLVE-BLOCK-END
