"""The command line."""

from provolve.cli.group import main

__all__ = ["main"]
