"""What numeric search finds for n circles in the unit square, n = 10 to 60, beside the published best.

One line an n: the exact sum of radii, the CPU seconds to it of those it was given, the published best where
the task cites one, and by how much the sum found is above it. Lines are kept in a file as they come, so a
run that was stopped goes on where it was; a line found with less time is found anew. Asserts nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from constructions import searched
from provolve.task import load


def options() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=list(range(10, 61)), metavar="N")
    parser.add_argument("--seconds", type=float, default=60.0, help="CPU seconds for each n")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("circles.jsonl"), help="where lines are kept")
    return parser.parse_args()


def kept(path: Path) -> dict[tuple[int, int], dict[str, float]]:
    """Return the lines of the file by n and seed, the last of each; a line cut short is passed over."""
    lines: dict[tuple[int, int], dict[str, float]] = {}
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        lines[line["n"], line["seed"]] = line
    return lines


def found(n: int, chosen: argparse.Namespace) -> dict[str, float]:
    """Search for ``n`` circles, keep the line and return it."""
    best, when = searched(load("circle-packing", {"n": str(n)}), chosen.seconds, chosen.seed)
    line = {"n": n, "seed": chosen.seed, "sum": float(best), "at": when, "seconds": chosen.seconds}
    with chosen.out.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
    return line


def main() -> None:
    """Print the table."""
    chosen = options()
    lines = kept(chosen.out)
    print(f"{'n':>3} {'sum of radii':>16} {'CPU s':>7} {'of':>7}  {'published':>14} {'above it':>9}")
    for n in chosen.sizes:
        line = lines.get((n, chosen.seed))
        if line is None or line["seconds"] < chosen.seconds:
            line = found(n, chosen)
        published = load("circle-packing", {"n": str(n)}).settings.published.values()
        known = max(
            (float(one.value) for one in published if one.value and one.on == f"n = {n}"), default=0.0
        )
        beside = f"{known:14.12f} {line['sum'] - known:9.1e}" if known else ""
        print(f"{n:3} {line['sum']:16.12f} {line['at']:7.1f} {line['seconds']:7.0f}  {beside}", flush=True)


if __name__ == "__main__":
    main()
