"""What is asked: the settings of a task, its judge, its instances, and loading it."""

from provolve.task.bundled import Listed, gallery, listed
from provolve.task.judge_module import JudgeModule
from provolve.task.lint import Finding, lint
from provolve.task.loading import load
from provolve.task.new_task import NEW_TASK
from provolve.task.settings import Settings
from provolve.task.splits import generated, make_split
from provolve.task.task import Task

__all__ = [
    "NEW_TASK",
    "Finding",
    "JudgeModule",
    "Listed",
    "Settings",
    "Task",
    "gallery",
    "generated",
    "lint",
    "listed",
    "load",
    "make_split",
]
