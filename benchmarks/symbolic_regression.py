"""Which laws of physics provolve, gplearn and DEAP recover exactly, each with the same CPU time and points.

For each law and noise: `provolve run symbolic-regression` on one worker, with the units of the variables and
without; then gplearn and DEAP on all the points that provolve has, those of train and validation together;
each for ``--cpu`` seconds of CPU or until its error is none. Of provolve, the time of all its processes
counts, start and sandbox included; the peers begin with what they need imported. Nobody but provolve can be
told units. All know the law's own variables only.

A law counts as recovered where it is a constant times the model plus a constant, as in La Cava et al. (2021):
both are read by sympy and compared at random points with 40 digits, the model as it is and with its numbers
rounded to three decimals, as there. The rule is the same for all.

gplearn and DEAP return the best formula of their last population. So that it is seen how much is owed to the
choice and how much to the search, the formula of that population which the task's judge would choose, by
its description length, is counted beside. Settings stand below. Asserts nothing. Runs on Linux.

Needs ``pip install 'provolve[bench]'``. Run ``python benchmarks/symbolic_regression.py --help``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import ctypes
import functools
import itertools
import math
import operator
import os
import random
import re
import shutil
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import provolve
from provolve.errors import Refused
from provolve.task import load, make_split
from provolve.task.bundled import find

TASK = "symbolic-regression"
WORST = 10.0
"""Error of a formula that has no value somewhere."""
MOST_GENERATIONS = 100_000
MOST_SECONDS = 3600
"""Wall seconds after which provolve stops whatever the CPU time; by then something is wrong."""
NONE = 1e-10
"""Errors below this are rounding, as in the task's judge."""
FUNCTIONS = ("sin", "cos", "exp", "log", "sqrt")


def options(laws: list[str]) -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--laws", nargs="+", choices=laws, default=laws, metavar="LAW")
    parser.add_argument("--noise", nargs="+", type=float, default=[0.0, 0.1])
    parser.add_argument("--cpu", type=float, default=15.0, help="CPU seconds of each tool for a law")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--tools", nargs="+", choices=[*OWN, *PEERS], default=[*OWN, *PEERS])
    return parser.parse_args()


def names_of(file: str) -> dict[str, Any]:
    """Return the names of the task's judge or harness, run as it stands."""
    folder = find(TASK)
    assert folder is not None
    names: dict[str, Any] = {"__name__": file}
    exec(compile((folder / file).read_text(encoding="utf-8"), file, "exec"), names)
    return names


def task_for(law: str, count: int, where: Path) -> Path:
    """Write the task with as many arguments as the law has variables, and return its folder."""
    source = find(TASK)
    assert source is not None
    folder = where / law.replace(".", "-")
    shutil.copytree(source, folder)
    program = (folder / "program.py").read_text(encoding="utf-8")
    arguments = ", ".join(f"x{k}: np.ndarray" for k in range(1, count + 1))
    program = re.sub(r"def formula\([^)]*\)", f"def formula({arguments})", program)
    if count == 1:
        program = program.replace("return x1 * x2", "return x1 * x1")
    (folder / "program.py").write_text(program, encoding="utf-8")
    return folder


def by_provolve(
    law: str, noise: float, seed: int, cpu: float, count: int, *, units: bool
) -> tuple[str, float]:
    """Search for ``cpu`` seconds of CPU, and return the champion's formula and the seconds that it took."""
    before, over, stop = cpu_of_all(), threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(0.05) and cpu_of_all() - before < cpu:
            pass
        stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with tempfile.TemporaryDirectory() as place:
            run = provolve.run(
                task_for(law, count, Path(place)),
                budget=f"{MOST_SECONDS}s",
                seed=seed,
                workers=1,
                parameters={"formula": law, "noise": str(noise), "units": str(units).lower()},
                runs=Path(place) / "runs",
                stop=stop,
            )
            source = run.champion
    finally:
        over.set()
        watcher.join()
    reap()
    tree = ast.parse(source)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    returned = function.body[-1]
    assert isinstance(returned, ast.Return)
    assert returned.value is not None
    return ast.unparse(returned.value).replace("np.", ""), cpu_of_all() - before


def cpu_of_all() -> float:
    """Return the CPU seconds of this process and all that it started, those that ended included."""
    seconds = sum(os.times()[:4])
    parents, used = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        number = int(entry.parent.name)
        parents[number] = int(fields[1])
        used[number] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    mine = {os.getpid()}
    while more := {number for number, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return seconds + sum(used[number] for number in mine - {os.getpid()})


def adopt_orphans() -> None:
    """Become the parent of what outlives its own, such as the sandbox of a worker, so that it is counted."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def reap() -> None:
    """Wait for every child that is left; the sandbox ends by itself after its worker."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def by_gplearn(x: np.ndarray, y: np.ndarray, cpu: float, seed: int) -> list[str]:
    """Breed with gplearn for ``cpu`` seconds; return its formula, then the last population's.

    x is (points, variables).
    """
    from gplearn.genetic import SymbolicRegressor

    names = ("add", "sub", "mul", "div", "sqrt", "log", "neg", "inv", "sin", "cos")
    exponential = _gplearn_exponential()
    model = SymbolicRegressor(
        population_size=1000,
        generations=1,
        function_set=(*names, exponential),
        parsimony_coefficient=0.001,
        const_range=(-5.0, 5.0),
        metric="pearson",  # blind to a factor and a constant, as the task's judge is
        warm_start=True,
        random_state=seed,
    )
    start = time.process_time()
    for generation in range(1, MOST_GENERATIONS):
        model.set_params(generations=generation)
        model.fit(x, y)
        if time.process_time() - start >= cpu or scaled_error(model.predict(x), y) < NONE:
            break
    return [str(model._program), *map(str, model._programs[-1])]


@functools.cache
def _gplearn_exponential() -> Any:
    from gplearn.functions import make_function

    def exponential(values: np.ndarray) -> np.ndarray:
        return np.exp(np.clip(values, -50.0, 50.0))

    return make_function(function=exponential, name="exp", arity=1)


def by_deap(x: np.ndarray, y: np.ndarray, cpu: float, seed: int) -> list[str]:
    """Breed trees with DEAP's usual operators for ``cpu`` seconds; return as ``by_gplearn`` does."""
    from deap import base, creator, gp, tools

    random.seed(seed)
    count = x.shape[1]
    primitives = gp.PrimitiveSet("MAIN", count, prefix="x")
    primitives.renameArguments(**{f"x{k}": f"x{k + 1}" for k in range(count)})
    for name, function, arity in (
        ("add", operator.add, 2),
        ("sub", operator.sub, 2),
        ("mul", operator.mul, 2),
        ("div", operator.truediv, 2),
        ("neg", operator.neg, 1),
        *((name, getattr(np, name), 1) for name in FUNCTIONS),
    ):
        primitives.addPrimitive(function, arity, name=name)
    primitives.addEphemeralConstant("constant", functools.partial(random.uniform, -5.0, 5.0))
    if not hasattr(creator, "Formula"):
        creator.create("Least", base.Fitness, weights=(-1.0,))
        creator.create("Formula", gp.PrimitiveTree, fitness=creator.Least)
    toolbox = base.Toolbox()
    toolbox.register("expr", gp.genHalfAndHalf, pset=primitives, min_=1, max_=4)
    toolbox.register("individual", tools.initIterate, creator.Formula, toolbox.expr)
    toolbox.register("subtree", gp.genFull, min_=0, max_=2)
    columns = x.T

    def error(individual: Any) -> tuple[float]:
        try:
            with np.errstate(all="ignore"):
                values = np.asarray(gp.compile(individual, primitives)(*columns), dtype=float)
        except ArithmeticError:  # of two constants, which are plain floats
            return (WORST,)
        return (scaled_error(np.broadcast_to(values, y.shape), y),)

    limit = gp.staticLimit(key=operator.attrgetter("height"), max_value=10)
    mate = limit(gp.cxOnePoint)
    change = limit(gp.mutUniform)
    start = time.process_time()
    population = [toolbox.individual() for _ in range(500)]
    for individual in population:
        individual.fitness.values = error(individual)
    best = min(population, key=lambda one: one.fitness.values[0])
    while time.process_time() - start < cpu and best.fitness.values[0] >= NONE:
        chosen = [toolbox.clone(one) for one in tools.selTournament(population, len(population) - 1, 5)]
        for k in range(0, len(chosen) - 1, 2):
            if random.random() < 0.8:
                chosen[k], chosen[k + 1] = mate(chosen[k], chosen[k + 1])
                del chosen[k].fitness.values, chosen[k + 1].fitness.values
        for k, one in enumerate(chosen):
            if random.random() < 0.2:
                (chosen[k],) = change(one, expr=toolbox.subtree, pset=primitives)
                del chosen[k].fitness.values
        for one in chosen:
            if not one.fitness.valid:
                one.fitness.values = error(one)
        population = [*chosen, toolbox.clone(best)]
        best = min(population, key=lambda one: (one.fitness.values[0], len(one)))
    return [str(best), *map(str, population)]


OWN = {"provolve": True, "provolve-without-units": False}
PEERS: dict[str, Callable[[np.ndarray, np.ndarray, float, int], list[str]]] = {
    "gplearn": by_gplearn,
    "deap": by_deap,
}


def scaled_error(values: np.ndarray, y: np.ndarray) -> float:
    """Return what the task's judge scores, without its steps; large where a value is not finite."""
    if not np.isfinite(values).all() or np.abs(values).max() > 1e100:
        return WORST
    f, left = values - values.mean(), y - y.mean()
    size = float(np.sqrt(f @ f))
    if size > 1e-12 * (1.0 + float(np.abs(values).max())):
        left = left - (f @ left) / size**2 * f
    return float(np.sqrt(left @ left) / np.sqrt(((y - y.mean()) ** 2).sum()))


def read(text: str) -> Any:
    """Return a formula as sympy reads it; the tools' guarded functions as the plain ones."""
    import sympy

    x = sympy.symbols("x1:6", positive=True)
    names = {f"x{k}": symbol for k, symbol in enumerate(x, 1)}
    names |= {f"X{k}": symbol for k, symbol in enumerate(x)}
    names |= {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "neg": lambda a: -a,
        "inv": lambda a: 1 / a,
        "square": lambda a: a**2,
        "abs": sympy.Abs,
        "pi": sympy.pi,
    }
    names |= {name: getattr(sympy, name) for name in FUNCTIONS}
    return sympy.sympify(text, locals=names)


def chosen(texts: list[str], halves: Sequence[Any], judge: dict[str, Any], harness: dict[str, Any]) -> str:
    """Return the formula that the task's judge would choose, by its mean score over the instances."""
    best, least = texts[0], math.inf
    for text in dict.fromkeys(texts):
        try:
            form = judge["canonical"](list(harness["_symbols"](eval(text, peer_names(harness)))))
            score = sum(judge["score"](instance, form) for instance in halves)
        except (Refused, ArithmeticError, ValueError, TypeError):
            continue  # a constant, or a formula with no value somewhere
        if score < least:
            best, least = text, score
    return best


def peer_names(harness: dict[str, Any]) -> dict[str, Any]:
    """Return what the peers' formulas are made of, on symbols as the task's harness has them."""
    formula = harness["_Formula"]
    names: dict[str, Any] = {f"X{k}": formula((k + 1,)) for k in range(5)}
    names |= {f"x{k}": formula((k,)) for k in range(1, 6)}
    names |= {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}
    names |= {"neg": operator.neg, "inv": lambda a: 1.0 / a}
    return names | {name: getattr(np, name) for name in FUNCTIONS}


def recovered(text: str, truth: str, points: list[np.ndarray]) -> bool:
    """Whether a formula is the law, as it is or with its numbers rounded to three decimals."""
    rounded = re.sub(r"\d+\.\d+(e-?\d+)?", lambda match: f"{float(match[0]):.3f}", text)
    return same(text, truth, points) or (rounded != text and same(rounded, truth, points))


def same(text: str, truth: str, points: list[np.ndarray]) -> bool:
    """Whether the truth is a constant times the formula plus a constant, at ``points`` of its ranges."""
    import mpmath
    import sympy

    mpmath.mp.dps = 40
    symbols = sympy.symbols("x1:6", positive=True)
    try:
        both = [sympy.lambdify(symbols, read(formula), "mpmath") for formula in (text, truth)]
        rows = [[mpmath.mpf(float(column[k])) for column in points] for k in range(12)]
        model, law = ([mpmath.mpmathify(function(*row)) for row in rows] for function in both)
    except (ArithmeticError, ValueError, TypeError, RecursionError, SyntaxError, AttributeError):
        return False
    if any(isinstance(value, mpmath.mpc) and value.imag != 0 for value in model):
        return False
    far = max(range(1, 12), key=lambda k: abs(model[k] - model[0]))
    if not abs(model[far] - model[0]) > 1e-12 * (1 + abs(model[0])):
        return False
    slope = (law[far] - law[0]) / (model[far] - model[0])
    gaps = [abs(y - law[0] - slope * (value - model[0])) for value, y in zip(model, law, strict=True)]
    spread = max(abs(y - law[0]) for y in law)
    return bool(max(gaps) < mpmath.mpf(10) ** -9 * spread)


def main() -> None:
    """Print each law with the tools that recover it, and the numbers of laws."""
    judge = names_of("judge.py")
    asked = options(list(judge["LAWS"]))
    warnings.simplefilter("ignore")
    adopt_orphans()
    counts: Counter[tuple[str, float]] = Counter()
    for noise, law, seed in itertools.product(asked.noise, asked.laws, range(1, asked.seeds + 1)):
        for tool, formula, right, cpu in one(law, noise, seed, asked, judge):
            counts[tool, noise] += right
            told = "yes" if right else "no"
            print(f"{law:10} noise {noise:<4g} {tool:24} {told:4} {cpu:5.1f} s  {formula[:120]}", flush=True)
    total = len(asked.laws) * asked.seeds
    for (tool, noise), count in counts.items():
        print(f"{tool:24} noise {noise:g}: {count} of {total} recovered exactly")


def one(
    law: str, noise: float, seed: int, asked: argparse.Namespace, judge: dict[str, Any]
) -> Iterator[tuple[str, str, bool, float]]:
    """Yield for each tool its formula of one law, whether it is the law, and the CPU seconds that it took."""
    count, truth = judge["variables"](law), judge["LAWS"][law][1]
    points = judge["drawn"](law, np.random.default_rng([seed, sum(map(ord, law))]))
    for tool, units in OWN.items():
        if tool in asked.tools:
            formula, cpu = by_provolve(law, noise, seed, asked.cpu, count, units=units)
            yield tool, formula, recovered(formula, truth, points), cpu
    task = load(TASK, {"formula": law, "noise": str(noise)})
    halves: list[Any] = [make_split(task, split, seed)[0] for split in ("train", "validation")]
    x = np.concatenate([np.stack(half["columns"][:count], axis=1) for half in halves])
    y = np.concatenate([half["y"] for half in halves])
    for tool, search in PEERS.items():
        if tool in asked.tools:
            before = time.process_time()
            with np.errstate(all="ignore"):
                texts = search(x, y, asked.cpu, seed)
            cpu = time.process_time() - before
            yield tool, texts[0], recovered(texts[0], truth, points), cpu
            formula = chosen(texts, halves, judge, names_of("harness.py"))
            yield f"{tool} by description", formula, recovered(formula, truth, points), cpu


if __name__ == "__main__":
    main()
