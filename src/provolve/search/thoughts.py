"""The thoughts between the programs of a tree: plans in words, each above the programs that came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from provolve.record import Elite, Thought, Verdict
from provolve.search.growth import Growth

MOST = 12
"""Thoughts kept below one program: the worst that nobody waits for leaves."""
_LONGEST = 4000


class ThoughtNode(msgspec.Struct):
    """A thought below a program."""

    text: str
    best: float = math.inf
    """Least loss of what came of it."""
    programs: list[int] = []
    """Names of the programs of the tree that came of it."""
    visits: int = 0
    waiting: int = 0
    failure: str = ""
    """What went wrong last; empty where it led to a better program than the one above it."""
    failures: int = 0
    """How often in a row it failed, in all its wordings."""


class Turn(msgspec.Struct, frozen=True):
    """What an ask was made for."""

    program: int
    """Name of the program to change."""
    thought: int | None = None
    """Name of the thought; None where a new one is wanted."""
    said: str = ""
    """The thought that the answer carried out; empty where it heeded none."""


class Thoughts:
    """Chooses among the thoughts below a program, and learns what came of them.

    Like programs, thoughts are chosen by upper confidence bounds, each worth what its best descendant is
    among its siblings, and there may be the more of them, the oftener they were asked for. A thought of which
    nothing better than the program above it came is written anew with what went wrong, and its code with it:
    Li et al. (2024), "RethinkMCTS: refining erroneous thoughts in Monte Carlo tree search for code
    generation". One that goes on failing is given up.

    Args:
        explore: how much thoughts that were seldom carried out are preferred.
        widen: there may be 1 + widen · √(asks) thoughts below a program.
        rethink: how often a failed thought is written anew before it is given up.
    """

    def __init__(self, *, explore: float, widen: float, rethink: int) -> None:
        self._explore = explore
        self._widen = widen
        self._rethink = rethink
        self._below: dict[int, dict[int, ThoughtNode]] = {}
        self._next = 0

    def __len__(self) -> int:
        return sum(map(len, self._below.values()))

    def choose(self, program: int, tree: Growth) -> tuple[Turn, Thought]:
        """Return what to do next below a program, noted as waiting."""
        nodes = self._below.get(program, {})
        alive = {name: node for name, node in nodes.items() if not self._given_up(node)}
        visits = sum(node.visits for node in nodes.values())
        # No thought is written anew twice at a time.
        free = [name for name, node in alive.items() if not (node.waiting and node.failure)]
        room = min(MOST, 1 + int(self._widen * math.sqrt(visits)))
        if len(alive) < room or not free:
            return Turn(program), Thought(others=tuple(node.text for node in nodes.values()))
        name = max(free, key=lambda name: (self._bound(alive[name], alive, visits, tree), -name))
        node = nodes[name]
        node.visits += 1
        node.waiting += 1
        return Turn(program, name), Thought(node.text, node.failure)

    def _given_up(self, node: ThoughtNode) -> bool:
        return node.failures > self._rethink

    def _bound(self, node: ThoughtNode, among: dict[int, ThoughtNode], visits: int, tree: Growth) -> float:
        worse = sum(_worth(other, tree) > _worth(node, tree) for other in among.values())
        return worse / max(len(among) - 1, 1) + self._explore * math.sqrt(math.log(visits + 1) / node.visits)

    def learn(self, turn: Turn, child: int | None, verdicts: Sequence[Verdict], tree: Growth) -> None:
        """Take what came of an ask.

        Args:
            turn: what the ask was made for.
            child: name of the program that was added to the tree, if one was.
            verdicts: the ask's.
            tree: the programs, after the child was added.
        """
        node = self._below.get(turn.program, {}).get(-1 if turn.thought is None else turn.thought)
        if node is not None:
            node.waiting -= 1
        if turn.said:
            node = self._said(turn, node)
            if child is not None and child in tree:
                node.programs.append(child)
            self._judge(node, verdicts, tree[turn.program])
        self._forget(tree)

    def _said(self, turn: Turn, node: ThoughtNode | None) -> ThoughtNode:
        """Return the node of the thought that was carried out, which may be new or written anew."""
        text = turn.said[:_LONGEST]
        if node is None:
            node = ThoughtNode(text, visits=1)
            self._below.setdefault(turn.program, {})[self._next] = node
            self._next += 1
        node.text = text
        return node

    @staticmethod
    def _judge(node: ThoughtNode, verdicts: Sequence[Verdict], above: Elite) -> None:
        accepted = [verdict.loss for verdict in verdicts if verdict.accepted and verdict.loss is not None]
        node.best = min([node.best, *accepted])
        if accepted and min(accepted) < above.loss:
            node.failure, node.failures = "", 0
        elif accepted:
            node.failures += 1
            best = f"the best program of it has loss {min(accepted):.6g}"
            node.failure = f"{best}, and the program that it was to better {above.loss:.6g}"
        elif verdicts:
            node.failures += 1
            node.failure = f"{verdicts[-1].rejection}: {verdicts[-1].detail}"[:_LONGEST]

    def _forget(self, tree: Growth) -> None:
        """Drop what hangs below programs that left the tree, and the worst where there are too many."""
        for program in [name for name in self._below if name not in tree]:
            del self._below[program]
        for nodes in self._below.values():
            free = [name for name, node in nodes.items() if not node.waiting]
            if len(nodes) > MOST and free:
                del nodes[max(free, key=lambda name: (self._given_up(nodes[name]), nodes[name].best, -name))]

    def saved(self) -> SavedThoughts:
        """Return the state."""
        below = {
            program: {
                name: msgspec.structs.replace(node, programs=[*node.programs]) for name, node in nodes.items()
            }
            for program, nodes in self._below.items()
        }
        return SavedThoughts(below, self._next)

    def resume(self, saved: SavedThoughts) -> None:
        """Take up a state."""
        self._below = {program: dict(nodes) for program, nodes in saved.below.items()}
        self._next = saved.next


def _worth(node: ThoughtNode, tree: Growth) -> float:
    """Return the least loss at or below a thought."""
    return min([node.best, *(tree.below(name) for name in node.programs if name in tree)])


class SavedThoughts(msgspec.Struct, frozen=True):
    """The thoughts of a tree as they are written down."""

    below: dict[int, dict[int, ThoughtNode]]
    next: int
