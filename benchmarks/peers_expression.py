"""Symbolic regression's own programs on the packing task: gplearn and DEAP beside provolve, equal CPU time.

All three look for an expression of an item's size and of what a bin would have left. provolve searches first
for the seconds given, and the CPU time of its processes, judging in the sandbox and audits included, is what
the others get. They score an expression by the same functions of the task's judge on the same instances of
train, in their own process and without a sandbox, and their best on train is their result. All results are
then scored on fresh instances. Differences are paired by instance.

gplearn and DEAP have to be installed: the extra ``bench``.
Usage: peers_expression.py [--seconds S] [--seeds N]
"""

from __future__ import annotations

import argparse
import importlib.util
import operator
import random
import resource
import tempfile
import time
import warnings
from collections.abc import Callable

import numpy as np

import provolve
from provolve.errors import Refused
from provolve.task import Task, load, make_split

ITEMS = "2000"
FRESH = 30
FRESH_SEED = 987_654
WORST = 1e6
Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Packing:
    """The packing task as a function of an expression's values on the grid."""

    def __init__(self, seed: int) -> None:
        self.task: Task = load("bin-packing", {"items": ITEMS})
        self.train = make_split(self.task, "train", seed)
        self.fresh = list(self.task.judge.instances("test", FRESH, np.random.default_rng(FRESH_SEED)))
        grid = self.task.judge.grid()
        self.shape = tuple(len(axis) for axis in grid.values())
        self.item, self.left = (axis.ravel() for axis in np.meshgrid(*grid.values(), indexing="ij"))
        self.tried = 0

    def loss(self, values: np.ndarray) -> float:
        """Return the mean excess on train of the table with these values (n,)."""
        self.tried += 1
        try:
            return float(np.mean(self.scores(values, self.train)))
        except Refused:
            return WORST

    def scores(self, values: np.ndarray, instances: object) -> np.ndarray:
        """Return the excess on each instance."""
        table = np.broadcast_to(np.asarray(values, dtype=float), self.item.shape).reshape(self.shape)
        order = self.task.judge.canonical(table)
        return np.array([float(self.task.judge.score(one, order)) for one in instances])  # type: ignore[attr-defined]

    def fresh_scores(self, rule: Rule) -> np.ndarray:
        """Return the excess of a rule on the fresh instances."""
        with np.errstate(all="ignore"):
            return self.scores(rule(self.item, self.left), self.fresh)


def by_provolve(seed: int, seconds: float) -> tuple[Rule, float, int]:
    """Return the champion, the CPU seconds used and the candidates."""
    before = cpu_of_all()
    with tempfile.TemporaryDirectory() as folder:
        run = provolve.run(
            "bin-packing",
            budget=f"{seconds:g}s",
            seed=seed,
            workers=1,
            parameters={"items": ITEMS},
            runs=folder,
        )
        source, candidates = run.champion, run.spent.candidates
    names: dict[str, Rule] = {}
    exec(source, names)  # written by the search from expressions of numpy alone
    return names["priority"], cpu_of_all() - before, candidates


def by_gplearn(packing: Packing, seed: int, cpu: float) -> Rule:
    """Return the best of generations of 500 until the CPU time is over."""
    from gplearn.fitness import make_fitness
    from gplearn.genetic import SymbolicRegressor

    def excess(_: np.ndarray, values: np.ndarray, __: np.ndarray) -> float:
        return packing.loss(values) if len(values) == len(packing.item) else WORST

    began = time.process_time()
    search = SymbolicRegressor(
        population_size=500,
        generations=1,
        function_set=("add", "sub", "mul", "div", "sqrt", "log", "abs", "neg", "max", "min"),
        metric=make_fitness(function=excess, greater_is_better=False),
        const_range=(-10.0, 100.0),
        parsimony_coefficient=0.001,
        max_samples=1.0,
        warm_start=True,
        stopping_criteria=0.0,
        random_state=seed,
    )
    inputs = np.column_stack([packing.item, packing.left])
    best, least = None, np.inf
    while time.process_time() - began < cpu:
        search.fit(inputs, np.zeros(len(inputs)))
        # What it keeps is the best of its last generation.
        if search._program.raw_fitness_ < least:
            best, least = search._program, search._program.raw_fitness_
        search.set_params(generations=search.generations + 1)
    assert best is not None
    return lambda item, left: best.execute(np.column_stack([item, left]))


def by_deap(packing: Packing, seed: int, cpu: float) -> Rule:
    """Return the best of generations of 500 until the CPU time is over."""
    from deap import algorithms, base, creator, gp, tools

    random.seed(seed)
    primitives = gp.PrimitiveSet("rule", 2)
    for function in (operator.add, operator.sub, operator.mul, np.minimum, np.maximum):
        primitives.addPrimitive(function, 2)
    primitives.addPrimitive(_divided, 2, "div")
    primitives.addPrimitive(_root, 1, "sqrt")
    for function in (operator.neg, np.abs):
        primitives.addPrimitive(function, 1)
    primitives.addEphemeralConstant("constant", _drawn)
    primitives.renameArguments(ARG0="item", ARG1="left")
    creator.create("Least", base.Fitness, weights=(-1.0,))
    creator.create("Expression", gp.PrimitiveTree, fitness=creator.Least)
    box = base.Toolbox()
    box.register("expression", gp.genHalfAndHalf, pset=primitives, min_=1, max_=4)
    box.register("individual", tools.initIterate, creator.Expression, box.expression)
    box.register("grown", gp.genFull, min_=0, max_=2)
    box.register("mate", gp.cxOnePoint)
    box.register("mutate", gp.mutUniform, expr=box.grown, pset=primitives)
    box.register("select", tools.selTournament, tournsize=5)
    for change in ("mate", "mutate"):
        box.decorate(change, gp.staticLimit(key=len, max_value=100))

    def evaluate(expression: object) -> tuple[float]:
        with np.errstate(all="ignore"):
            return (packing.loss(gp.compile(expression, primitives)(packing.item, packing.left)),)

    began = time.process_time()
    population = [box.individual() for _ in range(500)]
    best = tools.HallOfFame(1)
    while True:
        for individual in population:
            if not individual.fitness.valid:
                individual.fitness.values = evaluate(individual)
        best.update(population)
        if time.process_time() - began >= cpu:
            break
        population = algorithms.varAnd(box.select(population, 500), box, 0.7, 0.2)
    return gp.compile(best[0], primitives)


def _divided(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first / np.where(np.abs(second) > 1e-9, second, 1.0)


def _root(value: np.ndarray) -> np.ndarray:
    return np.sqrt(np.abs(value))


def _drawn() -> float:
    return random.choice((random.uniform(-10.0, 100.0), random.uniform(-1.0, 1.0)))


def main() -> None:
    parser = argparse.ArgumentParser(description="gplearn, DEAP and provolve on the packing expression task.")
    parser.add_argument("--seconds", type=float, default=60.0, help="of provolve's search")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    missing = [name for name in ("gplearn", "deap") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"{' and '.join(missing)} not installed: pip install 'provolve[bench]'")
        return
    warnings.simplefilter("ignore")
    print(f"{'seed':4} {'program':10} {'CPU':>6} {'tried':>8} {'excess':>8}   provolve better by")
    for seed in range(1, options.seeds + 1):
        packing = Packing(seed)
        rule, cpu, candidates = by_provolve(seed, options.seconds)
        ours = packing.fresh_scores(rule)
        print(f"{seed:4} {'provolve':10} {cpu:5.0f}s {candidates:8} {ours.mean():8.3f}")
        for name, search in (("gplearn", by_gplearn), ("DEAP", by_deap)):
            packing.tried, began = 0, time.process_time()
            theirs = packing.fresh_scores(search(packing, seed, cpu))
            used = time.process_time() - began
            gain = theirs - ours
            error = gain.std(ddof=1) / np.sqrt(len(gain))
            print(
                f"{seed:4} {name:10} {used:5.0f}s {packing.tried:8} {theirs.mean():8.3f}   "
                f"{gain.mean():+.3f} ± {1.96 * error:.3f}",
                flush=True,
            )


def cpu_of_all() -> float:
    """Return the CPU seconds of this process and of all its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main()
