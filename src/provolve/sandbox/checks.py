"""Statements tried on a program, each by itself: which of them hold."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence


def failures(
    program: types.ModuleType, checks: Sequence[str], explain: Callable[[BaseException], str]
) -> list[str]:
    """Return for each check what it raised, as ``explain`` says it; empty where it holds.

    Each runs in a namespace of its own that begins as the program's; what they do to shared objects stays.
    """
    found = []
    for check in checks:
        try:
            exec(compile(check, "<check>", "exec", dont_inherit=True), dict(vars(program)))
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - untrusted: even SystemExit is an outcome
            found.append(explain(error))
        else:
            found.append("")
    return found
