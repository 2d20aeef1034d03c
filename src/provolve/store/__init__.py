"""What happened: the record of a run, one SQLite file with one writer and many readers."""

from provolve.store.entries import CallSum, Entry, Improvement, OperatorCount
from provolve.store.export import export_csv, export_jsonl
from provolve.store.folder import RunSummary, create_run, find_run, list_runs, open_reader, open_writer
from provolve.store.reader import RunReader
from provolve.store.spec import AskRecord, Borrowed, RunSpec
from provolve.store.writer import RunWriter

__all__ = [
    "AskRecord",
    "Borrowed",
    "CallSum",
    "Entry",
    "Improvement",
    "OperatorCount",
    "RunReader",
    "RunSpec",
    "RunSummary",
    "RunWriter",
    "create_run",
    "export_csv",
    "export_jsonl",
    "find_run",
    "list_runs",
    "open_reader",
    "open_writer",
]
