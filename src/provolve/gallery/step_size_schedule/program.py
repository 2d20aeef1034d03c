"""The constant step D / (G sqrt(T)), best for the average of the iterates: where the search starts."""

import numpy as np

VOCABULARY = (np.sqrt, np.exp)


# EVOLVE-BLOCK-START
def step(t: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return the sizes of the steps t = 1 to T - 1, in units of D / (G sqrt(T)); total is T."""
    return 1.0


# EVOLVE-BLOCK-END
