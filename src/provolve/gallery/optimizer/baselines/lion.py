"""Lion, with the constants of its authors (Chen et al., 2023); weights do not decay."""

import numpy as np


# EVOLVE-BLOCK-START
def update(
    gradient: np.ndarray, first: np.ndarray, second: np.ndarray, step: float, left: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rate = 0.1
    change = np.sign(0.9 * first + 0.1 * gradient)
    first = 0.99 * first + 0.01 * gradient
    return rate * change, first, second


# EVOLVE-BLOCK-END
