"""What a run's record tells the live view at the beginning of a sitting."""

from __future__ import annotations

from pathlib import Path

import msgspec

from provolve.engine.start import Start
from provolve.judge.statistics import loss
from provolve.report.progress import Progress
from provolve.store import RunReader
from provolve.task import Settings


def recall(progress: Progress, path: Path, settings: Settings | None, *, resumed: bool) -> None:
    """Tell ``progress`` what the record at ``path`` holds.

    The loss of the seed program on validation follows from its scores and the task's ``settings``; it stays
    unknown where these are None. Where the run is ``resumed``, all that went before is counted too.

    Raises:
        StoreError: if the record cannot be read.
    """
    with RunReader(path) as reader:
        stage = reader.stage("started")
        if resumed:
            progress.recall(
                reader.counts(),
                {name: counts.proposals for name, counts in reader.operators().items()},
                [(one.candidates, one.loss) for one in reader.progress()],
                reader.spent(),
            )
    if stage is not None and settings is not None:
        scores = msgspec.msgpack.decode(stage, type=Start).validation
        progress.seed_validation = loss(scores, scores, settings.aggregate, settings.direction)
