"""The whole record of a run as one text, to compare runs by."""

import io
from pathlib import Path

from provolve.store import RunReader, export_jsonl


def canonical(path: str | Path) -> str:
    """Return the export of the run at ``path``, without anything that a clock told."""
    out = io.StringIO()
    with RunReader(Path(path)) as reader:
        export_jsonl(reader, out)
    return out.getvalue()
