"""How models are asked, as a run's options say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import urlsplit

from provolve.errors import UsageError
from provolve.propose.model.allocation import POLICIES

FORMS = ("auto", "edit", "region")


@dataclass(frozen=True)
class Options:
    """What the options of `ModelProposer` say of calls and prompts; see there for each.

    Raises:
        UsageError: if one of them cannot be meant.
    """

    in_flight: int = 4
    base_url: str = ""
    form: str = "auto"
    prompt_tokens: int = 8000
    max_tokens: int = 4096
    temperature: float | None = None
    top_p: float | None = None
    reasoning_effort: str | None = None
    system: str = ""
    deadline: float = 300.0
    tries: int = 4
    pause: float = 0.5
    feedback: bool = True
    structured: bool = True
    allocation: str = "adaptive"
    samples: int | None = None
    repairs: int | None = None

    def __post_init__(self) -> None:
        least = (
            ("in_flight", self.in_flight, 1),
            ("prompt_tokens", self.prompt_tokens, 200),
            ("max_tokens", self.max_tokens, 1),
            ("tries", self.tries, 1),
            ("samples", self.samples, 1),
            ("repairs", self.repairs, 0),
        )
        for name, value, limit in least:
            if value is not None and value < limit:
                raise UsageError(f"{name} is {value}: give at least {limit}")
        if self.deadline <= 0 or self.pause < 0:
            raise UsageError(
                f"deadline is {self.deadline}, pause {self.pause}: give seconds above 0, and from 0"
            )
        if self.temperature is not None and not 0 <= self.temperature < math.inf:
            raise UsageError(f"temperature is {self.temperature}: give a number from 0")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise UsageError(f"top_p is {self.top_p}: give a number above 0, at most 1")
        if self.allocation not in POLICIES:
            raise UsageError(f"allocation is {self.allocation!r}: choose one of {', '.join(POLICIES)}")
        if self.form not in FORMS:
            raise UsageError(f"form is {self.form!r}: choose one of {', '.join(FORMS)}")
        if "@" in urlsplit(self.base_url).netloc:
            raise UsageError("the base URL holds a name or password: keys come from OPENAI_API_KEY alone")
