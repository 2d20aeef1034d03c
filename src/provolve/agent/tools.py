"""The tools that an agent sees: their names, what they take, what they do."""

from __future__ import annotations

from typing import Any

import msgspec

INSTRUCTIONS = """\
You improve a program. A judge that you cannot reach scores what you submit, in a sandbox without network and
files. Call `task` first, then `submit` changed programs and learn from the verdicts. Several may be submitted
at a time. Every submission is recorded, and counts against the budget once it runs. When nothing better comes
to mind, or the budget is spent, call `finish`: it returns the result on instances that nobody has seen.\
"""


class TaskCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is asked."""


class ElitesCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `elites` takes."""

    limit: int = 10
    """How many, at most 100."""
    sources: bool = False
    """Whether to return the text of their regions too."""


class SourceCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `source` takes."""

    digest: str


class SubmitCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `submit` takes: an edit or regions."""

    edit: str | None = None
    regions: tuple[str, ...] | None = None
    parent: str = ""


class StatusCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is asked."""


class FinishCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is asked."""


ToolCall = TaskCall | ElitesCall | SourceCall | SubmitCall | StatusCall | FinishCall

_DIGEST = {"type": "string", "description": "Digest of a candidate, or at least its first six digits."}
_NOTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


class Tool(msgspec.Struct, frozen=True):
    """One tool as a client is told of it."""

    call: type[ToolCall]
    description: str
    schema: dict[str, Any]
    """JSON schema of its arguments."""
    reads: bool
    """Whether it changes nothing."""


def _takes(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


TOOLS: dict[str, Tool] = {
    "task": Tool(
        TaskCall,
        "Read the task: statement, direction, whole program with the regions that may change, entry point, "
        "baselines with their losses on train, published values, limits, and what is left of the budget.",
        _NOTHING,
        True,
    ),
    "elites": Tool(
        ElitesCall,
        "List the best candidates so far with digest and loss on train (smaller is better), best first.",
        _takes(
            limit={"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
            sources={"type": "boolean", "default": False, "description": "Return their regions too."},
        ),
        True,
    ),
    "source": Tool(
        SourceCall,
        "Read the source of any candidate that was judged or rejected in this run.",
        {**_takes(digest=_DIGEST), "required": ["digest"]},
        True,
    ),
    "submit": Tool(
        SubmitCall,
        "Submit one candidate and wait for its verdict: accepted with its loss and its score on each train "
        "instance, or rejected with a named reason and what to do. Give either `edit` or `regions`.",
        _takes(
            edit={
                "type": "string",
                "description": "SEARCH/REPLACE blocks against the parent: a line `<<<<<<< SEARCH`, old lines "
                "exactly as they stand in one place of a region, `=======`, new lines, `>>>>>>> REPLACE`.",
            },
            regions={
                "type": "array",
                "items": {"type": "string"},
                "description": "The whole new text of every region, in order, without the marks around it.",
            },
            parent={
                "type": "string",
                "description": "Digest of the candidate that is changed, or at least its first six digits; "
                "the best so far if left out.",
            },
        ),
        False,
    ),
    "status": Tool(
        StatusCall,
        "Say how the run stands: budget, what is spent, best so far, whether it is over.",
        _NOTHING,
        True,
    ),
    "finish": Tool(
        FinishCall,
        "End the search for good. The champion is chosen on validation instances, the sealed test is opened, "
        "and the claim is returned. Nothing can be submitted after.",
        _NOTHING,
        False,
    ),
}


def read_call(name: str, arguments: dict[str, Any]) -> ToolCall:
    """Return a call of the tool ``name`` with ``arguments``.

    Raises:
        ValueError: if there is no such tool, or the arguments are not what it takes.
    """
    tool = TOOLS.get(name)
    if tool is None:
        raise ValueError(f"there is no tool {name!r}: choose one of {', '.join(TOOLS)}")
    try:
        call = msgspec.convert(arguments, tool.call)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name} does not take these arguments: {error}") from error
    if isinstance(call, SubmitCall) and (call.edit is None) == (call.regions is None):
        raise ValueError("submit takes either `edit` or `regions`: give one of the two")
    if isinstance(call, ElitesCall) and not 1 <= call.limit <= 100:
        raise ValueError(f"limit is {call.limit}: choose 1 to 100")
    return call
