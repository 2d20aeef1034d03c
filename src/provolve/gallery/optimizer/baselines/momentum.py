"""Gradient descent with momentum (Polyak, 1964)."""

import numpy as np


# EVOLVE-BLOCK-START
def update(
    gradient: np.ndarray, first: np.ndarray, second: np.ndarray, step: float, left: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rate = 0.042
    first = 0.9 * first + gradient
    return rate * first, first, second


# EVOLVE-BLOCK-END
