"""One `manage.py up` per var folder: who runs it, and how to end it from elsewhere.

The claim is a lock on a file, not the file: the kernel lifts it with the process, so that no crash leaves one behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.embedded import folders, processes
from config.embedded.faults import EmbeddedFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.embedded.addresses import Addresses

STOP_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the claim: a process number, and the port and address that it serves."""

    pid: int
    port: int
    address: str


@contextlib.contextmanager
def held(addresses: Addresses, *, port: int, address: str) -> Iterator[None]:
    """Hold the claim and tell others `address`; raise EmbeddedFault when another process holds it."""
    folders.ensure(addresses)
    with addresses.supervisor_file.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            there = _read(addresses)
            where = f"as process {there.pid} at {there.address}" if there else "and is starting"
            raise EmbeddedFault(f"Freehold already runs {where}. `make down` stops it.") from error
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "port": port, "address": address}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def holder(addresses: Addresses) -> Holder | None:
    """Who holds the claim now; None when nobody does."""
    return _read(addresses) if _is_held(addresses) else None


def end(addresses: Addresses) -> Holder | None:
    """Ask the holder to end, and wait until it did; who it was, None when nobody held the claim."""
    there = holder(addresses)
    if there is None:
        return None
    try:
        os.kill(there.pid, signal.SIGTERM)
    except PermissionError as error:
        raise EmbeddedFault(f"Process {there.pid} belongs to another user; only that user or root can stop it.") from error
    except ProcessLookupError:
        return there
    if not processes.wait_until(lambda: not _is_held(addresses), timeout_s=STOP_TIMEOUT_S):
        raise EmbeddedFault(f"Process {there.pid} did not end within {STOP_TIMEOUT_S:.0f} s.")
    return there


def _is_held(addresses: Addresses) -> bool:
    try:
        with addresses.supervisor_file.open("r", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _read(addresses: Addresses) -> Holder | None:
    try:
        content = json.loads(addresses.supervisor_file.read_text(encoding="utf-8"))
        return Holder(pid=int(content["pid"]), port=int(content["port"]), address=str(content["address"]))
    except (OSError, ValueError, KeyError):
        return None
