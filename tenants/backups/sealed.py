"""A file sealed at rest: a copy holds everything that a tenant has.

`FREEHOLD COPY 1`, a line of JSON with the data key sealed by the key ring, then chunks of 64 KiB under AES-256-GCM. The nonce of a chunk is its
number and whether it is the last, so that chunks cannot be swapped, and a file that was cut does not open. Every file has a key of its own.
The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, 2015).
"""

import io
from typing import IO, Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel import sealing
from tenants.problems import BackupDamaged, BackupUnreadable

MAGIC = b"FREEHOLD COPY 1\n"
CHUNK = 64 * 1024
TAG = 16
KEY_BITS = 256
HEADER_MAXIMUM = 4096


class SealedWriter(io.RawIOBase):
    """Seals what is written and passes it on to `target`; closing writes the last chunk and leaves `target` open."""

    def __init__(self, target: IO[bytes], *, name: str) -> None:
        super().__init__()
        key = AESGCM.generate_key(KEY_BITS)
        self._header = _header(name, sealed_key=sealing.seal_at_home(key, context=_context(name)))
        self._cipher = AESGCM(key)
        self._target = target
        self._waiting = bytearray()
        self._number = 0
        self._written = 0
        target.write(self._header)

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """How many bytes were written."""
        return self._written

    def write(self, data: Any) -> int:
        """Take bytes; whole chunks go on at once."""
        self._waiting += data
        self._written += len(data)
        # One byte at least stays for the last chunk, which is sealed as such.
        while len(self._waiting) > CHUNK:
            self._pass_on(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._pass_on(bytes(self._waiting), is_last=True)
        super().close()

    def _pass_on(self, chunk: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), chunk, self._header))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Opens a sealed file at any place; to be wrapped in `io.BufferedReader`. Raises BackupDamaged where a chunk does not open."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self._header, key = _opened_header(source)
        self._cipher = AESGCM(key)
        body = source.seek(0, io.SEEK_END) - len(self._header)
        self._chunks = max(1, -(-body // (CHUNK + TAG)))
        self._size = body - self._chunks * TAG
        self._position = 0
        self._kept: tuple[int, bytes] = (-1, b"")
        if self._size < 0:
            raise BackupDamaged("The copy is cut off: it ends inside its first lines.")
        self._chunk(self._chunks - 1)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the opened bytes."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as one chunk reaches."""
        if self._position >= self._size:
            return 0
        number, offset = divmod(self._position, CHUNK)
        piece = self._chunk(number)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _chunk(self, number: int) -> bytes:
        if self._kept[0] != number:
            self._source.seek(len(self._header) + number * (CHUNK + TAG))
            sealed = self._source.read(CHUNK + TAG)
            try:
                opened = self._cipher.decrypt(_nonce(number, is_last=number == self._chunks - 1), sealed, self._header)
            except InvalidTag as fault:
                raise BackupDamaged(
                    f"The copy was cut or altered: its chunk {number + 1} of {self._chunks} does not open."
                ) from fault
            self._kept = (number, opened)
        return self._kept[1]


def is_sealed(source: IO[bytes]) -> bool:
    """Whether a file begins like a sealed one; goes back to its beginning."""
    source.seek(0)
    beginning = source.read(len(MAGIC))
    source.seek(0)
    return beginning == MAGIC


def _opened_header(source: IO[bytes]) -> tuple[bytes, bytes]:
    """The header as it stands in the file, and the data key. Raises BackupUnreadable."""
    source.seek(len(MAGIC))
    line = source.readline(HEADER_MAXIMUM)
    try:
        document = orjson.loads(line)
        name, sealed_key = str(document["name"]), str(document["key"])
    except (ValueError, KeyError, TypeError) as fault:
        raise BackupUnreadable("Its first line cannot be read. The file is damaged, or it is no copy of a tenant.") from fault
    try:
        return MAGIC + line, sealing.unseal(sealed_key, context=_context(name))
    except sealing.Unsealable as fault:
        raise BackupUnreadable(
            f"It cannot be opened: {fault}. It was sealed by another installation, or its key is no longer in SEALING_KEYS."
        ) from fault


def _header(name: str, *, sealed_key: str) -> bytes:
    return MAGIC + orjson.dumps({"key": sealed_key, "name": name}) + b"\n"


def _nonce(number: int, *, is_last: bool) -> bytes:
    return bytes([is_last]) + number.to_bytes(11)


def _context(name: str) -> str:
    return f"tenants.copy:{name}"
