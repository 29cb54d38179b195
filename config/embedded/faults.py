"""What can stop the embedded services, told to the person at the keyboard."""

from __future__ import annotations


class EmbeddedFault(Exception):
    """A service cannot be started or stopped; the message says why and what to do."""
