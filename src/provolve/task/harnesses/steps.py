"""Calls the entry point once an observation."""

from typing import Any

ENTRY = ""


def step(program: Any, observation: Any) -> Any:
    """Return the entry point's decision; a dict is its keyword arguments, anything else its only one."""
    entry = getattr(program, ENTRY)
    return entry(**observation) if isinstance(observation, dict) else entry(observation)
