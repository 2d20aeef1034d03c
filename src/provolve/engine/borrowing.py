"""What a new run may take over from an earlier one of the same task: some of its best candidates."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from provolve.errors import UsageError
from provolve.record import Candidate
from provolve.store import Borrowed, RunReader, find_run
from provolve.task import Task

MOST = 6
"""Candidates taken over, each of another template."""
_LOOKED_AT = 200


def borrow(task: Task, run: str, runs: Path, test_seed: int) -> Borrowed:
    """Return the candidates of an earlier run that join the starts of a new one, best on validation first.

    They are judged anew where they join. What is borrowed stands in the new run's record, which therefore
    does not need the earlier one again.

    Args:
        task: the task of the new run.
        run: name of the earlier run.
        runs: folder of runs.
        test_seed: seed of the sealed instances of the new run.

    Raises:
        UsageError: if there is no such run, it is of another task, its sealed instances were opened and are
            those of the new run, or nothing of it was audited.
    """
    with RunReader(find_run(runs, run)) as reader:
        spec = reader.spec
        if spec.task_digest != task.digest:
            raise UsageError(
                f"run {run} is of the task {spec.task_name} with other files or parameters than this one: "
                "borrow from a run of the same task, or give it the parameters that the run had"
            )
        if spec.test_seed == test_seed and reader.stage("champion") is not None:
            raise UsageError(
                f"run {run} has opened the sealed instances of test seed {test_seed}, and the new run would "
                "be tested on the same: give it another --seed or --test-seed"
            )
        kept: dict[str, Candidate] = {}
        for entry in reader.audited(_LOOKED_AT):
            candidate = entry.verdict.candidate
            if candidate is not None and len(kept) < MOST:
                kept.setdefault(candidate.template.digest, candidate)
        if not kept:
            raise UsageError(f"run {run} has nothing to borrow yet: resume it, or leave --from out")
        return Borrowed(run, _digest(reader), tuple(kept.values()))


def _digest(reader: RunReader) -> str:
    """Return 32 hexadecimal digits of the run's spec and of all its candidates so far."""
    found = hashlib.blake2b(msgspec.json.encode(reader.spec), digest_size=16)
    for digest, behaviour in reader.identities(reader.told()):
        found.update(f"{digest} {behaviour}\n".encode())
    return found.hexdigest()
