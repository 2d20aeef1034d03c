"""The operators of the symbolic proposer by name; a new one is a file beside these and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provolve.propose.symbolic.operator import Operator
from provolve.propose.symbolic.operators.cma_es import CmaEs
from provolve.propose.symbolic.operators.crossover import Crossover
from provolve.propose.symbolic.operators.gaussian import Gaussian
from provolve.propose.symbolic.operators.insert_statement import InsertStatement
from provolve.propose.symbolic.operators.mutate import Mutate
from provolve.propose.symbolic.operators.reduce import Reduce
from provolve.propose.symbolic.operators.snap import Snap
from provolve.propose.symbolic.operators.statements import Statements
from provolve.propose.symbolic.operators.tabulate import Tabulate
from provolve.propose.symbolic.operators.vary_lists import VaryLists

OPERATORS: Mapping[str, Callable[[], Operator]] = {
    "gaussian": Gaussian,
    "cma-es": CmaEs,
    "mutate": Mutate,
    "crossover": Crossover,
    "tabulate": Tabulate,
    "vary-lists": VaryLists,
    "snap": Snap,
    "reduce": Reduce,
    "insert-statement": InsertStatement,
    "statements": Statements,
}

__all__ = ["OPERATORS"]
