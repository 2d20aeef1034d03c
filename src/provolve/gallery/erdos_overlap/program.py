"""A block over the middle half: where the search starts."""


# EVOLVE-BLOCK-START
def heights(steps):
    return [max(0, min(4 * i + 4, 3 * steps) - max(4 * i, steps)) for i in range(steps)]


# EVOLVE-BLOCK-END
