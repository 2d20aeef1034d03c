"""One CMA-ES on the literals of one template, and its state as plain data.

Method: N. Hansen, "The CMA Evolution Strategy: A Tutorial", 2016, as the ``cmaes`` package implements it.
Coordinates are literals divided by their own size, so that one step size serves all; integers are rounded
when they are written out and stay real inside.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from provolve.propose.symbolic.literals import Number, coerce, typical_magnitude
from provolve.propose.threads import one_thread
from provolve.record import Template

if TYPE_CHECKING:
    from cmaes import CMA

SIGMA = 0.3
"""First step size, in parts of each literal's size."""
RESTARTS = 2
"""A stalled search starts again from its best, each time with twice the step size, before it is given up."""
LOOK_EVERY = 12
"""Generations between two looks at whether a search that is behind may still catch up."""
_CATCH_UP = 4.0
"""Further looks, at the pace since the last one, in which it must."""
_LEAST_INTEGER_SCALE = 3.0
_ARRAYS = ("_C", "_mean", "_p_sigma", "_pc", "_funhist_values", "_B", "_D")
_GAIN = 1e-7
_GAIN_AT_ZERO = 1e-12


class Core(msgspec.Struct):
    """The inner state of a ``cmaes.CMA``; arrays flattened, None where it holds none."""

    sigma: float
    tolx: float
    generation: int
    population: int
    arrays: dict[str, list[float] | None]


class TuningState(msgspec.Struct):
    """Everything of a ``Tuning``."""

    template: Template
    parent: str
    free: list[int]
    """The literals that are tuned; the others stay."""
    literals: list[Number]
    """Where the search began or was moved to last."""
    scales: list[float]
    best: list[float]
    best_loss: float
    first_sigma: float
    restarts: int
    patience: int | None
    stale: int
    generations: int
    looked_loss: float
    """Least loss when it was last looked at."""
    done: bool
    awaiting: int
    samples: list[list[float]]
    core: Core


class Tuning:
    """A search for the literals of one template, generation by generation."""

    def __init__(
        self,
        template: Template,
        parent: str,
        literals: Sequence[Number],
        loss: float,
        population: int,
        *,
        fixed: Collection[int] = (),
        alike: Sequence[Sequence[int]] = (),
        sizes: Mapping[int, float] | None = None,
        patience: int | None = None,
    ) -> None:
        """Begin a search from ``literals``, whose loss is known.

        Args:
            template: what the literals belong to.
            parent: digest of the candidate that has them.
            literals: one value a literal.
            loss: what they scored.
            population: vectors in a generation.
            fixed: numbers of the literals that stay as they are.
            alike: groups of literals that are of one scale, such as the values of a table.
            sizes: scales, above 0, of literals that do not tell their own, such as zeros.
            patience: for a search that is only to show whether it gets anywhere: generations without a gain
                after which it ends, where others begin again.
        """
        free = [k for k in range(len(literals)) if k not in fixed]
        every = _scales(literals, template.kinds, alike)
        every = [(sizes or {}).get(k, size) for k, size in enumerate(every)]
        scales = [every[k] for k in free]
        self._state = TuningState(
            template=template,
            parent=parent,
            free=free,
            literals=list(literals),
            scales=scales,
            best=_coordinates(literals, free, scales),
            best_loss=loss,
            first_sigma=SIGMA,
            restarts=0 if patience is None else RESTARTS,
            patience=patience,
            stale=0,
            generations=0,
            looked_loss=loss,
            done=False,
            awaiting=0,
            samples=[],
            core=Core(0.0, 0.0, 0, population, {}),
        )
        self._cma = self._begin()

    def _begin(self) -> CMA:
        return _new_cma(np.array(self._state.best), self._state.first_sigma, self._state.core.population)

    @property
    def parent(self) -> str:
        """Digest of the candidate that it started from."""
        return self._state.parent

    @property
    def template(self) -> Template:
        """The template whose literals are tuned."""
        return self._state.template

    @property
    def population(self) -> int:
        """Vectors in a generation."""
        return self._state.core.population

    @property
    def best_loss(self) -> float:
        """Least loss seen, that of the start included."""
        return self._state.best_loss

    @property
    def awaiting(self) -> int:
        """Id of the ask whose verdicts are outstanding, or 0."""
        return self._state.awaiting

    @property
    def done(self) -> bool:
        """Whether it has converged or stalled for good."""
        return self._state.done

    def ask(self, ask_id: int, rng: np.random.Generator) -> list[tuple[Number, ...]]:
        """Return the vectors of the next generation, which then awaits its verdicts.

        Raises:
            ValueError: if the last generation still awaits them.
        """
        if self.awaiting:
            raise ValueError(f"the generation of ask {self.awaiting} still awaits its verdicts")
        # Reseeding for each generation leaves no state of a generator to be kept.
        self._cma.reseed_rng(int(rng.integers(2**32)))
        with one_thread():
            samples = [self._cma.ask() for _ in range(self.population)]
        self._state.samples = [[float(x) for x in sample] for sample in samples]
        self._state.awaiting = ask_id
        return [self._literals(sample) for sample in self._state.samples]

    def _literals(self, sample: Sequence[float]) -> tuple[Number, ...]:
        state = self._state
        literals = list(state.literals)
        for x, scale, k in zip(sample, state.scales, state.free, strict=True):
            literals[k] = coerce(x * scale, state.template.kinds[k])
        return tuple(literals)

    def tell(self, losses: Sequence[float | None], target: float = math.inf) -> None:
        """Take the losses of the generation asked last, in order; None for a vector that was rejected.

        Rejected vectors rank behind all others. Where all were, the search shrinks towards its best. A search
        that is behind ``target``, the best known of any template, and gains on it too slowly is given up.
        """
        state = self._state
        samples, state.samples, state.awaiting = state.samples, [], 0
        found = [loss for loss in losses if loss is not None]
        if not found:
            self._shrink()
            return
        worst = max(found)
        penalised = worst + max(1e-6, worst - min(found), abs(worst) * 0.01)
        told = [penalised if loss is None else loss for loss in losses]
        self._note_best(samples, told)
        with one_thread():
            self._cma.tell([(np.array(x), loss) for x, loss in zip(samples, told, strict=True)])
        self._restart_if_stalled()
        self._give_up_if_slow(target)

    def _give_up_if_slow(self, target: float) -> None:
        state = self._state
        state.generations += 1
        if state.generations % LOOK_EVERY:
            return
        gained, state.looked_loss = state.looked_loss - state.best_loss, state.best_loss
        if _CATCH_UP * gained < state.best_loss - target:
            state.done = True

    def _note_best(self, samples: Sequence[Sequence[float]], losses: Sequence[float]) -> None:
        state = self._state
        place = min(range(len(losses)), key=losses.__getitem__)
        gain = state.best_loss - losses[place]
        state.stale = 0 if gain > _GAIN * abs(state.best_loss) + _GAIN_AT_ZERO else state.stale + 1
        if gain > 0:
            state.best, state.best_loss = list(samples[place]), losses[place]

    def _restart_if_stalled(self) -> None:
        state = self._state
        patience = state.patience or 10 + math.ceil(30 * len(state.best) / self.population)
        # The package divides by the least eigenvalue, which is 0 where a coordinate has died.
        with np.errstate(all="ignore"):
            stalled = state.stale > patience or bool(self._cma.should_stop())
        if stalled:
            self._restart(2.0)

    def _shrink(self) -> None:
        self._restart(0.5)

    def _restart(self, factor: float) -> None:
        state = self._state
        state.stale = 0
        if state.restarts >= RESTARTS:
            state.done = True
            return
        state.restarts += 1
        state.first_sigma *= factor
        self._cma = self._begin()

    def move(self, parent: str, literals: Sequence[Number], loss: float) -> None:
        """Go on from better literals that another operator found: the centre moves, the shape stays."""
        state = self._state
        state.parent, state.best_loss, state.stale = parent, loss, 0
        state.literals = list(literals)
        state.best = _coordinates(literals, state.free, state.scales)
        if state.done:
            state.done, state.restarts, state.first_sigma = False, 0, SIGMA
            state.generations, state.looked_loss = 0, loss
            self._cma = self._begin()
        else:
            self._cma._mean = np.array(state.best)

    def begin_epoch(self, loss: float) -> None:
        """Go on where losses are others: ``loss`` is the best known now, infinite where none is."""
        state = self._state
        state.best_loss = state.looked_loss = loss
        state.stale = 0

    def snapshot(self) -> TuningState:
        """Return the state; what happens later does not change it."""
        core = _core_of(self._cma)
        return msgspec.structs.replace(self._state, core=core, samples=[list(s) for s in self._state.samples])

    @classmethod
    def restored(cls, state: TuningState) -> Tuning:
        """Return a tuning that goes on exactly where ``state`` was taken."""
        tuning = cls.__new__(cls)
        tuning._state = msgspec.structs.replace(state)
        tuning._cma = _cma_of(state.core)
        return tuning


def _coordinates(literals: Sequence[Number], free: Sequence[int], scales: Sequence[float]) -> list[float]:
    return [float(literals[k]) / scale for k, scale in zip(free, scales, strict=True)]


def _scales(literals: Sequence[Number], kinds: str, alike: Sequence[Sequence[int]]) -> list[float]:
    typical = typical_magnitude(literals)
    sizes = [abs(float(value)) or typical for value in literals]
    for group in alike:
        largest = max(abs(float(literals[k])) for k in group) or typical
        for k in group:
            sizes[k] = largest
    pairs = zip(sizes, kinds, strict=True)
    return [max(size, _LEAST_INTEGER_SCALE) if kind == "i" else size for size, kind in pairs]


def _new_cma(mean: np.ndarray, sigma: float, population: int) -> CMA:
    from cmaes import CMA  # it imports scipy where that is installed

    made = CMA(mean=mean, sigma=sigma, population_size=population, seed=0)
    # The package leaves this array as the memory was: two runs, two states.
    made._funhist_values = np.zeros_like(made._funhist_values)
    return made


def _core_of(cma: CMA) -> Core:
    inner: dict[str, Any] = vars(cma)
    arrays = {
        name: None if inner[name] is None else [float(x) for x in np.ravel(inner[name])] for name in _ARRAYS
    }
    return Core(float(inner["_sigma"]), float(inner["_tolx"]), cma.generation, cma.population_size, arrays)


def _cma_of(core: Core) -> CMA:
    mean = np.array(core.arrays["_mean"])
    made = _new_cma(mean, 1.0, core.population)
    for name, values in core.arrays.items():
        shape = (len(mean), len(mean)) if name in ("_C", "_B") else (-1,)
        vars(made)[name] = None if values is None else np.array(values).reshape(shape)
    vars(made).update(_sigma=core.sigma, _tolx=core.tolx, _g=core.generation)
    return made
