"""Best Fit: the bin that leaves the least room."""

import numpy as np


# EVOLVE-BLOCK-START
def priority(item: float, bins: np.ndarray) -> np.ndarray:
    return item - bins


# EVOLVE-BLOCK-END
