"""A page that is not predicted to come back soon; of equals the least recently used."""

import numpy as np


# EVOLVE-BLOCK-START
def eviction(recency: np.ndarray, frequency: np.ndarray, soon: np.ndarray) -> np.ndarray:
    return recency - 1000 * soon


# EVOLVE-BLOCK-END
