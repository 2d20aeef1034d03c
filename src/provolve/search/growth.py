"""A bounded tree of programs in which the next one to change is found by upper confidence bounds."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from provolve.record import Elite
from provolve.search.archive import by_behaviour, order
from provolve.search.base import at_least_one
from provolve.search.regrading import again, best_first


class Rules(msgspec.Struct, frozen=True):
    """The settings of a `Growth`.

    Raises:
        ValueError: if one is out of its range.
    """

    capacity: int = 256
    """Most programs kept in a tree; at least 1."""
    explore: float = 0.7
    """How much programs that were seldom changed are preferred; at least 0."""
    widen: float = 0.5
    """A program may have 1 + widen · √(times it was passed) children; at least 0."""

    def __post_init__(self) -> None:
        at_least_one(capacity=self.capacity)
        if not (0 <= self.explore < math.inf and 0 <= self.widen < math.inf):
            raise ValueError(
                f"explore is {self.explore} and widen {self.widen}: both must be finite and not negative"
            )


class Node(msgspec.Struct):
    """A program of the tree."""

    elite: Elite
    parent: int | None
    best: float
    """The least loss at or below it."""
    visits: int = 0
    waiting: int = 0
    """Asks for changes of it that were not told."""
    children: list[int] = []


class Growth:
    """A tree whose roots are starts; each program hangs below the one that it was made of.

    From the roots down, the way goes to the child with the greatest upper confidence bound, as in Kocsis and
    Szepesvári (2006), "Bandit based Monte-Carlo planning", until a program may have another child: the wider,
    the more often it was passed (Couëtoux et al., 2011, "Continuous upper confidence trees"). What is bounded
    is the rank of a program's best descendant in the tree, from 0 for the worst to 1, so that no scale of
    losses has to be known. A full tree loses the worst of its leaves, so every step costs at most what
    ``capacity`` programs do, however many were told.

    Args:
        rules: the settings.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._nodes: dict[int, Node] = {}
        self._roots: list[int] = []
        self._next = 0

    def __len__(self) -> int:
        return len(self._nodes)

    def plant(self, starts: Iterable[Elite]) -> None:
        """Make roots of ``starts``."""
        for elite in starts:
            self._roots.append(self._add(elite, None))

    def __getitem__(self, name: int) -> Elite:
        return self._nodes[name].elite

    def __contains__(self, name: object) -> bool:
        return name in self._nodes

    @property
    def newest(self) -> int:
        """Name of the program that was added last."""
        return self._next - 1

    def below(self, name: int) -> float:
        """Return the least loss at or below a program."""
        return self._nodes[name].best

    @property
    def best(self) -> Elite:
        """The best program of the tree."""
        return min((node.elite for node in self._nodes.values()), key=order)

    @property
    def elites(self) -> list[Elite]:
        """The programs of the tree, best first."""
        return best_first(node.elite for node in self._nodes.values())

    def choose(self) -> int:
        """Return the name of the program to change next; it is kept until `grow` is called with it."""
        ranks = sorted(node.best for node in self._nodes.values())
        level, passed = self._roots, sum(self._nodes[root].visits for root in self._roots)
        while True:
            name = max(level, key=lambda name: (self._bound(name, passed, ranks), -name))
            node = self._nodes[name]
            node.visits += 1
            if len(node.children) < 1 + int(self._rules.widen * math.sqrt(node.visits)):
                node.waiting += 1
                return name
            level, passed = node.children, node.visits

    def grow(self, name: int, found: Sequence[Elite]) -> Elite | None:
        """Hang the best of ``found`` whose behaviour is new to the tree below ``name``; return it.

        ``found`` is what came of changing ``name``, once for each time that `choose` returned it.
        """
        self._nodes[name].waiting -= 1
        known = {by_behaviour(node.elite) for node in self._nodes.values()}
        new = [elite for elite in found if by_behaviour(elite) not in known]
        if not new:
            return None
        elite = min(new, key=order)
        self._nodes[name].children.append(self._add(elite, name))
        above: int | None = name
        while above is not None:
            node = self._nodes[above]
            node.best, above = min(node.best, elite.loss), node.parent
        self._prune()
        return elite

    def saved(self) -> SavedGrowth:
        """Return the state."""
        nodes = {
            name: msgspec.structs.replace(node, children=[*node.children])
            for name, node in self._nodes.items()
        }
        return SavedGrowth(nodes, [*self._roots], self._next)

    def resume(self, saved: SavedGrowth) -> None:
        """Take up a state."""
        self._nodes, self._roots, self._next = dict(saved.nodes), [*saved.roots], saved.next

    def _bound(self, name: int, passed: int, ranks: Sequence[float]) -> float:
        node = self._nodes[name]
        if not node.visits:
            return math.inf
        worth = 1 - bisect.bisect_left(ranks, node.best) / max(len(ranks) - 1, 1)
        return worth + self._rules.explore * math.sqrt(math.log(passed) / node.visits)

    def _add(self, elite: Elite, parent: int | None) -> int:
        name, self._next = self._next, self._next + 1
        self._nodes[name] = Node(elite, parent, elite.loss)
        return name

    def _prune(self) -> None:
        """Drop the worst leaves that nobody waits for; roots stay, and so does the best."""
        while len(self._nodes) > self._rules.capacity:
            best = self.best
            leaves = [
                name
                for name, node in self._nodes.items()
                if not node.children
                and not node.waiting
                and node.parent is not None
                and node.elite is not best
            ]
            if not leaves:
                return
            worst = max(leaves, key=lambda name: (*order(self._nodes[name].elite), -name))
            parent = self._nodes.pop(worst).parent
            if parent is not None:
                self._nodes[parent].children.remove(worst)


def replanted(old: Growth, rules: Rules, known: Mapping[str, Elite], starts: Sequence[Elite]) -> Growth:
    """Return a new tree whose roots are the best of ``old``, as they are in ``known`` by digest, and a start.

    Roots stay for good, so no more than a quarter of the tree are made of them. How often a program was
    changed counts for nothing any more: it says what paid while programs were worth something else.
    """
    left = best_first({elite.candidate.digest: elite for elite in again(old.elites, known)}.values())
    roots = left[: max(1, rules.capacity // 4)]
    tree = Growth(rules)
    tree.plant(roots if starts[0] in roots else [*roots, starts[0]])
    return tree


class SavedGrowth(msgspec.Struct, frozen=True):
    """A tree as it is written down."""

    nodes: dict[int, Node]
    roots: list[int]
    next: int
