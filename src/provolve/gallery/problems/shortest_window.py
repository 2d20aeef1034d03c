"""Return the length of the shortest stretch of text that has every letter of wanted at least once (a
letter that stands twice in wanted counts once); 0 if wanted is empty, -1 if there is no such stretch.
"""

import random


def reference(text: str, wanted: str) -> int:
    missing = set(wanted)
    if not missing:
        return 0
    counts = dict.fromkeys(missing, 0)
    lacking, start, best = len(missing), 0, -1
    for end, letter in enumerate(text):
        if letter in counts:
            counts[letter] += 1
            if counts[letter] == 1:
                lacking -= 1
        while lacking == 0:
            if best < 0 or end - start + 1 < best:
                best = end - start + 1
            first = text[start]
            if first in counts:
                counts[first] -= 1
                if counts[first] == 0:
                    lacking += 1
            start += 1
    return best


def naive(text: str, wanted: str) -> int:
    letters = set(wanted)
    if not letters:
        return 0
    best = -1
    for start in range(len(text)):
        missing = set(letters)
        for end in range(start, len(text)):
            missing.discard(text[end])
            if not missing:
                if best < 0 or end - start + 1 < best:
                    best = end - start + 1
                break
    return best


def wrong(text: str, wanted: str) -> int:
    missing = set(wanted)
    if not missing:
        return 0
    for end, letter in enumerate(text):
        missing.discard(letter)
        if not missing:
            return end + 1
    return -1


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [
            ["", ""],
            ["abc", ""],
            ["", "a"],
            ["xxaxxbab", "ab"],
            ["hello", "lo"],
            ["abc", "abz"],
            ["aab", "aa"],
        ]
    size = (0, 200, 1500, 9000)[level]
    letters = "ab" * 40 + "cdefgh"
    return [["".join(rng.choice(letters) for _ in range(size)), "abcdefgh"] for _ in range(2)]
