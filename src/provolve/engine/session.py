"""One sitting over a run: start, search, champion, test, claim."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from provolve.engine.best import Best
from provolve.engine.champion import Champion, Chooser
from provolve.engine.claims import open_test
from provolve.engine.conduct import Conduct, Outcome
from provolve.engine.executor import Executor, LocalExecutor
from provolve.engine.messages import Open, Opened
from provolve.engine.searching import make_loop
from provolve.engine.speed_claims import open_speed_test
from provolve.engine.start import Start, judge_start
from provolve.program import render_source
from provolve.record import ChampionChosen, Finished, Notice, RunStarted, Spent
from provolve.store import RunReader, RunWriter
from provolve.task import Task


class Session:
    """One sitting over a run: from its opening to its end or its stop."""

    def __init__(self, task: Task, writer: RunWriter, conduct: Conduct) -> None:
        self._task = task
        self._writer = writer
        # Only one child may live while one is timed, so kind speed has one worker, whatever was asked for.
        self._wanted = conduct.workers
        self._conduct = replace(conduct, workers=1) if task.kind == "speed" else conduct

    def carry_out(self) -> Outcome:
        """Do whatever is left of the run."""
        executor, opened = self._open()
        try:
            return self._through(executor, opened)
        finally:
            executor.close()

    def _open(self) -> tuple[Executor, Opened]:
        spec, conduct = self._writer.spec, self._conduct
        opening = Open(
            task=spec.task,
            parameters=spec.parameters,
            data=spec.data,
            task_digest=spec.task_digest,
            seed=spec.seed,
            test_seed=spec.test_seed,
            slot=0,
            level=conduct.level,
            allow_weak_sandbox=conduct.allow_weak_sandbox,
            foreign=spec.live,
        )
        if conduct.executor is not None:
            return conduct.executor(opening, conduct.workers), Opened("none", ("not a sandbox of provolve",))
        executor = LocalExecutor(opening, conduct.workers, scratch=self._task.self_judged)
        return executor, executor.open()

    def _through(self, executor: Executor, opened: Opened) -> Outcome:
        with RunReader(self._writer.path) as reader:
            resumed = reader.stage("started") is not None
            start = self._start(reader, executor, opened)
            self._announce(start, opened, resumed=resumed)
            stage = reader.stage("champion")
            if stage is not None:
                champion, spent = msgspec.msgpack.decode(stage, type=Champion), reader.spent()
            else:
                loop = make_loop(self._task, self._writer, reader, start, executor, self._conduct)
                try:
                    reason = loop.run()
                finally:
                    loop.commit()
                spent = loop.spent
                if reason == "stopped":
                    return Outcome(self._writer.name, str(self._writer.path), reason, spent)
                chooser = Chooser(self._task, self._writer.spec, start, executor, self._conduct.listener)
                champion = self._choose(chooser.choose(loop.best, reader), reason)
        return self._finish(champion, spent, executor, start)

    def _start(self, reader: RunReader, executor: Executor, opened: Opened) -> Start:
        stage = reader.stage("started")
        if stage is not None:
            start = msgspec.msgpack.decode(stage, type=Start)
            executor.set_reference("train", start.train)
            executor.set_reference("validation", start.validation)
            return start
        borrowed = self._writer.spec.borrowed
        start = judge_start(self._task, executor, opened.level, opened.level_detail, borrowed)
        self._writer.add_ask(start.record(), start.verdicts)
        self._writer.add_stage("started", msgspec.msgpack.encode(start))
        self._writer.commit()
        return start

    def _announce(self, start: Start, opened: Opened, *, resumed: bool) -> None:
        spec = self._writer.spec
        seed_loss = start.verdicts[0].loss
        self._conduct.listener(
            RunStarted(
                run=self._writer.name,
                task=spec.task_name,
                direction=spec.direction,
                seed=spec.seed,
                budget=spec.budget,
                proposer=spec.proposer,
                strategy=spec.strategy,
                workers=self._conduct.workers,
                level=opened.level,
                level_detail=" ".join(opened.level_detail),
                resumed=resumed,
                seed_loss=0.0 if seed_loss is None else seed_loss,
                self_judged=spec.self_judged,
            )
        )
        if self._conduct.workers < self._wanted:
            self._conduct.listener(
                Notice(
                    "workers",
                    f"one worker judges, not {self._wanted}: programs are timed one at a time",
                )
            )
        for name, verdict in zip(start.names, start.verdicts, strict=True):
            if not verdict.accepted:
                self._conduct.listener(
                    Notice(
                        "baseline",
                        f"baseline {name} is rejected on train: {verdict.rejection}: {verdict.detail}",
                    )
                )

    def _choose(self, best: Best, reason: str) -> Champion:
        """Commit the champion to the record: from here on nothing can change it."""
        champion = Champion(best, reason)
        self._writer.add_stage("champion", msgspec.msgpack.encode(champion))
        self._writer.commit()
        self._conduct.listener(
            ChampionChosen(
                digest=best.champion.digest,
                source=render_source(self._task.program, best.champion),
                train=best.champion_loss,
                validation=best.validation,
            )
        )
        return champion

    def _finish(self, champion: Champion, spent: Spent, executor: Executor, start: Start) -> Outcome:
        spec = self._writer.spec
        if self._task.kind == "speed":
            outcome = open_speed_test(self._task, executor, champion.best, spec.test_seed)
        else:
            outcome = open_test(self._task, executor, champion.best, spec.test_seed, start.validation)
        finished = Finished(
            run=self._writer.name,
            reason=champion.reason,
            spent=spent,
            champion=render_source(self._task.program, champion.best.champion),
            claim=outcome.claim,
        )
        self._writer.add_stage("claim", msgspec.msgpack.encode(outcome))
        self._writer.add_stage("finished", msgspec.msgpack.encode(finished))
        self._writer.commit()
        for name, reason in outcome.failed.items():
            self._conduct.listener(Notice("baseline", f"baseline {name} is rejected on test: {reason}"))
        self._conduct.listener(finished)
        return Outcome(
            self._writer.name,
            str(self._writer.path),
            champion.reason,
            spent,
            finished.champion,
            outcome.claim,
        )
