"""What each operator of the symbolic proposer is worth on bin-packing: the search without it, a few seeds.

One row a search: all operators, then each left out. Printed are the loss on train and the champion's excess
on sealed instances, means over the seeds and the range on test. Few seeds tell large effects only. Usage:
ablation.py [--seeds N] [--candidates N] [--items N]
"""

from __future__ import annotations

import argparse
import tempfile

import provolve
from provolve.propose.symbolic.operators import OPERATORS
from provolve.store import RunReader


def main() -> None:
    parser = argparse.ArgumentParser(description="The search on bin-packing with each operator left out.")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=4_000)
    parser.add_argument("--items", type=int, default=1_500)
    options = parser.parse_args()
    print(f"{options.candidates} candidates, {options.seeds} seeds, {options.items} items\n")
    print(f"{'without':14} {'train':>7} {'test':>7}  range on test")
    for left_out in ("", *OPERATORS):
        used = [name for name in OPERATORS if name != left_out]
        results = [searched(seed, used, options) for seed in range(1, options.seeds + 1)]
        train, test = (sum(values) / len(values) for values in zip(*results, strict=True))
        tests = [result[1] for result in results]
        span = f"{min(tests):.3f} to {max(tests):.3f}"
        print(f"{left_out or '-':14} {train:7.3f} {test:7.3f}  {span}", flush=True)


def searched(seed: int, operators: list[str], options: argparse.Namespace) -> tuple[float, float]:
    """Return the least loss on train and the champion's mean on test."""
    with tempfile.TemporaryDirectory() as folder:
        run = provolve.run(
            "bin-packing",
            budget=f"{options.candidates}candidates",
            seed=seed,
            workers=1,
            parameters={"items": str(options.items)},
            proposer_options={"operators": operators},
            runs=folder,
        )
        assert run.claim is not None
        with RunReader(run.path) as reader:
            best = reader.best()
        assert best is not None
        assert best.verdict.loss is not None
        return best.verdict.loss, run.claim.mean


if __name__ == "__main__":
    main()
