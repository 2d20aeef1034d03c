"""Stochastic gradient descent (Robbins and Monro, 1951): where the search starts."""

import numpy as np


# EVOLVE-BLOCK-START
def update(
    gradient: np.ndarray, first: np.ndarray, second: np.ndarray, step: float, left: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what to take from the weights, then the two arrays to be given back at the next step."""
    rate = 0.24
    return rate * gradient, first, second


# EVOLVE-BLOCK-END
