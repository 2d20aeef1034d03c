"""The judge of symbolic regression: laws are found however written, length costs, noise stays in sight."""

from __future__ import annotations

import ast
import math
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from provolve.errors import Refused, UsageError
from provolve.propose.symbolic.dimensions import dimensions
from provolve.propose.symbolic.kinds import Modules
from provolve.task import load

FUNCTIONS = {name: getattr(np, name) for name in ("sin", "cos", "exp", "log", "sqrt", "square")}


def task(law: str, noise: float = 0.0, units: str = "true") -> Any:
    return load("symbolic-regression", {"formula": law, "noise": str(noise), "units": units})


def drawn(law: str, split: str = "test", noise: float = 0.0) -> Any:
    return next(iter(task(law, noise).judge.instances(split, 1, np.random.default_rng(4))))


def source(cell: Any) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "cell"}
    exec(compile(cell.text, "cell.py", "exec"), names)
    return names


JUDGE = source(task("I.12.1").parts.judge)
HARNESS = source(task("I.12.1").parts.harness)
LAWS = list(JUDGE["LAWS"])


def answer(text: str) -> Any:
    """Return what the harness answers for a formula of x1 to x5."""
    names = {"np": np, "pi": math.pi, **FUNCTIONS}
    formula = eval(f"lambda x1, x2, x3, x4, x5: {text}", names)
    with np.errstate(all="ignore"):
        return HARNESS["answer"](SimpleNamespace(formula=formula), {})


def scored(law: str, text: str, **options: Any) -> float:
    judge, instance = task(law).judge, drawn(law, **options)
    return float(judge.score(instance, judge.canonical(answer(text))))


def test_the_choices_are_the_laws_of_the_judge() -> None:
    assert list(load("symbolic-regression").settings.parameters["formula"].choices) == LAWS


@pytest.mark.parametrize("law", LAWS)
def test_a_law_is_found_scaled_and_shifted_and_no_altered_one(law: str) -> None:
    judge, instance = task(law).judge, drawn(law)
    truth = JUDGE["LAWS"][law][1]
    for text in (truth, f"3.5 - 2.25 * ({truth})"):
        form = judge.canonical(answer(text))
        assert judge.score(instance, form) == 0
        found = JUDGE["_values"](form, instance["columns"])
        expected = instance["y"]
        assert abs(np.corrcoef(found, expected)[0, 1]) == pytest.approx(1.0, abs=1e-9)
    assert judge.score(instance, judge.canonical(answer(f"({truth}) + x1 * x1"))) > 1e-4
    assert 1 < judge.score(instance, 0.0) < 1.03  # the mean, and the price of one number


@pytest.mark.parametrize("law", LAWS)
def test_the_units_of_a_law_fit(law: str) -> None:
    """Powers are written out, as the exponent of a power might be tuned and so tells no unit."""
    given, text = task(law).units(), JUDGE["LAWS"][law][1].replace("pi", "3.0")
    tree = ast.parse(
        "import numpy as np\nVOCABULARY = (np.sin,)\ndef formula(x1, x2, x3, x4, x5):\n    return 0"
    )
    formula = _WrittenOut().visit(ast.parse(text, mode="eval")).body
    tree.body[2].body[0].value = formula  # type: ignore[attr-defined]
    found = dimensions(ast.parse(ast.unparse(ast.fix_missing_locations(tree))), given, Modules.of(tree))
    assert found.sound
    assert given.result in found.wanted.values()
    assert None not in list(found.of.values())[:1]
    assert task(law, units="false").units() is None


class _WrittenOut(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            times = int(ast.literal_eval(node.right))
            return ast.parse("*".join([f"({ast.unparse(node.left)})"] * times), mode="eval").body
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return ast.parse(f"np.{ast.unparse(node)}", mode="eval").body


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x1 * x2 / x3", "x2 / x3 * x1 * 4.0"),
        ("x1 * x1 + x2", "x2 + x1 ** 2 + 7.0"),
        ("square(x1) * x2", "x2 * x1 * x1"),
        ("x1 + x1 + x1", "x1"),
        ("(x1 - x2) / (2.0 * x3)", "(x2 - x1) / x3"),
        ("x1 * (x2 / x2 + x3)", "(1.0 + x3) * x1"),
        ("sqrt(x1 + x2)", "3.0 * sqrt(x2 + x1) - 1.0"),
        ("sin(x1 - x1 + x2)", "sin(x2)"),
    ],
)
def test_formulas_that_are_plainly_the_same_have_one_form(one: str, other: str) -> None:
    judge = task("I.12.1").judge
    assert judge.canonical(answer(one)) == judge.canonical(answer(other))


def test_what_may_differ_keeps_its_own_form() -> None:
    """The root of a square is no identity where the value may be negative."""
    judge = task("I.12.1").judge
    for one, other in (("sqrt(square(x1 - x2))", "x1 - x2"), ("x1 * x2", "x1 + x2"), ("x1 / x2", "x2 / x1")):
        assert judge.canonical(answer(one)) != judge.canonical(answer(other))


@pytest.mark.parametrize("seed", range(40))
def test_a_form_has_the_values_of_the_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    text = _random_formula(rng, 4)
    columns = [rng.uniform(1, 5, 200) for _ in range(5)]
    try:
        form = JUDGE["canonical"](answer(text))
    except Refused:
        return
    with np.errstate(all="ignore"):
        names = {"np": np, **FUNCTIONS, **{f"x{k}": column for k, column in enumerate(columns, 1)}}
        plain = np.broadcast_to(eval(text, names), (200,))
    if not np.isfinite(plain).all() or np.abs(plain).max() > 1e8:
        return
    found = JUDGE["_values"](form, columns)
    size = float(np.abs(plain).max()) + 1.0
    matrix = np.stack([found, np.ones(200)], axis=1)
    left = plain - matrix @ np.linalg.lstsq(matrix, plain, rcond=None)[0]
    assert np.abs(left).max() < 1e-6 * size


def _random_formula(rng: np.random.Generator, depth: int) -> str:
    if depth == 0 or rng.random() < 0.15:
        return f"x{rng.integers(1, 6)}" if rng.random() < 0.8 else f"{rng.integers(1, 4)}.0"
    if rng.random() < 0.2:
        return f"{rng.choice(list(FUNCTIONS))}({_random_formula(rng, depth - 1)})"
    symbol = rng.choice(["+", "-", "*", "/"])
    return f"({_random_formula(rng, depth - 1)} {symbol} {_random_formula(rng, depth - 1)})"


def test_a_longer_formula_must_gain_more_than_chance() -> None:
    """Under noise the law beats itself with a term that is fitted to the noise."""
    for split in ("train", "validation"):
        law = scored("I.12.1", "x1 * x2", split=split, noise=0.1)
        for extra in ("x1 * x2 + sin(x1)", "x1 * x2 + x1 * x2 / (5.33 + x1)", "x1 * x2 - exp(-x1)"):
            assert scored("I.12.1", extra, split=split, noise=0.1) > law
    assert scored("I.12.1", "x1 + x2", split="train", noise=0.1) > scored(
        "I.12.1", "x1 * x2", split="train", noise=0.1
    )


def test_simple_numbers_are_shorter_than_fitted_ones() -> None:
    length = {
        text: JUDGE["length"](JUDGE["canonical"](answer(f"sin({text} * x1)")))
        for text in ("1.0", "2.0", "0.5", "12.0", "pi", "2.0 * pi", "0.4987", "2.2435359")
    }
    assert length["1.0"] < length["2.0"] < length["0.5"] <= length["12.0"] < length["0.4987"]
    assert length["pi"] == length["2.0 * pi"] < length["2.2435359"] == length["0.4987"]


def test_noise_is_on_train_and_validation_only() -> None:
    for split, share in (("train", 0.1), ("validation", 0.1), ("test", 0.0)):
        instance = drawn("I.12.1", split, 0.1)
        clean = instance["columns"][0] * instance["columns"][1]
        found = float(np.sqrt(np.mean((instance["y"] - clean) ** 2) / np.mean(clean**2)))
        assert math.isclose(found, share, rel_tol=0.2, abs_tol=1e-12)


def test_columns_beyond_the_variables_are_ones() -> None:
    columns = drawn("I.14.4")["columns"]
    assert [bool((column == 1).all()) for column in columns] == [False, False, True, True, True]


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["+"],
        [1, 2],
        [0],
        [6],
        [True],
        [1, 2, "sinh"],
        [math.nan],
        [1.0, 0.0, "/"],
        [1] * 401,
        "x1",
        None,
        [1, ["x"], "+"],
        [-1.0, "sqrt"],
        [0.0, "log"],
        [1000.0, "exp"],
    ],
)
def test_what_is_no_formula_is_refused(given: object) -> None:
    with pytest.raises(Refused):
        JUDGE["canonical"](given)


def test_a_value_that_is_not_finite_is_refused() -> None:
    for text in ("log(x1 - x1 * x2)", "exp(exp(exp(x1 + 9.0)))", "1 / (x1 - x1 + x5 - 1.0)"):
        with pytest.raises(Refused):
            scored("I.12.1", text)


def test_the_harness_refuses_what_is_no_formula() -> None:
    for text in ("np.mean(x1)", "np.where(x1 > 2, x1, x2)", "np.floor(x1)", "np.add.reduce(x1)", "x1[0]"):
        with pytest.raises((TypeError, AttributeError)):
            answer(text)
    with pytest.raises(ValueError, match="more than"):
        answer("+".join(["x1"] * 300))


def test_the_law_is_told_in_words() -> None:
    judge = task("II.34.2a").judge
    (line,) = judge.explain(drawn("II.34.2a"), judge.canonical(answer("x2 * (1.0 / x3) * x1")))
    assert re.fullmatch(r"y = 0\.159155 \* x1 \* x2 \* x3\*\*-1", line)


def test_an_unknown_law_is_told() -> None:
    with pytest.raises(UsageError, match="formula"):
        task("I.1.1")


def test_baselines_are_in_order() -> None:
    judge = task("I.13.4").judge
    instance = drawn("I.13.4")
    mean, linear, quadratic = (judge.baselines[name](instance) for name in ("mean", "linear", "quadratic"))
    assert 0 < quadratic < linear < mean == 1
