"""Which port the web server takes."""

from __future__ import annotations

import errno
import socket

from config.embedded import processes
from config.embedded.faults import EmbeddedFault

FIRST = 8000
TRIES = 100
PATIENCE_S = 2.0
# Browsers try ::1 first for *.localhost: a stranger there would answer in our place.
_LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def exact(port: int) -> int:
    """Give `port` back if it is free on this machine; raise EmbeddedFault when it is taken.

    Waits a moment for it: a server of ours that was killed may be just about to let go.
    """
    if not processes.wait_until(lambda: is_free(port), timeout_s=PATIENCE_S):
        raise EmbeddedFault(
            f"Port {port} is taken by another program. Set PORT to a free one; without PORT the next free one is taken."
        )
    return port


def next_free(first: int = FIRST) -> int:
    """The first free port from `first` on; raise EmbeddedFault when a hundred are taken."""
    for port in range(first, first + TRIES):
        if is_free(port):
            return port
    raise EmbeddedFault(f"All ports from {first} to {first + TRIES - 1} are taken. Set PORT to a free one.")


def is_free(port: int) -> bool:
    """Whether nothing listens on `port` on either loopback address."""
    for family, address in _LOOPBACKS:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                # Connections that linger after a close do not count; whoever listens does.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            # EADDRNOTAVAIL, EAFNOSUPPORT: this machine has no IPv6.
    return True
