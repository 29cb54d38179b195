"""Which port the web server takes, and that no other `manage.py up` takes it meanwhile."""

from __future__ import annotations

import contextlib
import errno
import socket
from typing import TYPE_CHECKING

from config.embedded import processes
from config.embedded.faults import EmbeddedFault

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = 8000
TRIES = 100
PATIENCE_S = 2.0
# Browsers try ::1 first for *.localhost: a stranger there would answer in our place.
_LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


@contextlib.contextmanager
def exact(port: int) -> Iterator[int]:
    """Hold `port` for the length of a block if it is free on this machine; raise EmbeddedFault when it is taken.

    Waits a moment for it: a server of ours that was killed may be just about to let go.
    """
    with contextlib.ExitStack() as holding:
        if not processes.wait_until(lambda: _hold(port, holding=holding), timeout_s=PATIENCE_S):
            raise EmbeddedFault(
                f"Port {port} is taken by another program. Set PORT to a free one; without PORT the next free one is taken."
            )
        yield port


@contextlib.contextmanager
def next_free(first: int = FIRST) -> Iterator[int]:
    """Hold the first free port from `first` on for the length of a block; raise EmbeddedFault when a hundred are taken."""
    with contextlib.ExitStack() as holding:
        port = next((port for port in range(first, first + TRIES) if _hold(port, holding=holding)), None)
        if port is None:
            raise EmbeddedFault(f"All ports from {first} to {first + TRIES - 1} are taken. Set PORT to a free one.")
        yield port


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


def _hold(port: int, *, holding: contextlib.ExitStack) -> bool:
    """Whether `port` is ours until `holding` ends.

    The web server binds its port only after the databases are up; a second start in between would find the port free as well. So the
    port is held under a name that the kernel gives to one process in a network, as it does with ports, and takes back when that process ends.
    """
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mark.bind(f"\0freehold-port-{port}")
    except OSError as error:
        mark.close()
        if error.errno == errno.EADDRINUSE:
            return False
        raise
    if not is_free(port):
        mark.close()
        return False
    holding.callback(mark.close)
    return True
