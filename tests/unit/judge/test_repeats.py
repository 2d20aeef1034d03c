"""Where chance plays a part, every candidate meets the same chances, and a score is the mean over them."""

from fractions import Fraction

import numpy as np
import pytest

from provolve.engine.lint import lint_task
from provolve.errors import TaskError
from provolve.record import Rejection
from provolve.task import load, make_split

JUDGE = """
import numpy as np
from fractions import Fraction

def instances(split, count, rng):
    return [{"x": float(rng.uniform(1, 9))} for _ in range(count)]

def score(instance, answer):
    noise = float(np.random.default_rng(instance["seed"]).normal(0, 1))
    return abs(answer - 2 * instance["x"]) + 10 + noise

def baseline_none(instance):
    return 2 * instance["x"] + 10 + float(np.random.default_rng(instance["seed"]).normal(0, 1))
"""
PROGRAM = """
# EVOLVE-BLOCK-START
def guess(x, seed):
    return 1.5 * x
# EVOLVE-BLOCK-END
"""
FOUR = "repeats = 4"


def region(body: str) -> str:
    return f"def guess(x, seed):\n    return {body}\n"


def noise(instance) -> float:
    return float(np.random.default_rng(instance["seed"]).normal(0, 1))


def test_a_score_is_the_mean_over_the_repeats_on_every_path(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings=FOUR)
    verdict = judged.verdict(region("1.0 * x"), incumbent=None)
    placed = judged.judge.scoring.instances("train")
    assert (len(placed), len(verdict.scores), verdict.work) == (48, 12, 48)
    for number, found in enumerate(verdict.scores):
        four = placed[4 * number : 4 * number + 4]
        assert len({instance["x"] for instance in four}) == 1
        assert found == pytest.approx(four[0]["x"] + 10 + np.mean([noise(each) for each in four]))
    assert verdict.audited
    plain = judged.judge.plain.judge("train", judged.task.program.source.replace("1.5 * x", "1.0 * x"))
    assert plain.scores == verdict.scores
    assert judged.judge.plain.rejudge("train", plain) == plain
    assert len(judged.judge.plain.baselines("train")["none"]) == 12


def test_candidates_meet_the_same_chances(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings=FOUR)
    one, other = judged.verdicts(region("1.0 * x"), region("2.0 * x"))
    xs = [instance["x"] for instance in judged.judge.scoring.instances("train")[::4]]
    assert np.subtract(one.scores, other.scores) == pytest.approx(xs)


def test_the_candidate_can_draw_from_the_seed_and_still_passes_the_audit(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings=FOUR)
    verdict = judged.verdict(region("2.0 * x + (seed % 7) / 100.0"), incumbent=None)
    assert verdict.audited


def test_scores_that_are_exact_have_an_exact_mean(bench) -> None:
    judge = JUDGE + "\ndef score(instance, answer):\n    return instance['seed'] % 3\n"
    judged = bench("certificate", judge, PROGRAM, settings=FOUR)
    plain = judged.judge.plain.judge("train", judged.task.program.source)
    seeds = [instance["seed"] for instance in judged.judge.scoring.instances("train")]
    assert plain.exact[0] == str(Fraction(sum(seed % 3 for seed in seeds[:4]), 4))


def test_a_race_counts_instances_and_not_repeats(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings=f"{FOUR}\nstages = [3]")
    parent = judged.verdict(region("2.0 * x")).scores
    lost = judged.verdicts(region("70.0 * x"), race=(parent,))[0]
    assert lost.rejection is Rejection.OUTRACED
    assert (len(lost.scores), lost.work) == (3, 12)


def test_seeds_follow_from_split_place_repeat_and_seed_of_the_run(bench) -> None:
    task = bench("certificate", JUDGE, PROGRAM, settings=FOUR).task
    drawn = [
        tuple(instance["seed"] for instance in make_split(task, split, seed))
        for split, seed in (("train", 1), ("train", 2), ("test", 1))
    ]
    assert len({seed for seeds in drawn for seed in seeds}) == sum(map(len, drawn))
    assert make_split(task, "train", 1, count=2) == make_split(task, "train", 1)[:8]
    assert make_split(task, "test", 5, test_seed=1) == make_split(task, "test", 1)


@pytest.mark.parametrize(("instance", "why"), [("3.0", "is no dict"), ('{"seed": 1}', "of its own")])
def test_instances_that_cannot_take_a_seed_are_refused(tmp_path, instance: str, why: str) -> None:
    path = tmp_path / "noisy.py"
    path.write_text(
        '# /// task\n# direction = "minimize"\n# answer = "certificate"\n# repeats = 2\n# ///\n# %% judge\n'
        f"def instances(split, count, rng):\n    return [{instance}] * count\n"
        "def score(instance, answer):\n    return 1\n# %% program\n" + PROGRAM
    )
    with pytest.raises(TaskError, match=why):
        make_split(load(path), "train", 1)


def test_lint_sees_equal_instances_through_their_seeds(bench) -> None:
    same = JUDGE.replace("float(rng.uniform(1, 9))", "float(rng.integers(3))")
    texts = [found.text for found in lint_task(bench("certificate", same, PROGRAM, settings=FOUR).task)]
    assert any("instances stand in train and in test" in text for text in texts)
    good = lint_task(bench("certificate", JUDGE, PROGRAM, settings=FOUR).task)
    assert not [found for found in good if found.severity == "error"]
