"""Return the length of the longest stretch of consecutive characters of brackets, a text of "(" and ")",
in which every bracket has its partner in the right order.
"""

import random


def reference(brackets: str) -> int:
    opened = [-1]
    longest = 0
    for place, bracket in enumerate(brackets):
        if bracket == "(":
            opened.append(place)
            continue
        opened.pop()
        if opened:
            longest = max(longest, place - opened[-1])
        else:
            opened.append(place)
    return longest


def naive(brackets: str) -> int:
    longest = 0
    for start in range(len(brackets)):
        depth = 0
        for end in range(start, len(brackets)):
            depth += 1 if brackets[end] == "(" else -1
            if depth < 0:
                break
            if depth == 0:
                longest = max(longest, end - start + 1)
    return longest


def wrong(brackets: str) -> int:
    depth = pairs = 0
    for bracket in brackets:
        if bracket == "(":
            depth += 1
        elif depth:
            depth -= 1
            pairs += 1
    return 2 * pairs


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[""], ["("], [")("], ["()()"], ["(()"], ["()(()"], ["(()))())("], [")()())()(("]]
    size = (0, 200, 1500, 8000)[level]
    return [["(" * (size // 3) + "".join(rng.choice("()") for _ in range(size))] for _ in range(2)]
