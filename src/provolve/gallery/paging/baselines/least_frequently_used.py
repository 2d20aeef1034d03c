"""Least frequently used since it came in; of equals the least recently used."""

import numpy as np


# EVOLVE-BLOCK-START
def eviction(recency: np.ndarray, frequency: np.ndarray, soon: np.ndarray) -> np.ndarray:
    return recency / 1000 - frequency


# EVOLVE-BLOCK-END
