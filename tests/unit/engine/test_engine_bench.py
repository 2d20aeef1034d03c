"""The bench of a run asks its workers, and whoever looks is told when nothing was seen."""

from concurrent.futures import Future

import pytest

from provolve.engine.bench import WorkerBench
from provolve.engine.messages import CheckProgram, Done, RunProgram, Seen, TraceProgram
from provolve.errors import JudgeError
from provolve.program import Program
from provolve.propose import Unseen
from provolve.testing import FakeExecutor

PROGRAM = Program.parse("# EVOLVE-BLOCK-START\ndef f():\n    return 1\n# EVOLVE-BLOCK-END\n")


class Answering:
    """An executor that answers at once, by a function of the request."""

    def __init__(self, answer) -> None:
        self.answer = answer
        self.requests: list = []

    def submit(self, request) -> Future:
        self.requests.append(request)
        future: Future = Future()
        reply = self.answer(request)
        if isinstance(reply, Exception):
            future.set_exception(reply)
        else:
            future.set_result(reply)
        return future


def test_each_look_is_one_request_and_its_texts_come_back() -> None:
    executor = Answering(lambda request: Seen(("a", "")))
    bench = WorkerBench(executor)
    assert bench.trace("source", 3) == "a"
    assert bench.checks("source", ["x", "y"]) == ("a", "")
    assert executor.requests == [TraceProgram("source", 3), CheckProgram("source", ("x", "y"))]


def test_the_program_is_kept_that_acts_most_like_the_others() -> None:
    acts = {"one": ("a", "x", ""), "two": ("a", "b", "c"), "three": ("a", "b", "z"), "dead": ("", "", "")}
    bench = WorkerBench(Answering(lambda request: Seen(acts[request.source])))
    assert bench.consensus(["dead", "one", "two", "three"])[0] == 2, (
        "the first of two that agree on two of three"
    )
    assert bench.consensus(["dead", "dead"])[0] == 0, "failures are like nothing"


@pytest.mark.parametrize("reply", [JudgeError("the judge failed"), Done()])
def test_what_no_worker_could_look_at_is_unseen(reply) -> None:
    bench = WorkerBench(Answering(lambda request: reply))
    for look in (
        lambda: bench.trace("s", 0),
        lambda: bench.checks("s", ["x"]),
        lambda: bench.consensus(["s", "t"]),
    ):
        with pytest.raises(Unseen, match=r"the judge failed|look at no program"):
            look()


def test_one_answer_of_several_is_not_taken_for_all() -> None:
    bench = WorkerBench(Answering(lambda request: Seen(("a",)) if request.source == "s" else Done()))
    with pytest.raises(Unseen):
        bench.consensus(["s", "t"])


def test_a_look_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provolve.engine.bench._PATIENCE", 0.0)

    class Silent:
        future: Future = Future()

        def submit(self, request) -> Future:
            return self.future

    silent = Silent()
    with pytest.raises(Unseen, match="in time"):
        WorkerBench(silent).trace("s", 0)
    assert silent.future.cancelled()


def test_the_fake_executor_tells_programs_apart_by_their_scores() -> None:
    executor = FakeExecutor(PROGRAM, lambda split, source: [float(len(source)), 1.0])
    try:
        assert executor.submit(RunProgram("abc")).result() == Seen(("3.0", "1.0"))
        assert WorkerBench(executor).consensus(["a", "bb", "cc"])[0] == 1
    finally:
        executor.close()
