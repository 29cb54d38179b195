"""Secrets that a machine makes for itself, once, and keeps in `var/secrets`, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from config.embedded.addresses import Addresses

DATABASE_PASSWORD = "database_password"  # noqa: S105 - the name of a file
_RANDOM_BYTES = 32


def secret(addresses: Addresses, name: str, *, form: str = "{}") -> str:
    """Give the secret kept under `name`, making it at the first call: 32 random bytes as URL-safe base64, put into `form`.

    Two processes that ask at once get the same one: the file appears whole or not at all, and the first one stays.
    """
    path = addresses.secrets / name
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        _make(path, form.format(secrets.token_urlsafe(_RANDOM_BYTES)))
        return path.read_text(encoding="ascii").strip()


def sealing_ring(addresses: Addresses) -> str:
    """The key ring for secrets at rest, `id:base64` each, separated by commas; put a newer key in front of it by hand to rotate."""
    return secret(addresses, "sealing_keys", form="k1:{}")


def _make(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(content + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
