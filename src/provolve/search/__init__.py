"""What to try next: strategies, the archives they keep, and how they are found by name."""

from provolve.search.age_layers import AgeLayers
from provolve.search.archive import Archive
from provolve.search.base import WINDOW, Base
from provolve.search.beam import Beam
from provolve.search.best_of_n import BestOfN
from provolve.search.breeding import Breeding
from provolve.search.grid import Grid
from provolve.search.growth import Growth, Rules
from provolve.search.hill_climb import HillClimb
from provolve.search.islands import Islands
from provolve.search.map_elites import MapElites
from provolve.search.novelty import Novelty
from provolve.search.portfolio import Portfolio
from provolve.search.random_sampling import RandomSampling
from provolve.search.registry import build, names
from provolve.search.regrading import Regrading
from provolve.search.scattered_forest import ScatteredForest
from provolve.search.strategy import Regradable, Resumable, Strategy, Thinking
from provolve.search.tree import Tree

__all__ = [
    "WINDOW",
    "AgeLayers",
    "Archive",
    "Base",
    "Beam",
    "BestOfN",
    "Breeding",
    "Grid",
    "Growth",
    "HillClimb",
    "Islands",
    "MapElites",
    "Novelty",
    "Portfolio",
    "RandomSampling",
    "Regradable",
    "Regrading",
    "Resumable",
    "Rules",
    "ScatteredForest",
    "Strategy",
    "Thinking",
    "Tree",
    "build",
    "names",
]
