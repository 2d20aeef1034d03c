"""Where candidates run: confined processes that answer with plain data."""

from provolve.sandbox.child import Child
from provolve.sandbox.devices import of_gpus
from provolve.sandbox.failures import ChildFailed, SandboxError
from provolve.sandbox.holes import Hole
from provolve.sandbox.probe import Findings, Layer, probe
from provolve.sandbox.profile import Profile
from provolve.sandbox.sandbox import Sandbox
from provolve.sandbox.scratch import clear
from provolve.sandbox.wire import LARGEST_FRACTION, WireError, decode, encode

__all__ = [
    "LARGEST_FRACTION",
    "Child",
    "ChildFailed",
    "Findings",
    "Hole",
    "Layer",
    "Profile",
    "Sandbox",
    "SandboxError",
    "WireError",
    "clear",
    "decode",
    "encode",
    "of_gpus",
    "probe",
]
