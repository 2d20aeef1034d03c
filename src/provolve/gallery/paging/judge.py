"""Simulates a cache with a table of priorities, and counts misses.

An instance is ``{"name", "cache", "requests", "soon", "least"}``: the number of pages that the cache holds,
an array of pages in the order they are requested, an array of predictions, one a request, and the misses of
Belady's rule, the least possible. An answer is an array
of floats of shape (RECENCY, FREQUENCY, 2): how much a page should leave, for each number of requests since
it was last used (1 to RECENCY, more counts as RECENCY), each number of uses since it came in (1 to
FREQUENCY, likewise) and each prediction. Where a page must leave, it is the one of highest priority; ties go
to the least page by number, which says nothing of a page. The score is the excess of misses over Belady's
optimum, in percent.
"""

import bisect

import numpy as np

from provolve import Refused

try:
    from numba import njit
except ImportError:
    njit = None

RECENCY = 256
FREQUENCY = 32
KINDS = ("zipf", "phases", "zipf", "phases", "loop")
HORIZON = 2
"""A page is called soon if it is requested again within this many times the size of the cache."""


def instances(split, count, rng, parameters):
    cache, length = parameters["cache"], parameters["requests"]
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        requests = _TRACES[kind](length, cache, rng)
        yield {
            "name": f"{kind}-{number}",
            "cache": cache,
            "requests": requests,
            "soon": _predicted(requests, HORIZON * cache, parameters["error"], rng),
            "least": _least(requests, cache),
        }


def _zipf(length, cache, rng):
    """Pages of very different popularity, which never changes."""
    weights = np.arange(1.0, 8 * cache + 1) ** -rng.uniform(0.6, 1.2)
    return rng.permutation(len(weights))[rng.choice(len(weights), length, p=weights / weights.sum())]


def _loop(length, cache, rng):
    """A loop over a few more pages than fit, with other pages in between."""
    size = cache + int(rng.integers(1, cache + 1))
    looped = np.arange(length) % size
    other = size + rng.integers(4 * cache, size=length)
    pages = np.where(rng.random(length) < rng.uniform(0.05, 0.3), other, looped)
    return rng.permutation(size + 4 * cache)[pages]


def _phases(length, cache, rng):
    """A working set that is exchanged again and again."""
    parts, left, pages = [], length, 8 * cache
    while left > 0:
        duration = min(left, int(rng.integers(4 * cache, 16 * cache)))
        size = int(rng.integers(cache // 2 + 1, 3 * cache // 2 + 1))
        working = rng.choice(pages, size, replace=False)
        weights = np.arange(1.0, size + 1) ** -rng.uniform(0.0, 0.8)
        parts.append(working[rng.choice(size, duration, p=weights / weights.sum())])
        left -= duration
    return np.concatenate(parts)


_TRACES = {"zipf": _zipf, "loop": _loop, "phases": _phases}


def _predicted(requests, horizon, error, rng):
    gap = _next_use(requests) - np.arange(len(requests))
    return ((gap <= horizon) != (rng.random(len(requests)) < error)).astype(np.int64)


def _next_use(requests):
    """Return the place of the next request of the same page; the number of requests where there is none."""
    following, seen = np.full(len(requests), len(requests)), {}
    for place in range(len(requests) - 1, -1, -1):
        page = int(requests[place])
        following[place] = seen.get(page, len(requests))
        seen[page] = place
    return following


def grid():
    return {
        "recency": np.arange(1.0, RECENCY + 1),
        "frequency": np.arange(1.0, FREQUENCY + 1),
        "soon": np.array([0.0, 1.0]),
    }


def canonical(answer):
    """Return the rank of each cell: two tables with the same ranks evict the same pages everywhere.

    What steps() returned stays as it is.
    """
    if not isinstance(answer, np.ndarray):
        return answer
    if np.isnan(answer).any():
        raise Refused("the priority of a page is not a number")
    return np.unique(answer, return_inverse=True)[1].reshape(answer.shape).astype(np.int16)


def score(instance, answer):
    if not isinstance(answer, np.ndarray):  # what steps() returned
        return _excess(instance, answer)
    return _excess(instance, int(_simulate(instance, answer)))


def _simulate_trace(requests, soon, ranks, held, used, uses, bits):
    """Count misses; `held` to `bits` are the cache: page, last use, uses, prediction of each slot."""
    filled, misses = 0, 0
    for now in range(len(requests)):
        page, slot = requests[now], -1
        for place in range(filled):
            if held[place] == page:
                slot = place
                break
        if slot >= 0:
            uses[slot] += 1
        else:
            misses += 1
            if filled < len(held):
                slot = filled
                filled += 1
            else:
                best = -1
                for place in range(filled):
                    recency, frequency = min(now - used[place], RECENCY), min(uses[place], FREQUENCY)
                    rank = ranks[recency - 1][frequency - 1][bits[place]]
                    if rank > best or (rank == best and held[place] < held[slot]):
                        best, slot = rank, place
            held[slot] = page
            uses[slot] = 1
        used[slot] = now
        bits[slot] = soon[now]
    return misses


if njit is None:

    def _simulate(instance, ranks):
        empty = [[0] * instance["cache"] for _ in range(4)]
        return _simulate_trace(
            instance["requests"].tolist(), instance["soon"].tolist(), ranks.tolist(), *empty
        )

else:
    _compiled = njit(cache=True)(_simulate_trace)

    def _simulate(instance, ranks):
        empty = [np.zeros(instance["cache"], dtype=np.int64) for _ in range(4)]
        return _compiled(instance["requests"], instance["soon"], ranks, *empty)


def plain_score(instance, answer):
    """Simulate straight from the table, page by page, in plain integers and floats."""
    if not isinstance(answer, np.ndarray):
        return _excess(instance, answer)
    table = answer.tolist()

    def choose(pages, now):
        highest, chosen = None, None
        for page, (used, uses, bit) in pages.items():
            worth = table[min(now - used, RECENCY) - 1][min(uses, FREQUENCY) - 1][bit]
            if chosen is None or worth > highest or (worth == highest and page < chosen):
                highest, chosen = worth, page
        return chosen

    return _excess(instance, _misses(instance, choose))


def _misses(instance, choose):
    """Count the misses where `choose(pages, now)` names the page to leave.

    `pages` maps each page of the cache to the place of its last use, its uses and its prediction.
    """
    pages, misses = {}, 0
    for now, (page, bit) in enumerate(
        zip(instance["requests"].tolist(), instance["soon"].tolist(), strict=True)
    ):
        uses = 0
        if page in pages:
            uses = pages[page][1]
        else:
            misses += 1
            if len(pages) == instance["cache"]:
                del pages[choose(pages, now)]
        pages[page] = (now, uses + 1, bit)
    return misses


def steps(instance):
    """Let a rule that is not elementwise decide miss by miss; return the number of misses.

    An observation holds `recency`, `frequency` and `soon`, arrays with an element for each page of the
    cache, in the order of their numbers; the decision is an array of priorities.
    """
    pages, misses = {}, 0
    for now, (page, bit) in enumerate(
        zip(instance["requests"].tolist(), instance["soon"].tolist(), strict=True)
    ):
        uses = 0
        if page in pages:
            uses = pages.pop(page)[1]
        else:
            misses += 1
            if len(pages) == instance["cache"]:
                held = sorted(pages)
                known = np.array([pages[one] for one in held], dtype=float)
                decision = yield {
                    "recency": np.minimum(now - known[:, 0], RECENCY),
                    "frequency": np.minimum(known[:, 1], FREQUENCY),
                    "soon": known[:, 2],
                }
                del pages[held[_highest(decision, len(pages))]]
        pages[page] = (now, uses + 1, bit)
    return misses


def _highest(decision, length):
    numbers = isinstance(decision, np.ndarray) and decision.dtype.kind in "fiu"
    if not numbers or decision.shape != (length,):
        raise Refused(f"for a cache of {length} pages the decision is not an array of {length} numbers")
    if np.isnan(decision).any():
        raise Refused("the priority of a page is not a number")
    return int(np.argmax(decision))


def _excess(instance, misses):
    least = instance["least"]
    return 100.0 * (misses - least) / least


def _least(requests, cache):
    """Return the misses of Belady's rule: the page whose next request is farthest away leaves."""
    following = _next_use(requests).tolist()
    coming, misses = {}, 0
    order = []  # (next use, page) of the pages held, ascending
    for page, later in zip(requests.tolist(), following, strict=True):
        if page in coming:
            del order[bisect.bisect_left(order, (coming[page], page))]
        else:
            misses += 1
            if len(coming) == cache:
                del coming[order.pop()[1]]
        coming[page] = later
        bisect.insort(order, (later, page))
    return misses


def baseline_first_in_first_out(instance):
    """The page that came in first."""
    pages, misses = {}, 0
    for page in instance["requests"].tolist():
        if page not in pages:
            misses += 1
            if len(pages) == instance["cache"]:
                del pages[next(iter(pages))]
            pages[page] = True
    return _excess(instance, misses)


def baseline_marker(instance):
    """A page drawn from those not used in this phase; a phase ends when all were (Fiat et al., 1991)."""
    rng = np.random.default_rng([instance["cache"], *instance["requests"][:64].tolist()])
    marked, pages, misses = set(), set(), 0
    for page in instance["requests"].tolist():
        if page not in pages:
            misses += 1
            if len(pages) == instance["cache"]:
                if pages <= marked:
                    marked.clear()
                unmarked = sorted(pages - marked)
                pages.remove(unmarked[rng.integers(len(unmarked))])
            pages.add(page)
        marked.add(page)
    return _excess(instance, misses)
