"""A program is traced once on an instance, as long as train stays the same."""

from dataclasses import replace

import msgspec
import pytest

from provolve.propose import Unseen
from provolve.propose.model import ModelProposer
from provolve.propose.model.traces import REMEMBERED, Traces
from provolve.record import Ask, Verdict
from provolve.testing import ScriptedModel


class Workers:
    """A bench that counts its looks, and is out of workers when told so."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, int | None]] = []
        self.away = False

    def trace(self, source: str, place: int | None) -> str:
        if self.away:
            raise Unseen("no worker was free in time")
        self.looks.append((source, place))
        return f"look {len(self.looks)} at instance {place}"


def test_a_program_is_looked_at_once_on_each_instance() -> None:
    traces, workers = Traces(), Workers()
    first = traces.of(workers, "a", 0)
    others = [traces.of(workers, "a", None), traces.of(workers, "b", 0)]
    assert traces.of(workers, "a", 0) == first
    assert len({first, *others}) == len(workers.looks) == 3


def test_what_was_not_seen_is_looked_at_again() -> None:
    traces, workers = Traces(), Workers()
    workers.away = True
    with pytest.raises(Unseen):
        traces.of(workers, "a", 0)
    workers.away = False
    assert traces.of(workers, "a", 0) == "look 1 at instance 0"


def test_those_that_were_wanted_last_are_kept_and_no_more() -> None:
    traces, workers = Traces(), Workers()
    for number in range(REMEMBERED):
        traces.of(workers, str(number), 0)
    traces.of(workers, "0", 0)
    traces.of(workers, "one more", 0)
    assert len(workers.looks) == REMEMBERED + 1
    traces.of(workers, "0", 0)
    assert len(workers.looks) == REMEMBERED + 1
    traces.of(workers, "1", 0)
    assert len(workers.looks) == REMEMBERED + 2


def test_repair_traces_a_parent_once_an_epoch_and_tells_and_records_the_trace_each_time(scalars) -> None:
    workers = Workers()
    parent = msgspec.structs.replace(scalars.start, scores=(1.0, 3.0))
    with ScriptedModel(lambda prompt: "no code") as script:
        proposer = ModelProposer(
            base_url=script.url, models=["scripted"], operators=["repair"], allocation="fixed", repairs=0
        )
        looks = []
        for number in (1, 2, 3):
            if number == 3:
                proposer.begin_epoch([parent])
            context = replace(scalars.context(number, starts=(parent,)), bench=workers)
            answered = proposer.begin(Ask(number, (parent,), 1), context).result()
            looks += [call for call in answered.calls if call.purpose == "repair:trace"]
            proposer.observe(number, [Verdict(None, None)] * len(answered.proposals))
        proposer.close()
    assert workers.looks == [(scalars.program.with_texts(scalars.program.texts()), 0)] * 2
    assert [call.reply for call in looks] == [f"look {k} at instance 0" for k in (1, 1, 2)]
    assert len({call.messages for call in looks}) == 1
    assert ["| look 1" in prompt for prompt in script.prompts] == [True, True, False]
