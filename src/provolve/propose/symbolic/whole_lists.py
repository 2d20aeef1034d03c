"""Nested lists of whole numbers in the source, such as ``[[1, 2], [0, 0, 1]]``, and small changes of them.

Such a list is data rather than an expression: its numbers are changed by small whole steps, and its lists
grow, shrink and are copied. A change of one number keeps what it is divisible by more often than a Gaussian
step would, since small steps are tried again and again in different sums.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from provolve.program import SLOT, nodes_below
from provolve.propose.symbolic.literals import LARGEST_INT, Number

Nested = int | list["Nested"]

_STEPS = (1, 1, 1, 1, 2, 2, 3, 6)
_ZERO = 0.3
_NEGATIVE = 0.35
_SPARSE = 0.35
_REPEATED = 0.3
_WIDE = 0.15
"""How often a number is drawn with a tail as long as that of 1 / size, up to ``_WIDEST``."""
_WIDEST = 64
_LONGEST = 8
_ONE_ALONE = 0.6
_TIED = 0.3
"""How often neighbours that are equal are changed alike; half of the time all equals of the item are."""
_BORROWED = 0.25
"""How often numbers drawn anew are those of a list elsewhere."""
_SIGN_KEPT = 0.85


@dataclass(frozen=True, eq=False)
class WholeList:
    """A list found in a syntax tree, each number by the literal that it is."""

    node: ast.List
    slots: list[Nested]

    def values(self, literals: Sequence[Number]) -> list[Nested]:
        """Return the list with the values of its literals."""
        return [_looked_up(item, literals) for item in self.slots]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The literals of the list."""
        return tuple(flat(self.slots))


def _looked_up(item: Nested, literals: Sequence[Number]) -> Nested:
    if isinstance(item, int):
        return int(literals[item])
    return [_looked_up(part, literals) for part in item]


def find_lists(tree: ast.AST, kinds: str) -> list[WholeList]:
    """Return the outermost lists of lists of nothing but literals of kind ``i``, in the order of a walk."""
    found: list[WholeList] = []
    waiting = [tree] if "i" in kinds else []
    for node in waiting:  # which grows meanwhile
        slots = _slots(node, kinds)
        nested = isinstance(slots, list) and slots and all(isinstance(item, list) for item in slots)
        if isinstance(node, ast.List) and isinstance(slots, list) and nested:
            found.append(WholeList(node, slots))
        else:
            waiting.extend(nodes_below(node))
    return found


def _slots(node: ast.AST, kinds: str) -> Nested | None:
    """Return the literals that a list or name stands for; None where there is anything else in it."""
    if isinstance(node, ast.Name) and (match := SLOT.fullmatch(node.id)):
        return int(match[1]) if kinds[int(match[1])] == "i" else None
    if not isinstance(node, ast.List):
        return None
    parts: list[Nested] = []
    for part in node.elts:
        slots = _slots(part, kinds)
        if slots is None:
            return None
        parts.append(slots)
    return parts


def flat(item: Nested) -> list[int]:
    """Return the numbers of an item in their order."""
    return [item] if isinstance(item, int) else [number for part in item for number in flat(part)]


def shape(item: Nested) -> str:
    """Return what items that differ in their numbers only have in common."""
    return "." if isinstance(item, int) else f"[{''.join(map(shape, item))}]"


def refilled(item: Nested, numbers: Iterator[int]) -> Nested:
    """Return an item of the same shape with other numbers, in their order."""
    if isinstance(item, int):
        return next(numbers)
    return [refilled(part, numbers) for part in item]


def redrawn(
    item: Nested,
    rng: np.random.Generator,
    *,
    every: bool = False,
    pool: Mapping[int, Sequence[list[Nested]]] | None = None,
) -> Nested:
    """Return an item of the same shape in which one list of numbers, a few, or every is drawn anew.

    ``pool`` holds lists of numbers by their lengths: some are taken from there.
    """
    item = copied(item)
    innermost = numbers_in(item)
    few = len(innermost) if every else min(len(innermost), int(rng.geometric(_ONE_ALONE)))
    for place in rng.permutation(len(innermost))[:few].tolist():
        offered = (pool or {}).get(len(innermost[place]), ())
        innermost[place][:] = _drawn_again(innermost[place], offered, rng)
    return item


def _drawn_again(
    numbers: Sequence[Nested], offered: Sequence[list[Nested]], rng: np.random.Generator
) -> list[Nested]:
    """Return as many numbers, of an offered list or drawn."""
    if offered and rng.random() < _BORROWED:
        return list(offered[int(rng.integers(len(offered)))])
    return _drawn(len(numbers), rng)


def resized(item: Nested, rng: np.random.Generator) -> Nested:
    """Return an item in which half of the numbers are drawn anew, evenly up to some bound.

    Zeros stay, neighbours that are equal remain so, and mostly the signs too, for these are what a law
    consists of. What is left to find are a few free numbers, and those are seldom near what they were.
    """
    item, most = copied(item), int(_WIDEST ** rng.random()) + 1
    for part in numbers_in(item):
        runs = [list(run) for _, run in itertools.groupby(part)]
        part[:] = [value for run in runs for value in _resized(run, most, rng)]
    return item


def _resized(run: list[Nested], most: int, rng: np.random.Generator) -> list[Nested]:
    old = run[0]
    if old == 0 or isinstance(old, list) or rng.random() < 0.5:
        return run
    size = int(rng.integers(1, most + 1))
    return [size if (old > 0) == (rng.random() < _SIGN_KEPT) else -size] * len(run)


def _drawn(length: int, rng: np.random.Generator) -> list[Nested]:
    """Return small numbers; often all but one are zero, or one repeats the one before it.

    Sparse lists and repetitions mean something more often than chance would draw them.
    """
    drawn: list[Nested] = [small(rng) for _ in range(length)]
    way = rng.random()
    if way < _SPARSE:
        kept = length - 1 if rng.random() < 0.5 else int(rng.integers(length))
        drawn = [number if place == kept else 0 for place, number in enumerate(drawn)]
    elif way < _SPARSE + _REPEATED:
        for place in range(1, length):
            if rng.random() < 0.5:
                drawn[place] = drawn[place - 1]
    return drawn


def rebuilt(item: Nested, rng: np.random.Generator) -> Nested:
    """Return an item as deep as this one whose lists have other lengths, short ones first."""
    if isinstance(item, int):
        return item
    if _is_innermost(item):
        even = rng.random() < 0.5  # as long lists would hardly come up otherwise
        return _drawn(int(rng.integers(1, _LONGEST)) if even else min(_LONGEST, int(rng.geometric(0.3))), rng)
    if all(_is_innermost(part) for part in item):
        return [rebuilt([], rng) for _ in range(int(rng.geometric(0.7)))]
    return [rebuilt(part, rng) for part in item]


def small(rng: np.random.Generator) -> int:
    """Draw a small whole number."""
    if rng.random() < _ZERO:
        return 0
    size = int(_WIDEST ** rng.random()) if rng.random() < _WIDE else int(rng.geometric(0.4))
    return -size if rng.random() < _NEGATIVE else size


def stepped(item: Nested, rng: np.random.Generator) -> Nested:
    """Return an item of the same shape with one or a few of its numbers changed."""
    numbers, lengths = flat(item), [len(part) for part in numbers_in(item)]
    for _ in range(int(rng.geometric(0.5)) if numbers else 0):
        place = int(rng.integers(len(numbers)))
        old = numbers[place]
        new = max(-LARGEST_INT, min(LARGEST_INT, _changed(old, rng)))
        places = _tied(place, numbers, lengths, rng) if rng.random() < _TIED else (place,)
        for tied in places:
            numbers[tied] = new
    return refilled(item, iter(numbers))


def _tied(
    place: int, numbers: Sequence[int], lengths: Sequence[int], rng: np.random.Generator
) -> Sequence[int]:
    """Return the places that change with one: all equals, or those that follow it in its own list."""
    if rng.random() < 0.5:
        return [k for k, number in enumerate(numbers) if number == numbers[place]]
    end = next(edge for edge in itertools.accumulate(lengths) if edge > place)
    return [place, *itertools.takewhile(lambda k: numbers[k] == numbers[place], range(place + 1, end))]


def _changed(number: int, rng: np.random.Generator) -> int:
    way = rng.random()
    if way < 0.75:
        step = _STEPS[int(rng.integers(len(_STEPS)))]
        return number + (step if rng.random() < 0.5 else -step)
    if way < 0.85:
        return -number
    if way < 0.92:
        return 0
    return 2 * number


def reshaped(item: Nested, rng: np.random.Generator) -> Nested:
    """Return an item in one of whose lists a part is put in, doubled, or taken out."""
    item = copied(item)
    lists = lists_in(item)
    chosen = lists[int(rng.integers(len(lists)))]
    way = rng.random()
    if chosen and way < 0.35:
        del chosen[int(rng.integers(len(chosen)))]
    elif chosen and isinstance(chosen[0], list):
        chosen.append(copied(chosen[int(rng.integers(len(chosen)))]))
    else:
        place = int(rng.integers(len(chosen) + 1))
        chosen[place:place] = [small(rng) for _ in range(int(rng.geometric(0.6)))]
    return item


def shortened(item: Nested, rng: np.random.Generator) -> Nested:
    """Return an item without one of its numbers or lists."""
    item = copied(item)
    filled = [part for part in lists_in(item) if part]
    if filled:
        chosen = filled[int(rng.integers(len(filled)))]
        del chosen[int(rng.integers(len(chosen)))]
    return item


def crossed(item: Nested, other: Nested, rng: np.random.Generator) -> Nested:
    """Return an item in which a list of numbers of ``other`` takes the place of one, or joins beside it."""
    item = copied(item)
    offered = numbers_in(other)
    places = [(whole, k) for whole in lists_in(item) for k, part in enumerate(whole) if _is_innermost(part)]
    if offered and places:
        whole, k = places[int(rng.integers(len(places)))]
        part = copied(offered[int(rng.integers(len(offered)))])
        whole[k : k + (1 if rng.random() < 0.5 else 0)] = [part]
    return item


def merged(item: Nested, other: Nested) -> Nested:
    """Return a record of which each part is that of ``item`` and that of ``other`` one after the other.

    Only for two items that have as many parts; else it is ``item``.
    """
    if isinstance(item, int) or isinstance(other, int) or len(item) != len(other):
        return item
    if any(isinstance(part, int) for part in (*item, *other)):
        return item
    pairs = zip(item, other, strict=True)
    return [copied([*one, *two]) for one, two in pairs if isinstance(one, list) and isinstance(two, list)]


def combined(item: Nested, other: Nested, rng: np.random.Generator) -> Nested:
    """Return an item with one list replaced by a small multiple of it plus one of a list of ``other``.

    What both obey and is linear, such as a symmetry, the combination obeys too. The shorter is filled up
    with zeros.
    """
    item = copied(item)
    mine = [part for part in lists_in(item) if part and _is_innermost(part)]
    offered = [part for part in lists_in(other) if part and _is_innermost(part)]
    if mine and offered:
        chosen = mine[int(rng.integers(len(mine)))]
        joining = flat(offered[int(rng.integers(len(offered)))])
        times, added = int(rng.geometric(0.6)), int(rng.geometric(0.4)) * (1 if rng.random() < 0.5 else -1)
        pairs = itertools.zip_longest(flat(chosen), joining, fillvalue=0)
        sums = [times * one + added * two for one, two in pairs]
        if max(map(abs, sums)) <= LARGEST_INT:
            chosen[:] = sums
    return item


def _is_innermost(part: Nested) -> bool:
    return isinstance(part, list) and all(isinstance(number, int) for number in part)


def is_even(item: Nested) -> bool:
    """Whether no list of an item is empty or holds numbers beside lists."""
    return all(part and len({isinstance(inner, int) for inner in part}) == 1 for part in lists_in(item))


def depths(item: Nested) -> set[int]:
    """Return in how many lists the numbers of an item lie."""
    return {0} if isinstance(item, int) else {1 + depth for part in item for depth in depths(part)}


def copied(item: Nested) -> Nested:
    """Return a copy that shares no list with ``item``."""
    return item if isinstance(item, int) else [copied(part) for part in item]


def numbers_in(item: Nested) -> list[list[Nested]]:
    """Return an item's lists of numbers that are not empty."""
    return [part for part in lists_in(item) if part and isinstance(part[0], int)]


def lists_in(item: Nested) -> list[list[Nested]]:
    """Return an item's lists, itself first, those within each before those after it."""
    if isinstance(item, int):
        return []
    return [item, *(inner for part in item for inner in lists_in(part))]
