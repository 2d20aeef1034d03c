"""The product of the first two variables: the formula that the search starts from."""

import numpy as np

VOCABULARY = (np.sin, np.cos, np.exp, np.log, np.sqrt, np.square)


# EVOLVE-BLOCK-START
def formula(x1: np.ndarray, x2: np.ndarray, x3: np.ndarray, x4: np.ndarray, x5: np.ndarray) -> np.ndarray:
    return x1 * x2


# EVOLVE-BLOCK-END
