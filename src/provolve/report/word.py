"""The mark of scores that nobody checked."""

from __future__ import annotations

MARK = "self-judged"
MEANING = "the task's evaluator ran beside the candidate, which could have given itself any score"
"""What the mark says, as the rest of a sentence."""

LAST_WORD = "its evaluator speaks once more"
"""What happens at the end of a run where no test is sealed."""


def marked(name: str, self_judged: bool) -> str:
    """Return ``name``, of a task or a column, with the mark where it belongs."""
    return f"{name} ({MARK})" if self_judged else name
