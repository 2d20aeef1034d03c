"""Points on a cubic lattice: where the search starts."""


# EVOLVE-BLOCK-START
def points(points, dimension):
    side = 1
    while side**dimension < points:
        side += 1
    return [[float(i // side**axis % side) for axis in range(dimension)] for i in range(points)]


# EVOLVE-BLOCK-END
