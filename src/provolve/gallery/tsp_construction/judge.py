"""Measures tours, against a lower bound of the shortest one.

An instance is ``{"name", "points", "metric", "least"}``: an array of shape (cities, 2), how distances are
rounded, and a length that no tour is below, or the shortest tour's where it is known. A candidate sees the
points alone, scaled into the unit square. An answer is an array of integers: every city once, in the order
of the tour. The score is how much longer the tour is than `least`, in percent.
"""

import math

import numpy as np

from provolve import Refused

# Instances of several sizes: a rule tuned to one size does not carry over to others.
SIZE_MIX = {"train": (1.0, 0.5, 1.5), "validation": (1.0, 0.5, 1.5), "test": (1.0,)}
ASCENT = 120
"""Steps of the ascent towards the bound of Held and Karp."""
# Lengths of the shortest tours (G. Reinelt, 1991, TSPLIB; later proofs as its page lists them).
SHORTEST = {
    "ts225": 126643, "rat99": 1211, "rl1889": 316536, "u1817": 57201, "d1655": 62128, "bier127": 118282,
    "lin318": 42029, "eil51": 426, "d493": 35002, "kroB100": 22141, "kroC100": 20749, "ch130": 6110,
    "pr299": 48191, "fl417": 11861, "d657": 48912, "kroA150": 26524, "fl1577": 22249, "u724": 41910,
    "pr264": 49135, "pr226": 80369, "pr439": 107217,
}  # fmt: skip


def instances(split, count, rng, parameters):
    mix = SIZE_MIX[split]
    for number in range(count):
        size = max(5, round(parameters["cities"] * mix[number % len(mix)]))
        clustered = number % 2 == 1
        points = _clustered(size, rng) if clustered else rng.random((size, 2))
        name = f"{'clustered' if clustered else 'uniform'}-{size}-{number}"
        yield _instance(name, points, "exact")


def _clustered(size, rng):
    centres = rng.random((int(rng.integers(3, 8)), 2))
    points = centres[rng.integers(len(centres), size=size)] + 0.06 * rng.standard_normal((size, 2))
    return np.clip(points, 0.0, 1.0)


def _instance(name, points, metric):
    least = float(SHORTEST[name]) if name in SHORTEST else _held_karp(_apart(points, metric))
    return {"name": name, "points": points, "metric": metric, "least": least}


def parse(name, text):
    """Read a file of TSPLIB with coordinates in the plane (EUC_2D or CEIL_2D)."""
    head, _, body = text.partition("NODE_COORD_SECTION")
    fields = {}
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields[key.strip()] = value.strip()
    metric = fields.get("EDGE_WEIGHT_TYPE", "")
    if metric not in ("EUC_2D", "CEIL_2D") or not body:
        raise Refused(f"no TSPLIB file with EUC_2D or CEIL_2D coordinates (it says {metric or 'none'})")
    rows = [line.split() for line in body.split("EOF")[0].splitlines() if line.strip()]
    try:
        points = np.array([[float(x), float(y)] for _, x, y in rows])
    except ValueError as error:
        raise Refused(f"a line is not a number of a city and two coordinates: {error}") from error
    if len(points) < 5 or str(len(points)) != fields.get("DIMENSION", str(len(points))):
        raise Refused(f"{len(points)} cities, and DIMENSION says {fields.get('DIMENSION')}")
    yield _instance(fields.get("NAME", name).removesuffix(".tsp"), points, metric)


def visible(instance):
    """Return the points in the unit square, their shape kept."""
    points = instance["points"]
    low = points.min(axis=0)
    side = float((points - low).max())
    return {"points": (points - low) / (side if side > 0 else 1.0)}


def score(instance, answer):
    count = len(instance["points"])
    if answer.shape != (count,) or not np.array_equal(np.sort(answer), np.arange(count)):
        raise Refused(f"a tour names each of the cities 0 to {count - 1} once; this one does not")
    return _excess(instance, answer)


def _excess(instance, tour):
    points = instance["points"][np.asarray(tour)]
    steps = points - np.roll(points, -1, axis=0)
    length = math.fsum(_rounded(np.sqrt((steps**2).sum(axis=1)), instance["metric"]).tolist())
    return 100.0 * (length - instance["least"]) / instance["least"]


def _rounded(lengths, metric):
    if metric == "EUC_2D":
        return np.floor(lengths + 0.5)
    return np.ceil(lengths) if metric == "CEIL_2D" else lengths


def _apart(points, metric):
    return _rounded(np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)), metric)


def _held_karp(apart):
    """Return a length that no tour is below: the best 1-tree of an ascent (Held and Karp, 1971).

    Method: M. Held and R. M. Karp, "The traveling-salesman problem and minimum spanning trees: part II",
    Mathematical Programming 1971. Any weights of the cities give a bound, so rounding only loosens it; a
    billionth is taken off for the sums of floats.
    """
    count = len(apart)
    weights, best, step = np.zeros(count), 0.0, float(apart.max()) / 10
    for _ in range(ASCENT):
        length, degrees = _one_tree(apart + weights[:, None] + weights[None, :])
        best = max(best, length - 2 * float(weights.sum()))
        weights = weights + step * (degrees - 2)
        step *= 0.95
    return best * (1 - 1e-9)


def _one_tree(apart):
    """Return length and degrees of the least spanning tree of all cities but 0, and 0's two least edges."""
    edges = 1 + np.array(_spanning_tree(apart[1:, 1:]))
    degrees = np.bincount(edges.ravel(), minlength=len(apart)).astype(float)
    ends = 1 + np.argsort(apart[0, 1:], kind="stable")[:2]
    degrees[ends] += 1
    degrees[0] = 2
    return sum(apart[edges[:, 0], edges[:, 1]].tolist()) + float(apart[0, ends].sum()), degrees


def _spanning_tree(apart):
    """Return the edges of the least spanning tree, each with the city that it brings in behind (Prim)."""
    distance, parent = apart[0].copy(), np.zeros(len(apart), dtype=np.int64)
    waiting = np.arange(len(apart)) > 0
    edges = []
    while waiting.any():
        city = int(np.argmin(np.where(waiting, distance, np.inf)))
        waiting[city] = False
        edges.append((int(parent[city]), city))
        closer = waiting & (apart[city] < distance)
        distance[closer], parent[closer] = apart[city][closer], city
    return edges


def baseline_nearest_insertion(instance):
    """The city nearest to the tour is put where it costs least (Rosenkrantz, Stearns and Lewis, 1977)."""
    apart = _apart(instance["points"], instance["metric"])
    count = len(apart)
    away = apart[0].copy()
    away[0] = np.inf
    tour = [0]
    for _ in range(count - 1):
        city = int(np.argmin(away))
        here, following = np.array(tour), np.array(tour[1:] + tour[:1])
        longer = apart[here, city] + apart[city, following] - apart[here, following]
        tour.insert(int(np.argmin(longer)) + 1, city)
        away = np.minimum(away, apart[city])
        away[tour] = np.inf
    return _excess(instance, tour)


def baseline_tree_and_matching(instance):
    """Christofides' tour (1976) with a greedy matching in place of the least one."""
    apart = _apart(instance["points"], instance["metric"])
    edges = _spanning_tree(apart)
    degrees = np.bincount(np.array(edges).ravel(), minlength=len(apart))
    odd = np.flatnonzero(degrees % 2)
    pairs = sorted((apart[a, b], a, b) for i, a in enumerate(odd) for b in odd[i + 1 :])
    matched = set()
    for _, a, b in pairs:
        if not matched & {a, b}:
            matched |= {a, b}
            edges.append((int(a), int(b)))
    return _excess(instance, _shortcut(edges, len(apart)))


def _shortcut(edges, count):
    """Walk every edge once, and return the cities in the order in which they are met first."""
    beside = [[] for _ in range(count)]
    for number, (a, b) in enumerate(edges):
        beside[a].append((b, number))
        beside[b].append((a, number))
    walked, stack, walk = set(), [0], []
    while stack:
        while beside[stack[-1]] and beside[stack[-1]][-1][1] in walked:
            beside[stack[-1]].pop()
        if beside[stack[-1]]:
            city, number = beside[stack[-1]].pop()
            walked.add(number)
            stack.append(city)
        else:
            walk.append(stack.pop())
    return list(dict.fromkeys(walk))
