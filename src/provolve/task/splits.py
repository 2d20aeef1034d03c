"""The instances of train, validation and test, so made that no split can leak into another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from provolve.errors import TaskError, UsageError
from provolve.task.content import content_digest
from provolve.task.settings import SPLITS
from provolve.task.task import Task

_INSTANCE_STREAM = 0x696E7374
"""First part of the spawn keys of instances, apart from whatever else is drawn from the same seed."""

_REPEAT_STREAM = 0x72657074
"""First part of the spawn keys of the repeats' seeds."""


def make_split(
    task: Task,
    split: str,
    seed: int,
    count: int | None = None,
    *,
    test_seed: int | None = None,
    epoch: int = 0,
) -> tuple[object, ...]:
    """Return the instances of one split.

    Generated instances are drawn from ``SeedSequence(seed, spawn_key=(…, split))``: the streams of two
    splits never meet, whatever their seeds, and neither do those of two epochs. Instances from files belong
    to a split by the digest of their content alone; equal ones count once, and ``seed`` has no say. Where
    the task is exhaustive, every split is the same list: all there is.

    Where the task has ``repeats`` above 1, each instance stands there so often in a row, each time as a copy
    with another whole number from 0 to 2**32 - 1 under the key ``seed``, drawn from ``SeedSequence(seed,
    spawn_key=(…, split, place, repeat))``.

    Args:
        task: the task.
        split: ``train``, ``validation`` or ``test``.
        seed: seed of the run, 0 or more.
        count: number of instances, repeats not counted, in place of the settings' own; at least 1.
        test_seed: seed of the test split in place of ``seed``.
        epoch: number of the epoch, of train; 0 for the other splits.

    Raises:
        UsageError: if ``split``, ``count`` or ``epoch`` cannot be meant.
        TaskError: if the data files cannot be read or leave the split empty, or an instance that is to be
            repeated is no dict or has a key ``seed`` of its own.
        JudgeError: if the judge cannot generate them.
    """
    if split not in SPLITS:
        raise UsageError(f'there is no split "{split}": choose one of {", ".join(SPLITS)}')
    if not 0 <= epoch < (len(task.train_sizes) if split == "train" else 1):
        raise UsageError(f"there is no epoch {epoch} of {split}: train of {task.name} has epochs, from 0")
    exhaustive = task.settings.exhaustive
    if count is not None and (exhaustive or count < 1):
        why = f"task {task.name} always gives all of its instances" if exhaustive else "give 1 or more"
        raise UsageError(f"{count} instances of {split} cannot be: {why}")
    stream = "train" if exhaustive else split
    seed = test_seed if stream == "test" and test_seed is not None else seed
    if not generated(task, split):
        return _repeated(task, stream, seed, _from_files(task, split, count))
    sizes = task.settings.splits
    size = task.train_sizes[epoch] if split == "train" else getattr(sizes, split)
    rng = split_generator(stream, seed, epoch)
    drawn = task.judge.instances(stream, size if count is None else count, rng, epoch)
    return _repeated(task, stream, seed, drawn, epoch)


def generated(task: Task, split: str) -> bool:
    """Whether the judge makes the instances of ``split``, rather than files.

    Where files have no share in train or validation, the judge makes those if it can: what is found on made
    instances is then tested on the files.
    """
    if not task.data_files:
        return True
    left_out = split != "test" and getattr(task.settings.data, split) == 0
    return left_out and task.judge.has_instances and not task.settings.exhaustive


def _repeated(
    task: Task, stream: str, seed: int, instances: Sequence[object], epoch: int = 0
) -> tuple[object, ...]:
    repeats = task.settings.repeats
    if repeats == 1:
        return tuple(instances)
    repeated = []
    for place, instance in enumerate(instances):
        if not isinstance(instance, dict) or "seed" in instance:
            what = 'has a key "seed" of its own' if isinstance(instance, dict) else "is no dict"
            raise TaskError(
                f"{task.origin}: instance {place} of {stream} {what}, so it cannot be repeated with a seed: "
                'give dicts without "seed", or leave repeats out'
            )
        for repeat in range(repeats):
            key = (_REPEAT_STREAM, SPLITS.index(stream), place, repeat, *_later(epoch))
            drawn = np.random.SeedSequence(seed, spawn_key=key).generate_state(1)[0]
            repeated.append({**instance, "seed": int(drawn)})
    return tuple(repeated)


def split_generator(split: str, seed: int, epoch: int = 0) -> np.random.Generator:
    """Return the generator from which the instances of ``split`` are drawn under ``seed`` (0 or more)."""
    key = (_INSTANCE_STREAM, SPLITS.index(split), *_later(epoch))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _later(epoch: int) -> tuple[int, ...]:
    """Return the part of a spawn key that tells epochs apart: nothing for the first."""
    return (epoch,) if epoch else ()


def _from_files(task: Task, split: str, count: int | None) -> tuple[object, ...]:
    by_digest = {content_digest(instance): instance for instance in task.read_data()}
    digests = [digest for digest in sorted(by_digest) if falls_to(task, digest, split)]
    if not digests:
        raise TaskError(
            f"{task.origin}: none of the {len(by_digest)} different instances in the data files falls to "
            f"{split}, "
            f"whose share is {getattr(task.settings.data, split):g}: add files, raise data.{split}, "
            "or set splits.exhaustive = true to use all of them for every split"
        )
    if count is not None and count > len(digests):
        raise UsageError(f"{count} instances of {split} cannot be: the data files give it {len(digests)}")
    return tuple(by_digest[digest] for digest in digests[:count])


def falls_to(task: Task, digest: str, split: str) -> bool:
    """Whether an instance from a file, by the ``digest`` of its content, belongs to ``split``."""
    return task.settings.exhaustive or _split_of(task, digest) == split


def _split_of(task: Task, digest: str) -> str | None:
    """Return the split whose share of the unit interval the digest falls into."""
    place, end = int(digest[:13], 16) / 16**13, 0.0
    for split in SPLITS:
        end += getattr(task.settings.data, split)
        if place < end:
            return split
    return None
