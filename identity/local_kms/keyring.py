"""The keys of the service: versions of named keys in one file that only its user may read."""

import base64
import os
import re
from pathlib import Path
from threading import Lock
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BITS: Final = 256
NONCE_BYTES: Final = 12
PRIVATE_FILE: Final = 0o600
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
CIPHERTEXT: Final = re.compile(r"vault:v([1-9]\d{0,8}):([A-Za-z0-9+/=]+)", re.ASCII)


class Refused(Exception):
    """The call cannot be answered: its text does not open, or it names a key that is not there."""


class Keyring:
    """Named keys, each with versions from 1 on: the newest encrypts, all decrypt. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._versions: dict[str, list[bytes]] = _read(path)

    def newest(self, name: str) -> int:
        """The newest version of a key. Raises Refused."""
        return len(self._of(name))

    def ensure(self, name: str) -> None:
        """Make the key if it is not there. Raises Refused for a name that cannot be one."""
        if NAME.fullmatch(name) is None:
            raise Refused("a key is named with small letters, digits and hyphens")
        with self._lock:
            if name not in self._versions:
                self._add(name)

    def rotate(self, name: str) -> int:
        """Add a version, which encrypts from now on. Raises Refused."""
        self._of(name)
        with self._lock:
            self._add(name)
        return self.newest(name)

    def encrypt(self, name: str, *, plain: bytes, context: bytes) -> str:
        """`vault:v<version>:<base64>`. Raises Refused."""
        versions = self._of(name)
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(versions[-1]).encrypt(nonce, plain, context)
        return f"vault:v{len(versions)}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, name: str, *, text: str, context: bytes) -> bytes:
        """What was encrypted with the same context. Raises Refused."""
        versions, found = self._of(name), CIPHERTEXT.fullmatch(text)
        if found is None or int(found[1]) > len(versions):
            raise Refused("that is no text of this key")
        try:
            sealed = base64.b64decode(found[2], validate=True)
            return AESGCM(versions[int(found[1]) - 1]).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as fault:
            raise Refused("the text was altered, or belongs to another context") from fault

    def _of(self, name: str) -> list[bytes]:
        found = self._versions.get(name)
        if found is None:
            raise Refused("there is no key of that name")
        return found

    def _add(self, name: str) -> None:
        self._versions[name] = [*self._versions.get(name, []), AESGCM.generate_key(KEY_BITS)]
        _write(self._path, self._versions)


def _read(path: Path) -> dict[str, list[bytes]]:
    if not path.is_file():
        return {}
    document: dict[str, list[str]] = orjson.loads(path.read_bytes())
    return {name: [base64.b64decode(key) for key in keys] for name, keys in document.items()}


def _write(path: Path, versions: dict[str, list[bytes]]) -> None:
    document: dict[str, Any] = {name: [base64.b64encode(key).decode() for key in keys] for name, keys in versions.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as target:
        target.write(orjson.dumps(document))
        target.flush()
        os.fsync(target.fileno())
    unfinished.rename(path)
