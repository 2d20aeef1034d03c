"""Random expressions over the names in scope, as text.

Text is cheap to join and is parsed once when it is put in place. Every part is put in parentheses here; the
superfluous ones go when the whole expression is written from its syntax tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from provolve.program import SLOT, slot_name
from provolve.propose.symbolic.kinds import BOOLEAN, Kind, Modules
from provolve.propose.symbolic.literals import Number, fresh_value, rounded, simple_value
from provolve.propose.symbolic.sites import Scope, Site

OPERATORS = ("+", "-", "*", "/")
COMPARISONS = ("<", "<=", ">", ">=")

_NUMPY_UNARY = (
    "{np}.square({0})",
    "{np}.abs({0})",
    "{np}.sqrt({np}.abs({0}))",
    "{np}.log1p({np}.abs({0}))",
    "{np}.exp({0})",
    "{np}.exp(-({0}))",
    "{np}.exp(-{np}.abs({0}))",
    "{np}.tanh({0})",
    "{np}.sign({0})",
    "{np}.floor({0})",
    "-({0})",
    "1.0 / ({0})",
)
_PLAIN_UNARY = ("({0}) * ({0})", "abs({0})", "-({0})", "1.0 / ({0})")
_MATH_UNARY = (
    "{math}.sqrt(abs({0}))",
    "{math}.log1p(abs({0}))",
    "{math}.exp(-abs({0}))",
    "{math}.tanh({0})",
    "{math}.floor({0})",
)
_NUMPY_PAIRS = (
    "{np}.minimum({0}, {1})",
    "{np}.maximum({0}, {1})",
    "{np}.abs({0}) ** ({1})",
    "({0}) / ({np}.abs({1}) + {literal})",
)
_PLAIN_PAIRS = ("min({0}, {1})", "max({0}, {1})", "({0}) / (abs({1}) + {literal})")


class Draft:
    """The literals of a child while its text is put together: the parent's first, new ones after them."""

    def __init__(
        self, values: Sequence[Number], kinds: str, rng: np.random.Generator, nodes: int = 0
    ) -> None:
        """``nodes`` are the parent's."""
        self.nodes = nodes
        self.values = list(values)
        self.kinds = list(kinds)
        self.new: set[int] = set()
        """Slots of the literals that are neither the parent's nor copies of them."""
        self.rng = rng

    def literal(self, value: Number, kind: str = "f") -> str:
        """Add a literal and return the name that stands for it."""
        self.new.add(len(self.values))
        return self._added(value, kind)

    def _added(self, value: Number, kind: str) -> str:
        self.values.append(value)
        self.kinds.append(kind)
        return slot_name(len(self.values) - 1)

    def distinct(self, text: str, seen: set[int] | None = None) -> str:
        """Return slotted text with a literal of its own for each slot that is in ``seen`` or occurs again."""
        known = set() if seen is None else seen

        def named(match: re.Match[str]) -> str:
            slot = int(match[1])
            if slot not in known:
                known.add(slot)
                return match[0]
            if slot in self.new:
                self.new.add(len(self.values))
            known.add(len(self.values))
            return self._added(self.values[slot], self.kinds[slot])

        return SLOT.sub(named, text)

    def negate(self, name: str) -> None:
        """Give the literal that a slot stands for the other sign."""
        match = SLOT.fullmatch(name)
        assert match is not None
        slot = int(match[1])
        self.values[slot] = -self.values[slot]

    def fresh(self) -> str:
        """Add a literal of a random value and return the name that stands for it."""
        return self.literal(fresh_value(self.values, self.rng))

    def one(self, sites: Sequence[Site]) -> Site:
        """Return one of the sites."""
        return sites[int(self.rng.integers(len(sites)))]

    def pick(self, options: Sequence[str]) -> str:
        """Return one of the options."""
        return options[int(self.rng.integers(len(options)))]


class Grammar:
    """Makes expressions that may stand at one place of the program."""

    def __init__(self, draft: Draft, scope: Scope, modules: Modules, terms: Sequence[str]) -> None:
        self._draft = draft
        self._scope = scope
        self._modules = modules
        self._terms = terms
        self._rng = draft.rng

    def expression(self, kind: Kind, depth: int) -> str:
        """Return an expression of the kind, at most ``depth`` levels deep."""
        return self.condition(depth) if kind is BOOLEAN else self.number(depth)

    def number(self, depth: int) -> str:
        """Return an expression whose value is a number or an array of them."""
        way = self._rng.random() * (0.8 if self._modules.vocabulary else 1.0)
        if depth <= 0 or way < 0.25:
            return self.leaf()
        if way < 0.6:
            return self.arithmetic(self.number(depth - 1), depth)
        if way < 0.8:
            return self.unary(self.number(depth - 1))
        if way < 0.9:
            return self.pair(self.number(depth - 1), self.number(depth - 1))
        return self.choice(self.condition(depth - 1), self.number(depth - 1), self.number(depth - 1))

    def leaf(self) -> str:
        """Return a name in scope, a term of the program or a new literal."""
        literals = 0.15 if self._modules.vocabulary else 0.3
        if self._rng.random() < literals or not (self._scope.numbers or self._terms):
            return self._fresh()
        return self.variable()

    def variable(self) -> str:
        """Return a name in scope or a term of the program; a new literal where there is neither."""
        options = (*self._scope.numbers, *self._terms)
        return self._draft.pick(options) if options else self._fresh()

    def _fresh(self) -> str:
        if self._modules.vocabulary:
            return self._draft.literal(simple_value(self._rng))
        return self._draft.fresh()

    def arithmetic(self, left: str, depth: int) -> str:
        """Return ``left`` combined with a new operand, on either side."""
        right = self.number(depth - 1)
        if self._rng.random() < 0.3:
            left, right = right, left
        return f"({left}) {self._draft.pick(OPERATORS)} ({right})"

    def weighted(self) -> str:
        """Return a variable, a function of one, or a product or ratio of two, times a new literal."""
        way = self._rng.random()
        if way < 0.2:
            part = self.variable()
        elif way < 0.6:
            part = self.unary(self.variable())
        else:
            part = f"({self.variable()}) {'*' if way < 0.8 else '/'} ({self.variable()})"
        weight = rounded(10.0 ** self._rng.uniform(-1.5, 1.0))
        return f"{self._draft.literal(weight if self._rng.random() < 0.5 else -weight)} * ({part})"

    def unary(self, text: str) -> str:
        """Return a function of ``text``."""
        return self._fill(self._draft.pick(self._unary_forms()), text)

    def grown(self, text: str) -> str:
        """Return a formula with ``text`` for a part: a function of it, or arithmetic with a new operand."""
        if self._rng.random() < 0.25:
            return self.unary(text)
        return self.arithmetic(text, 1 + int(self._rng.random() < 0.3))

    def pair(self, first: str, second: str) -> str:
        """Return a function of two numbers: the smaller, the larger, a power, a quotient that is finite."""
        if self._modules.vocabulary:
            return f"({first}) {self._draft.pick(OPERATORS)} ({second})"
        return self._fill(self._draft.pick(_NUMPY_PAIRS if self._arrays() else _PLAIN_PAIRS), first, second)

    def choice(self, condition: str, then: str, otherwise: str) -> str:
        """Return ``then`` where the condition holds and ``otherwise`` elsewhere."""
        if self._modules.vocabulary:
            return self.pair(then, otherwise)
        if self._arrays():
            return f"{self._modules.numpy}.where({condition}, {then}, {otherwise})"
        return f"({then}) if ({condition}) else ({otherwise})"

    def condition(self, depth: int) -> str:
        """Return a comparison, or two of them joined."""
        if depth > 1 and self._rng.random() < 0.25:
            symbol, word = (("&", "and"), ("|", "or"))[int(self._rng.integers(2))]
            joint = symbol if self._arrays() else word
            return f"({self.condition(depth - 1)}) {joint} ({self.condition(depth - 1)})"
        if self._scope.booleans and self._rng.random() < 0.15:
            return self._draft.pick(self._scope.booleans)
        return self.comparison()

    def comparison(self) -> str:
        """Return a name, a difference or a ratio of two, compared with a literal or another name."""
        way = self._rng.random()
        left, second = self.variable(), self.variable()
        if way < 0.4 and left != second:
            left = f"({left}) {'-' if way < 0.2 else '/'} ({second})"
        right = second if way > 0.85 and left != second else self._draft.fresh()
        return f"({left}) {self._draft.pick(COMPARISONS)} ({right})"

    def _arrays(self) -> bool:
        return self._scope.elementwise

    def _unary_forms(self) -> tuple[str, ...]:
        if self._modules.vocabulary:
            return (*(f"{{np}}.{name}({{0}})" for name in self._modules.vocabulary), "-({0})", "1.0 / ({0})")
        if self._modules.numpy and (self._arrays() or not self._modules.math):
            return _NUMPY_UNARY
        return _PLAIN_UNARY + _MATH_UNARY if self._modules.math else _PLAIN_UNARY

    def _fill(self, form: str, *parts: str) -> str:
        for mark, make in self._makers():
            if mark in form:
                form = form.replace(mark, make())
        return form.format(*parts, np=self._modules.numpy, math=self._modules.math)

    def _makers(self) -> tuple[tuple[str, Callable[[], str]], ...]:
        return (("{literal}", self._draft.fresh), ("1.0", lambda: self._draft.literal(1.0)))
