"""The judge of continued fractions: constants and listed formulas hold to 100 digits, nothing else passes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from provolve.errors import Refused
from provolve.task import load

DIGITS = {
    "e": "2.7182818284590452353602874713526624977572470936999"
    "5957496696762772407663035354759457138217852516642743",
    "pi": "3.1415926535897932384626433832795028841971693993751"
    "0582097494459230781640628620899862803482534211706798",
    "ln 2": "0.6931471805599453094172321214581765680755001343602"
    "5525412068000949339362196969471560586332699641868754",
    "Catalan": "0.9159655941772190150546035149323841107741493742816"
    "721342664981196217630197762547694793565129261151062",
    "zeta(2)": "1.6449340668482264364724151666460251892189499012067"
    "984377355582293700074704032008738336289006197587053",
    "zeta(3)": "1.2020569031595942853997381615114499907649862923404"
    "988817922715553418382057863130901864558736093352581",
}
ALL = {"most": 256}


@pytest.fixture(scope="module")
def judge() -> Any:
    return load("continued-fractions").judge


@pytest.fixture(scope="module")
def known() -> tuple[Any, ...]:
    names: dict[str, Any] = {}
    task = load("continued-fractions")
    exec(compile(task.parts.judge.text, "judge.py", "exec"), names)
    return names["KNOWN"]


def at(polynomial: tuple[int, ...], n: int) -> int:
    return sum(c * n**k for k, c in enumerate(polynomial))


def worth(a: tuple[int, ...], b: tuple[int, ...], terms: int) -> Fraction:
    """Evaluate the fraction from its far end, in rationals: not at all as the judge does."""
    value = Fraction(at(a, terms))
    for n in range(terms, 0, -1):
        value = at(a, n - 1) + Fraction(at(b, n)) / value
    return value


def listed(judge: Any, known: tuple[Any, ...]) -> list[Any]:
    return [[[list(a)], [list(b)]] for _, a, b, _, _ in known]


def test_listed_formulas_have_the_values_they_are_listed_with(known: tuple[Any, ...]) -> None:
    for constant, a, b, (r, s, t, u), source in known:
        c = Fraction(DIGITS[constant])
        assert abs(worth(a, b, 400) - (r + s * c) / (t + u * c)) < Fraction(1, 10**98), (constant, a, b)
        assert source


def test_each_listed_formula_counts_one(judge: Any, known: tuple[Any, ...]) -> None:
    assert judge.score(ALL, listed(judge, known)) == len(known)
    for fraction in listed(judge, known):
        assert judge.score(ALL, [fraction]) == 1


def test_a_formula_counts_once_however_it_is_scaled_or_shifted(judge: Any) -> None:
    plain = [[[1, 2]], [[0, 0, 1]]]
    scaled = [[[-3, -6]], [[0, 0, 9]]]
    shifted = [[[11, 2]], [[25, 10, 1]]]
    factored = [[[1], [1, 2]], [[0, 1], [0, 1]]]
    for other in (scaled, shifted, factored):
        assert judge.score(ALL, [other]) == 1
        assert judge.score(ALL, [plain, other]) == 1


def test_an_altered_coefficient_costs_the_formula(judge: Any, known: tuple[Any, ...]) -> None:
    for _, a, b, _, _ in known:
        if len(a) < 3:
            continue  # neighbours of the shortest ones are formulas of their own
        for place in range(len(a)):
            altered = [c + (1 if k == place else 0) for k, c in enumerate(a)]
            assert judge.score(ALL, [[[altered], [list(b)]]]) < Fraction(1, 4)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([2], [1, -4, 4]),  # Brouncker's: too slow for 100 digits
        ([1], [1]),  # the golden ratio
        ([0], [0]),
        ([], []),
        ([1, 2], []),
        ([4, 3], [3, -4, 1]),  # ends where b is 0
        ([2, 3], [0, -1, -2]),  # is 1
        ([0, 1], [0, 0, 0, 1]),  # does not converge
        ([10**5, 1], [1]),  # a coefficient beyond the bounds
    ],
)
def test_fractions_that_explain_nothing_count_nothing(judge: Any, a: list[int], b: list[int]) -> None:
    assert judge.score(ALL, [[[a], [b]]]) < Fraction(1, 4)


def test_a_factor_in_common_is_taken_out(judge: Any) -> None:
    plain = [[[1, 2]], [[0, 0, 1]]]
    for f, before in (([1, 1], [0, 1]), ([3, 2], [1, 2]), ([2, 1], [1, 1])):
        inflated = [[[1, 2], f], [[0, 0, 1], f, before]]
        assert judge.score(ALL, [inflated]) == 1, f
        assert judge.score(ALL, [plain, inflated]) == 1
        assert judge.canonical([inflated]) == judge.canonical([plain])


def test_a_factor_that_ends_the_fraction_is_not_taken_out(judge: Any) -> None:
    assert judge.score(ALL, [[[[1, 2], [-2, 1]], [[0, 0, 1], [-2, 1], [-3, 1]]]]) == 0


def test_each_listed_formula_is_explained_with_its_source(judge: Any, known: tuple[Any, ...]) -> None:
    lines = judge.explain(ALL, judge.canonical(listed(judge, known)))
    assert len(lines) == len(known)
    for constant, *_, source in known:
        assert any(f"C = {constant}; {source}" in line for line in lines)
    assert judge.explain(ALL, [[[[1]], [[1]]]]) == ()


def test_hints_count_less_than_any_formula(judge: Any) -> None:
    near = [[[1, 2], [1, 1, 1]], [[0, 0, 0, 0, 0, 0, 2]]]
    assert 0 < judge.score(ALL, [near]) < Fraction(1, 4)
    assert judge.score(ALL, [near]) > judge.score(ALL, [[[[1, 3], [1, 1, 1]], [[0, 0, 0, 0, 0, 0, 2]]]])
    assert judge.explain(ALL, [near]) == ()


def hint(judge: Any, a: list[list[int]], b: list[list[int]]) -> Any:
    worth = judge.score(ALL, [[a, b]])
    assert judge.explain(ALL, [[a, b]]) == ()
    return worth


def test_laws_without_a_constant_count_more_than_what_merely_leans_to_one(judge: Any) -> None:
    """One that converges too slowly for 100 digits, and one whose constant is none of those asked for."""
    partial = hint(judge, [[1, 2], [1, 1, 1]], [[0, 0, 0, 0, 0, 0, 2]])
    assert hint(judge, [[1, 2], [1, 1, 1]], [[0, 0, 0, 0, 0, 0, -1]]) > partial > 0
    assert hint(judge, [[1, 2], [1, 3, 3]], [[0, 0, 0, 0, 0, 0, 3]]) > partial
    assert hint(judge, [[1, 2, 2]], [[0, 0, 0, 0, -1]]) > partial


def test_of_fractions_that_reduce_alike_the_shorter_one_is_the_better_hint(judge: Any) -> None:
    short = hint(judge, [[1, 2], [1, 1, 1]], [[0, 0, 0, 0, 0, 0, -1]])
    assert hint(judge, [[3, 6], [1, 1, 1], [5]], [[0, 0, 0, 0, 0, 0, -225]]) < short
    assert hint(judge, [[1, 2, 0, 0], [1, 1, 1]], [[0, 0, 0, 0, 0, 0, -1]]) < short


def test_roots_of_a_are_no_sign_of_a_law(judge: Any) -> None:
    assert hint(judge, [[1, 2], [-1, 1], [2, 1]], [[0, 0, 0, 0, 0, 0, -1]]) == 0
    assert hint(judge, [[1, 2], [3, 2]], [[0, 0, 0, 0, -1]]) == 0


def test_too_many_fractions_are_refused(judge: Any) -> None:
    with pytest.raises(Refused):
        judge.score({"most": 1}, [[[[1, 2]], [[0, 0, 1]]]] * 2)


def test_the_canonical_form_loses_nothing(judge: Any, known: tuple[Any, ...]) -> None:
    rng = np.random.default_rng(8)
    fractions = listed(judge, known)
    for _ in range(60):
        answer = [fractions[k] for k in rng.integers(len(fractions), size=3)]
        for _ in range(4):
            sides = [[rng.integers(-4, 5, size=n).tolist()] for n in rng.integers(1, 6, size=2)]
            answer.append(sides)
        assert judge.score(ALL, judge.canonical(answer)) == judge.plain_score(ALL, answer)
        assert judge.canonical(answer) == judge.canonical([*answer[::-1], *answer])


def test_formulas_that_are_not_listed_count_less_and_less(judge: Any) -> None:
    pairs = [([4, 3], [0, -1, -2]), ([1, 3], [0, 3, -2]), ([2, 3], [0, 3, -2]), ([3, 3], [0, -1, -2])]
    found = [[[a], [b]] for a, b in pairs]
    scores = [judge.score(ALL, found[:count]) for count in range(1, 5)]
    assert scores[:3] == [Fraction(1, 4), Fraction(3, 8), Fraction(7, 16)]
    assert scores[3] == scores[2]
    told = judge.measures(ALL, found)
    assert dict(zip(("listed", "unlisted"), told, strict=False)) == {"listed": 0, "unlisted": 4}
