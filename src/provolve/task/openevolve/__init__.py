"""Projects in the form of OpenEvolve: a program with marks, an evaluator beside it, a configuration."""

from provolve.task.openevolve.config import Config, Use, read_config
from provolve.task.openevolve.project import PREFIX, Project, make_project, parts_of, recognised

__all__ = [
    "PREFIX",
    "Config",
    "Project",
    "Use",
    "make_project",
    "parts_of",
    "read_config",
    "recognised",
]
