"""Reading a model's reply: tolerant of what stands around the code, never of what the code is."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

from provolve.program import Program
from provolve.record import Edit, Rewrite

_THINKING = re.compile(r"<(think|thinking|reasoning|thought)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPEN_THINKING = re.compile(r"<(?:think|thinking|reasoning|thought)>.*\Z", re.DOTALL | re.IGNORECASE)
_END_OF_THINKING = re.compile(r"\A.*</(?:think|thinking|reasoning|thought)>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(
    r"^[ \t]*(```+|~~~+)[ \t]*([\w+#.-]*)[^\n]*\n(.*?)^[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE
)
_OPEN_FENCE = re.compile(r"^[ \t]*(?:```+|~~~+)[ \t]*([\w+#.-]*)[^\n]*\n(.*)\Z", re.DOTALL | re.MULTILINE)
_SEARCH = re.compile(r"^[ \t]*<{5,9} ?SEARCH[ \t]*$", re.MULTILINE)
_SEPARATOR = re.compile(r"^[ \t]*={5,9}[ \t]*$", re.MULTILINE)
_REPLACE = re.compile(r"^[ \t]*>{5,9} ?REPLACE[ \t]*$", re.MULTILINE)
_MARKED = re.compile(
    r"^[ \t]*#[ \t]*EVOLVE-BLOCK-START[ \t]*\n(.*?)^[ \t]*#[ \t]*EVOLVE-BLOCK-END[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_CODE_BEGINS = re.compile(r"^(?:def |class |import |from \w|@|[A-Za-z_]\w* *=)", re.MULTILINE)
_PYTHON = ("python", "py", "python3", "")
_LONGEST = 200_000


def without_thinking(text: str) -> str:
    """Return a reply without its thinking sections, one that was never closed or opened among them."""
    text = _THINKING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _END_OF_THINKING.sub("", text)
    return _OPEN_THINKING.sub("", text).strip("\n")


def read_change(text: str, program: Program) -> Edit | Rewrite:
    """Return the change that a reply without thinking sections makes.

    SEARCH/REPLACE blocks come first; else code in fences, else the whole text if it is Python. A whole
    program is cut down to its regions where its marks or its fixed lines tell them. A text in which nothing
    is found becomes an edit that the strict reading rejects by name.
    """
    text = text[:_LONGEST]
    if _SEARCH.search(text):
        return Edit(_exact_marks(text))
    found = read_code(text)
    if not found:
        return Edit(text)
    return Rewrite(_regions(found, program))


def _exact_marks(text: str) -> str:
    text = _SEARCH.sub("<<<<<<< SEARCH", text)
    return _REPLACE.sub(">>>>>>> REPLACE", _SEPARATOR.sub("=======", text))


def read_code(text: str) -> list[str]:
    """Return the pieces of code in a reply; those said to be Python where there are any."""
    fenced = [(match[2].lower(), match[3]) for match in _FENCE.finditer(text)]
    if not fenced and (cut := _OPEN_FENCE.search(text)):
        fenced = [(cut[1].lower(), cut[2])]
    if fenced:
        python = [code for language, code in fenced if language in _PYTHON]
        return python or [code for _, code in fenced]
    if _is_python(text):
        return [text]
    begin = _CODE_BEGINS.search(text)
    rest = "" if begin is None else text[begin.start() :]
    return [rest] if rest and _is_python(rest) else []


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    # A word or two of prose is Python too: an expression of names.
    return any(not isinstance(node, ast.Expr) for node in body)


def _regions(pieces: Sequence[str], program: Program) -> tuple[str, ...]:
    count = len(program.regions)
    for piece in reversed(pieces):
        marked = _MARKED.findall(piece)
        if len(marked) == count:
            return tuple(marked)
    if len(pieces) == count and count > 1:
        return tuple(pieces)
    longest = max(pieces, key=len)
    return (_cut_to_region(longest, program),) if count == 1 else tuple(pieces)


def _cut_to_region(code: str, program: Program) -> str:
    """Return the region's part of a whole program whose fixed lines stand unchanged around it."""
    region = program.regions[0]
    head, tail = program.source[: region.start].strip("\n"), program.source[region.end :].strip("\n")
    body = code.strip("\n")
    if head and body.startswith(head):
        body = body[len(head) :].strip("\n")
    if tail and body.endswith(tail):
        body = body[: -len(tail)].strip("\n")
    return body + "\n"
