"""The operators of the model proposer by name; a new one is a file beside these and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provolve.propose.model.operators.consensus import Consensus
from provolve.propose.model.operators.cross import Cross
from provolve.propose.model.operators.decompose import Decompose
from provolve.propose.model.operators.explore import Explore
from provolve.propose.model.operators.improve import Improve
from provolve.propose.model.operators.notebook import Notebook
from provolve.propose.model.operators.plan_check_write import PlanCheckWrite
from provolve.propose.model.operators.reflect import Reflect
from provolve.propose.model.operators.repair import Repair
from provolve.propose.model.operators.simplify import Simplify
from provolve.propose.model.operators.think import Think
from provolve.propose.model.workflow import Workflow

OPERATORS: Mapping[str, Callable[[], Workflow]] = {
    "improve": Improve,
    "cross": Cross,
    "explore": Explore,
    "plan-check-write": PlanCheckWrite,
    "decompose": Decompose,
    "consensus": Consensus,
    "think": Think,
    "repair": Repair,
    "simplify": Simplify,
    "reflect": Reflect,
    "notebook": Notebook,
}

__all__ = ["OPERATORS"]
