"""Folders that only their owner may enter, and the lock that lets one command at a time start or stop services."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from typing import TYPE_CHECKING

from config.embedded.faults import EmbeddedFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.embedded.account import Account
    from config.embedded.addresses import Addresses


def ensure(addresses: Addresses) -> None:
    """Make the var folder and those below it that belong to us; the ones of PostgreSQL are made with its account."""
    try:
        addresses.var.mkdir(parents=True, exist_ok=True)
        for folder in (addresses.logs, addresses.redis_data):
            private(folder)
        addresses.static.mkdir(exist_ok=True)
        # Everybody may pass, nobody may list: each socket's own folder is private.
        addresses.run.mkdir(mode=0o711, exist_ok=True)
        _refuse_foreign(addresses.run)
        private(addresses.redis_socket.parent)
    except PermissionError as error:
        message = f"{error.filename} cannot be written: run as the user who made {addresses.var}, or set FREEHOLD_VAR."
        raise EmbeddedFault(message) from error


def private(folder: Path, *, account: Account | None = None) -> None:
    """Make `folder` if needed and close it to all but its owner: us, or `account`."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None and account.is_other:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    _refuse_foreign(folder, account=account)
    folder.chmod(0o700)


@contextlib.contextmanager
def locked(addresses: Addresses) -> Iterator[None]:
    """Wait for our turn to start or stop services of this installation, and hold it."""
    with addresses.lock_file.open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _refuse_foreign(folder: Path, *, account: Account | None = None) -> None:
    """The fallback for sockets lies below /tmp, where anybody may have put a folder or a link first."""
    status = folder.lstat()
    allowed = {os.geteuid()} if account is None else {account.uid}
    if os.geteuid() == 0 and account is None:
        allowed.add(folder.parent.stat().st_uid)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in allowed:
        raise EmbeddedFault(
            f"{folder} belongs to somebody else or is not a folder; remove it, or set FREEHOLD_VAR to a shorter path."
        )
