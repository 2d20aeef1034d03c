"""Best Fit: the bin that leaves the least room."""

import numpy as np


# EVOLVE-BLOCK-START
def priority(item: np.ndarray, left: np.ndarray) -> np.ndarray:
    return -left


# EVOLVE-BLOCK-END
