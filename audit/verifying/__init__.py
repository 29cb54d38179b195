"""Verification of a log: everything that can be checked from here, and against what others hold (ADR 29)."""

from audit.verifying.findings import Answer, Basis, Check, Depth, Fault, Removed, Verification
from audit.verifying.held import Held
from audit.verifying.held import parse as parse_held
from audit.verifying.running import quietly, verify
from audit.verifying.walking import Progress

__all__ = [
    "Answer",
    "Basis",
    "Check",
    "Depth",
    "Fault",
    "Held",
    "Progress",
    "Removed",
    "Verification",
    "parse_held",
    "quietly",
    "verify",
]
