"""The frames that cross between judge, zygote and child: headers, operations, statuses.

Loaded on both sides of the wall, and so free of imports from the rest of the project.
"""

from __future__ import annotations

import struct

REQUEST = struct.Struct("<QQ")
"""Judge to child: nonce, bytes of payload."""
REPLY = struct.Struct("<QQB7x")
"""Child to judge: nonce of the request, bytes of payload, status."""

PUT, CALL, PROVE, TRACE, CHECK, PRINTED, WATCH = range(7)

ANSWERED, LOAD_FAILED, RAISED, MALFORMED, TOO_LARGE, OUT_OF_MEMORY, READY = range(7)
REASONS = {
    LOAD_FAILED: "load_failed",
    RAISED: "raised",
    MALFORMED: "answer_malformed",
    TOO_LARGE: "answer_too_large",
    OUT_OF_MEMORY: "memory",
}

ORDER = struct.Struct("<BxxxI")
"""Judge to zygote: what to do, with which process; to fork, the number of the child's scratch folder."""
REPORT = struct.Struct("<Iiiid")
"""Zygote to judge: process, error number or 0, wait status, whether it had to be killed, CPU seconds."""
FORK, KILL, AWAIT = range(3)

EXIT_CONFINEMENT = 86
"""Exit code of a child that could not put its confinement on."""
EXIT_MEMORY = 87
"""Exit code of a child that had not even the memory to say that it had none."""
EXIT_PIPE = 88
"""Exit code of a child whose pipe failed it."""
PROGRAM = "<program>"
HARNESS = "<harness>"
"""File names under which tracebacks show the candidate and the harness."""
