"""Circles of equal radii on a square lattice: where the search starts."""


# EVOLVE-BLOCK-START
def circles(n):
    side = 1
    while side * side < n:
        side += 1
    places = [(i % side, i // side) for i in range(n)]
    return [[(2 * x + 1) / (2 * side), (2 * y + 1) / (2 * side), 0.4999 / side] for x, y in places]


# EVOLVE-BLOCK-END
