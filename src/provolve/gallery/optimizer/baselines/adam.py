"""Adam, with the constants of its authors (Kingma and Ba, 2015)."""

import numpy as np


# EVOLVE-BLOCK-START
def update(
    gradient: np.ndarray, first: np.ndarray, second: np.ndarray, step: float, left: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rate = 0.18
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient**2
    mean = first / (1.0 - 0.9**step)
    spread = np.sqrt(second / (1.0 - 0.999**step))
    return rate * mean / (spread + 1e-8), first, second


# EVOLVE-BLOCK-END
