"""Choosing among solutions when solutions, tests and judges may all be wrong.

Every selector of ``SELECTORS`` maps a boolean matrix of passes, solutions by tests, to a ``Choice``. The
others work on what their problem offers: answers with frequencies and rewards, outputs on shared inputs, or
a judge that compares two candidates.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy.typing as npt

from provolve.judge.selection.b4 import b4, b4_scores
from provolve.judge.selection.bayes import DEFAULT_PRIOR, bayes, bayes_scores
from provolve.judge.selection.best_of_majority import best_of_majority
from provolve.judge.selection.best_of_n import best_of_n
from provolve.judge.selection.choice import Choice, Picks, choose
from provolve.judge.selection.codet import codet, codet_scores
from provolve.judge.selection.consensus import functional_consensus
from provolve.judge.selection.enumeration import enumerate_posterior
from provolve.judge.selection.evidence import Evidence, count_evidence, read_matrix
from provolve.judge.selection.knockout import failure_bound, knockout, plan_knockout
from provolve.judge.selection.max_pass import max_pass, max_pass_scores
from provolve.judge.selection.maximin import Question, eliminate, next_question
from provolve.judge.selection.mbr_exec import mbr_exec, mbr_exec_scores
from provolve.judge.selection.outputs import number_outputs
from provolve.judge.selection.pooling import fit_rates, pooled_bayes, prior_around
from provolve.judge.selection.posterior import Prior, Rates, known_rates_scores, posterior_scores
from provolve.judge.selection.simulator import Setting, correctness, draw_matrices, simulate
from provolve.judge.selection.votes import majority_vote, weighted_vote

SELECTORS: Mapping[str, Callable[[npt.ArrayLike], Choice]] = MappingProxyType(
    {
        "bayes": bayes,
        "b4": b4,
        "codet": codet,
        "mbr-exec": mbr_exec,
        "max-pass": max_pass,
        "consensus": functional_consensus,
    }
)
"""Selectors on a matrix of passes alone, by the name a user types."""

__all__ = [
    "DEFAULT_PRIOR",
    "SELECTORS",
    "Choice",
    "Evidence",
    "Picks",
    "Prior",
    "Question",
    "Rates",
    "Setting",
    "b4",
    "b4_scores",
    "bayes",
    "bayes_scores",
    "best_of_majority",
    "best_of_n",
    "choose",
    "codet",
    "codet_scores",
    "correctness",
    "count_evidence",
    "draw_matrices",
    "eliminate",
    "enumerate_posterior",
    "failure_bound",
    "fit_rates",
    "functional_consensus",
    "knockout",
    "known_rates_scores",
    "majority_vote",
    "max_pass",
    "max_pass_scores",
    "mbr_exec",
    "mbr_exec_scores",
    "next_question",
    "number_outputs",
    "plan_knockout",
    "pooled_bayes",
    "posterior_scores",
    "prior_around",
    "read_matrix",
    "simulate",
    "weighted_vote",
]
