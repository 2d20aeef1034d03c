"""What is done for an ask: which operator, and which model does it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from provolve.errors import UsageError
from provolve.propose.model.bandit import Bandit
from provolve.propose.model.polish import NAME as POLISH
from provolve.propose.model.scene import Scene
from provolve.propose.model.workflow import Workflow

SYMBOLIC = "symbolic"
NOTEBOOK = "notebook"
NOTEBOOK_EVERY = 12
"""Asks of models told after which the notebook is written anew."""
_CHEAP = 0.05
"""What the symbolic proposer is expected to cost beside a call, before it is known."""


class Chooser:
    """Chooses among operators and among models, each by a bandit; polish and notebook have their turns.

    A choice is ``OPERATOR@MODEL``, or the operator alone where no model is asked.

    Args:
        workflows: the operators that ask models, by name.
        models: names of the models.
        symbolic: whether the symbolic proposer is among the arms.
        weights: one a model, by which they are drawn in place of the bandit's choice; none for the bandit.
    """

    def __init__(
        self,
        workflows: Mapping[str, Workflow],
        models: Sequence[str],
        *,
        symbolic: bool,
        weights: Sequence[float] = (),
    ) -> None:
        self._workflows = workflows
        self._models = list(models)
        arms = [name for name in workflows if name != NOTEBOOK]
        self._arms = [*arms, SYMBOLIC] if symbolic else arms
        self._operator_bandit = Bandit([*self._arms, NOTEBOOK, POLISH], {SYMBOLIC: _CHEAP, POLISH: _CHEAP})
        self._model_bandit = Bandit(self._models)
        self._shares = np.array(weights) / sum(weights) if weights else None
        self._symbolic_open = 0
        self._since_notebook = 0

    def choose(self, scene: Scene, *, polish: bool) -> str:
        """Return what to do for the scene's ask; ``polish``: an elite waits to be polished."""
        if polish:
            return POLISH
        rng = scene.context.rng
        notebook = self._workflows.get(NOTEBOOK)
        due = notebook is not None and self._since_notebook >= NOTEBOOK_EVERY and notebook.applicable(scene)
        operator = NOTEBOOK if due else self._operator_bandit.choose(self._applicable(scene), rng)
        if operator == SYMBOLIC:
            return operator
        return f"{operator}@{self._model(rng)}"

    def _model(self, rng: np.random.Generator) -> str:
        if self._shares is None:
            return self._model_bandit.choose(self._models, rng)
        return self._models[int(rng.choice(len(self._models), p=self._shares))]

    def _applicable(self, scene: Scene) -> list[str]:
        names = [
            name
            for name in self._arms
            if (not self._symbolic_open if name == SYMBOLIC else self._workflows[name].applicable(scene))
        ]
        return names or [name for name in self._arms if name != SYMBOLIC][:1]

    def begin(self, choice: str) -> None:
        """Note that a choice is carried out from now on."""
        operator, _, model = choice.partition("@")
        self._operator_bandit.begin(operator)
        if model:
            self._model_bandit.begin(model)
        self._symbolic_open += operator == SYMBOLIC
        if operator == NOTEBOOK:
            self._since_notebook = 0

    def end(self, choice: str, reward: float, cost: float) -> None:
        """Take what came of a choice: ``reward`` from 0 to 1, and ``cost`` in any one unit."""
        operator, _, model = choice.partition("@")
        self._operator_bandit.end(operator, reward, cost)
        if model:
            self._model_bandit.end(model, reward, cost)
            self._since_notebook += 1
        self._symbolic_open -= operator == SYMBOLIC


def checked_weights(weights: Sequence[float], models: Sequence[str]) -> tuple[float, ...]:
    """Return the weights of models.

    Raises:
        UsageError: if there are some, and not one a model, or one is below 0, or all are 0.
    """
    if not weights:
        return ()
    numbers = all(isinstance(one, int | float) and 0 <= one < math.inf for one in weights)
    if len(weights) != len(models) or not numbers or not sum(weights):
        raise UsageError(
            f"weights are {list(weights)} for {len(models)} models: give one number from 0 a model, not all "
            "0, or leave them out and a bandit chooses"
        )
    return tuple(map(float, weights))
