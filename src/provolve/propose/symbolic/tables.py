"""Interpolated tables in the source: ``np.interp(feature, np.sort([knots]), [values])``.

The knots are sorted where they are used, so that whatever numbers stand there, the table is a function of its
feature alone: ``np.interp`` on knots out of order depends on which element it looked up before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from provolve.program import SLOT, nodes_below
from provolve.propose.symbolic.kinds import Modules
from provolve.propose.symbolic.literals import Number
from provolve.record import Template

MOST_NUMBERS = 96
"""Most numbers in the lists of one program."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table found in a syntax tree; literals by their numbers."""

    node: ast.Call
    knots: tuple[int, ...]
    values: tuple[int, ...]


def table_text(numpy: str, feature: str, knots: Sequence[str], values: Sequence[str]) -> str:
    """Return the source of a table over ``feature``; ``numpy`` is the name of the module there."""
    return f"{numpy}.interp({feature}, {numpy}.sort([{', '.join(knots)}]), [{', '.join(values)}])"


def find_tables(tree: ast.AST, modules: Modules) -> list[Table]:
    """Return the tables of a tree in which names stand for literals, from its end to its start."""
    found = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and (table := _table(node, modules)) is not None:
            found.append(table)
        if not isinstance(node, ast.List | ast.Name):  # the numbers of tables are most of a tree
            waiting += nodes_below(node)
    return found


def _table(node: ast.Call, modules: Modules) -> Table | None:
    if modules.call(node) != ("numpy", "interp") or len(node.args) != 3 or node.keywords:
        return None
    places = node.args[1]
    if not isinstance(places, ast.Call) or modules.call(places) != ("numpy", "sort") or len(places.args) != 1:
        return None
    knots, values = _slots(places.args[0]), _slots(node.args[2])
    return Table(node, knots, values) if knots and len(knots) == len(values) else None


def _slots(node: ast.expr) -> tuple[int, ...]:
    """Return the literals that a list consists of; none where it holds anything else."""
    if not isinstance(node, ast.List):
        return ()
    found = [SLOT.fullmatch(part.id) if isinstance(part, ast.Name) else None for part in node.elts]
    return tuple(int(match[1]) for match in found if match) if all(found) else ()


def sorted_knots(table: Table, literals: Sequence[Number]) -> tuple[list[float], list[float]]:
    """Return places and values of a table's knots in the order of the places.

    The places alone are sorted where the table is used, so each value goes with the place of its rank.
    """
    return sorted(float(literals[k]) for k in table.knots), [float(literals[k]) for k in table.values]


def number_tables(tables: Iterable[Table], places: Mapping[int, int]) -> list[Table]:
    """Return tables with their literals numbered anew, those without whose literals are all there."""
    return [
        Table(table.node, tuple(places[k] for k in table.knots), tuple(places[k] for k in table.values))
        for table in tables
        if all(k in places for k in (*table.knots, *table.values))
    ]


def listed_numbers(template: Template) -> int:
    """Return how many literals follow another after a comma alone, as the numbers of a list do."""
    return sum(piece.strip(" ()\n") == "," for pieces in template.regions for piece in pieces)


def size(template: Template) -> int:
    """Return the nodes of a template without the numbers in its lists, which have a limit of their own."""
    return template.nodes - listed_numbers(template)
