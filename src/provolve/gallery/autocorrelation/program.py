"""A tent over all steps: where the search starts."""


# EVOLVE-BLOCK-START
def heights(steps):
    return [min(i + 1, steps - i) for i in range(steps)]


# EVOLVE-BLOCK-END
