"""Polishing goes on from what elites are worth in the epoch that has begun."""

import msgspec
import pytest

from provolve.propose.model import ModelProposer
from provolve.propose.model.polish import Polish
from provolve.record import Ask, Candidate, Verdict
from provolve.testing import ScriptedModel

FEW = "# EVOLVE-BLOCK-START\ndef rule(x, y):\n    return 2.5 * x\n# EVOLVE-BLOCK-END\n"
MANY = FEW.replace("2.5 * x", "2.5 * x + 1.5 * y + x * y * 0.5 + 7.5")


def polished(polish, context, ask, loss):
    """Have an ask of polishing come to this loss with each of its vectors; return what they make."""
    vectors = [one.change for one in polish.propose(ask, context)]
    made = [Candidate.of(vector.template, vector.literals) for vector in vectors]
    polish.observe(ask.id, [Verdict(one, loss=loss, scores=(loss,)) for one in made])
    return made


@pytest.mark.parametrize("source", [FEW, MANY])
@pytest.mark.parametrize("begins", [True, False])
def test_what_is_better_is_told_by_losses_of_the_same_epoch(bench, source, begins):
    bench = bench(source)
    elite = bench.elite(bench.program.texts(), 0.1)
    polish = Polish(1)
    polish.found(elite)
    if begins:
        polish.begin_epoch([msgspec.structs.replace(elite, loss=9.0)])
    made = polished(polish, bench.context(1), Ask(1, (elite,), 4), 5.0)
    following = polish.propose(Ask(2, (elite,), 4), bench.context(2))
    parents = {proposal.parents[0] for proposal in following}
    assert parents <= ({one.digest for one in made} if begins else {elite.candidate.digest})
    assert parents


def test_whoever_is_not_judged_anew_is_polished_no_more(bench):
    bench = bench(FEW)
    polish = Polish(1)
    polish.found(bench.elite(bench.program.texts(), 0.1))
    assert polish.due
    polish.begin_epoch([bench.other("2.5 * x", "3.5 * y")])
    assert not polish.due


def test_the_proposer_tells_all_that_remember_losses(bench, monkeypatch):
    told = []
    for place in ("provolve.propose.symbolic.SymbolicProposer", "provolve.propose.model.polish.Polish"):
        monkeypatch.setattr(
            f"{place}.begin_epoch", lambda self, elites: told.append((type(self).__name__, elites))
        )
    with ScriptedModel(lambda prompt: "") as script:
        proposer = ModelProposer(base_url=script.url)
        proposer.begin_epoch([bench(FEW).start])
    assert told == [("SymbolicProposer", [bench(FEW).start]), ("Polish", [bench(FEW).start])]
