"""The search of a run, put together from its spec and its record."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from provolve.engine.conduct import Conduct
from provolve.engine.epochs import Epochs
from provolve.engine.executor import Executor
from provolve.engine.frame import frame_of
from provolve.engine.live import LiveLoop
from provolve.engine.loop import Loop
from provolve.engine.pending import Snapshot
from provolve.engine.seeds import strategy_seed
from provolve.engine.start import Start
from provolve.propose import LiveProposer
from provolve.propose import build as build_proposer
from provolve.search import build as build_strategy
from provolve.store import RunReader, RunWriter
from provolve.task import Task


def make_loop(
    task: Task, writer: RunWriter, reader: RunReader, start: Start, executor: Executor, conduct: Conduct
) -> Loop:
    """Return the loop of a run, gone on to where its record ends."""
    spec, starts = writer.spec, start.elites()
    strategy = build_strategy(
        spec.strategy,
        starts=starts,
        seed=strategy_seed(spec.seed),
        batch=spec.batch,
        window=spec.window,
        **spec.strategy_options,
    )
    frame = frame_of(task, spec, start)
    how: dict[str, Any] = {
        "best": start.best(),
        "epochs": Epochs(task, spec, start, executor),
        "clock": conduct.clock,
        "listener": conduct.listener,
        "stop": conduct.stop,
    }
    if spec.live:
        options = {"seed": spec.seed, "in_flight": spec.window, **spec.proposer_options}
        live = conduct.proposer or cast(LiveProposer, build_proposer(spec.proposer, **options))
        live_loop = LiveLoop(frame, strategy, live, executor, writer, **how)
        live_loop.go_on(reader)
        return live_loop
    proposer = build_proposer(spec.proposer, **{"seed": spec.seed, **spec.proposer_options})
    loop = Loop(frame, strategy, proposer, executor, writer, **how)
    kept = reader.snapshot()
    snapshot = None if kept is None else msgspec.msgpack.decode(kept[1], type=Snapshot)
    told = 0 if snapshot is None else snapshot.told
    epoch = 0 if snapshot is None or snapshot.epoch is None else snapshot.epoch.ask
    loop.restore(snapshot, reader.identities(told, epoch), reader.verdicts(told + 1), reader.spent())
    return loop
