"""A block in the middle: where the search starts."""


# EVOLVE-BLOCK-START
def heights(steps):
    return [1 if steps <= 4 * i + 2 <= 3 * steps else 0 for i in range(steps)]


# EVOLVE-BLOCK-END
