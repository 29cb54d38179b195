"""Evidence that leaves the house: bundles of entries with their proofs, and the program that checks them anywhere."""

from audit.evidence.bundling import Bundle, build
from audit.evidence.selecting import Selection

__all__ = ["Bundle", "Selection", "build"]
