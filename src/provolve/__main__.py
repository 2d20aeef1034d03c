"""``python -m provolve`` is the command ``provolve``."""

from provolve.cli import main

main()
