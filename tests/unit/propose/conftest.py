"""Programs to edit and a context to edit them in."""

from __future__ import annotations

import numpy as np
import pytest

from provolve.program import Program, entry_point, lift
from provolve.propose import Context
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedCache
from provolve.record import Elite

ARRAYS = '''import numpy as np

CAPACITY = 100

# EVOLVE-BLOCK-START
def rule(item, left):
    """What this bin is worth."""
    slack = left - item  # what stays free
    return np.where(slack < 0.05, 2.0 - slack, -slack * 0.5)
# EVOLVE-BLOCK-END
'''

SCALARS = """import math

# EVOLVE-BLOCK-START
def rule(x, y):
    if x < 3.5:
        z = x * 2 - y
    else:
        z = math.exp(-y)
    return z + 1.5 if y > 0 else z
# EVOLVE-BLOCK-END
"""

STRUCTURED = """# EVOLVE-BLOCK-START
def solve(jobs, limits):
    order = sorted(jobs, key=lambda job: (job[1] * 2.0 + job[0], job["late"]))
    total = 0
    for place, job in enumerate(order):
        total += job[0] * place + 1
        if total > limits["sum"] - 0.5:
            order.append(job)
    return {"order": order, "names": [f"{total + 1}"], "total": total}
# EVOLVE-BLOCK-END
"""


class Bench:
    """A program, its elite, and contexts with generators of their own."""

    def __init__(self, source: str) -> None:
        self.program = Program.parse(source)
        self.entry = entry_point(self.program, None)
        self.cache = ParsedCache(64)
        self.start = self.elite(self.program.texts())

    def elite(self, texts, loss: float = 1.0) -> Elite:
        return Elite(lift(self.program, texts), loss, (), "")

    def other(self, old: str, new: str, loss: float = 2.0) -> Elite:
        return self.elite([text.replace(old, new) for text in self.program.texts()], loss)

    def context(self, ask_id: int = 1, seed: int = 0, starts=None) -> Context:
        rng = np.random.default_rng([seed, ask_id])
        ranges = dict.fromkeys(self.entry.arguments, (0.0, 100.0))
        return Context(
            self.program, self.entry, starts or (self.start,), rng, ranges=ranges, elementwise=True
        )

    def operator_context(self, ask_id: int = 1, seed: int = 0, max_nodes: int = 400) -> OperatorContext:
        rng = np.random.default_rng([seed, ask_id])
        nodes = self.start.candidate.template.nodes
        return OperatorContext(
            self.program, (self.start,), rng, ask_id, max_nodes, self.cache, start_nodes=nodes
        )


@pytest.fixture
def bench():
    """Build a bench from a source."""
    return Bench


@pytest.fixture(params=[ARRAYS, SCALARS, STRUCTURED], ids=["arrays", "scalars", "structured"])
def any_bench(request):
    """A bench for each sort of program."""
    return Bench(request.param)


@pytest.fixture
def arrays():
    return Bench(ARRAYS)


@pytest.fixture
def scalars():
    return Bench(SCALARS)


@pytest.fixture
def structured():
    return Bench(STRUCTURED)
