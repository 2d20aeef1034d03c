"""What to try next: strategies, the archives they keep, and how they are found by name."""

from provolve.search.archive import Archive
from provolve.search.breeding import Breeding
from provolve.search.grid import Grid
from provolve.search.hill_climb import HillClimb
from provolve.search.islands import Islands
from provolve.search.random_sampling import RandomSampling
from provolve.search.registry import build, names
from provolve.search.strategy import Resumable, Strategy

__all__ = [
    "Archive",
    "Breeding",
    "Grid",
    "HillClimb",
    "Islands",
    "RandomSampling",
    "Resumable",
    "Strategy",
    "build",
    "names",
]
