"""What the worst candidates do, and what must be true afterwards: a table, and how it is run.

Used by the tests, and by ``provolve doctor --hostile`` on a user's machine.
"""

from provolve.sandbox.attacks import across, files, inside, kernel, messages, processes
from provolve.sandbox.attacks.attack import Attack
from provolve.sandbox.attacks.surroundings import Surroundings, planted
from provolve.sandbox.attacks.trial import PROFILE, Outcome, run_attack, suite

ATTACKS: tuple[Attack, ...] = (
    *processes.ENDING,
    *processes.ENDLESS,
    *processes.MEMORY,
    *processes.PROCESSES,
    *files.FILES,
    *files.NETWORK,
    *kernel.JUDGE,
    *kernel.SYSTEM_CALLS,
    *inside.CLOCK,
    *inside.FRAMES,
    *messages.PIPE,
    *messages.OBJECTS,
    *across.STATE,
    *inside.FLOODS,
    *inside.COMPILER,
    *across.SECRETS,
)

__all__ = ["ATTACKS", "PROFILE", "Attack", "Outcome", "Surroundings", "planted", "run_attack", "suite"]
