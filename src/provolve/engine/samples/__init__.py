"""Scoring samples of code generators: files, sandboxed runs, timing, results that can be resumed."""
