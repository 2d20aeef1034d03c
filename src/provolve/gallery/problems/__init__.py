"""Twenty small problems to try ``provolve score`` on.

Each module is one problem, named after its function; the docstring states it. ``reference`` solves it well,
``naive`` rightly but slowly, ``wrong`` almost. ``inputs(level, rng)`` gives lists of arguments: level 0 is
for correctness, with the edges; levels 1 to 3 grow.
"""
