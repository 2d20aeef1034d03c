"""A word is cut into pieces that each read the same backwards. Return the least number of cuts; 0 for a
word that reads the same backwards itself, and for the empty word.
"""

import random


def reference(word: str) -> int:
    size = len(word)
    cuts = list(range(-1, size))
    for centre in range(size):
        for first, last in ((centre, centre), (centre, centre + 1)):
            while first >= 0 and last < size and word[first] == word[last]:
                if cuts[first] + 1 < cuts[last + 1]:
                    cuts[last + 1] = cuts[first] + 1
                first -= 1
                last += 1
    return max(cuts[size], 0)


def naive(word: str) -> int:
    size = len(word)
    cuts = [0] * (size + 1)
    for end in range(1, size + 1):
        cuts[end] = end - 1
        for start in range(end):
            piece = word[start:end]
            if piece == piece[::-1]:
                cuts[end] = min(cuts[end], cuts[start] + 1 if start else 0)
    return cuts[size]


def wrong(word: str) -> int:
    pieces = 0
    while word:
        end = next(end for end in range(len(word), 0, -1) if word[:end] == word[:end][::-1])
        word = word[end:]
        pieces += 1
    return max(pieces - 1, 0)


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[""], ["a"], ["noon"], ["abc"], ["aab"], ["aaabaaaab"], ["bbabbab"]]
    size = (0, 60, 350, 1500)[level]
    return [["".join(rng.choice("abc") for _ in range(size))] for _ in range(2)]
