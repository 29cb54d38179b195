"""Reading a copy: nothing of it is believed before it was checked, and no name in it is ever used as a path.

What is unpacked is counted against the manifest while it comes, so that a small file cannot fill a disk or a memory.
"""

import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tenants.backups import manifest
from tenants.backups.manifest import Manifest, Part, Table
from tenants.backups.pulse import Pulse
from tenants.backups.sealed import CHUNK, SealedReader, is_sealed
from tenants.places import Progress
from tenants.problems import BackupDamaged, BackupUnreadable

MANIFEST_NAME = "manifest.json"
MEMBERS_MAXIMUM = 100_000
READ = 64 * 1024
UNPACKED = 256 * 1024
GZIP = 31


class Archive:
    """An open copy: its manifest, and the rows of each table."""

    def __init__(self, tar: tarfile.TarFile, *, members: dict[str, tarfile.TarInfo]) -> None:
        self._tar = tar
        self._members = members
        self.manifest_bytes = self._whole(MANIFEST_NAME)
        self.manifest = manifest.parse(self.manifest_bytes)
        self._require_all()

    def text_of(self, table: Table) -> Iterator[bytes]:
        """The rows of a table as text of COPY. Raises BackupDamaged, at the latest at the end, when they are not what the manifest says."""
        digest, rows, size = hashlib.sha256(), 0, 0
        for part in table.parts:
            for piece in self._unpacked(part, table=table.name):
                size += len(piece)
                if size > table.bytes:
                    raise _damaged(table.name, "it holds more than its manifest says")
                digest.update(piece)
                rows += piece.count(b"\n")
                yield piece
        if (size, rows, digest.hexdigest()) != (table.bytes, table.rows, table.sha256):
            raise _damaged(table.name, "its checksum does not hold")

    def _unpacked(self, part: Part, *, table: str) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(GZIP)
        try:
            for packed in self._pieces(part.name):
                waiting = packed
                while waiting and not unpacker.eof:
                    yield unpacker.decompress(waiting, UNPACKED)
                    waiting = unpacker.unconsumed_tail
            # What the unpacker still holds back is less than one window.
            yield unpacker.flush()
        except zlib.error as fault:
            raise _damaged(table, "it cannot be unpacked") from fault
        if not unpacker.eof or unpacker.unused_data:
            raise _damaged(table, "a part of it is cut, or something was put behind it")

    def _pieces(self, name: str) -> Iterator[bytes]:
        file = self._tar.extractfile(self._members[name])
        if file is None:
            raise BackupUnreadable(f"Its part {name} is no file.")
        try:
            while piece := file.read(READ):
                yield piece
        except tarfile.ReadError as fault:
            raise BackupDamaged("The copy is cut off.") from fault

    def _whole(self, name: str) -> bytes:
        member = self._members.get(name)
        if member is None:
            raise BackupUnreadable("It has no manifest. The file is cut off, or it is no copy of a tenant.")
        if member.size > manifest.MAXIMUM_BYTES:
            raise BackupUnreadable("Its manifest is too large to be one.")
        return b"".join(self._pieces(name))

    def _require_all(self) -> None:
        """The parts that the manifest names are there with their sizes, and nothing else is."""
        said = {part.name: part.size_bytes for table in self.manifest.tables for part in table.parts}
        found = {name: member.size for name, member in self._members.items() if name != MANIFEST_NAME}
        if said != found:
            odd = sorted({name for name, _ in said.items() ^ found.items()})[0]
            raise BackupDamaged(
                f"The copy does not hold what its manifest says: {odd[:100]} is missing, too much, or of another size."
            )


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A copy, sealed or plain. Raises BackupUnreadable, BackupDamaged."""
    with path.open("rb") as file, _plain(file) as plain:
        try:
            tar = tarfile.open(fileobj=plain, mode="r:", errors="strict")  # noqa: SIM115 - closed with what it reads
        except tarfile.TarError as fault:
            raise BackupUnreadable("It is no copy of a tenant: neither sealed by Freehold nor an archive.") from fault
        yield Archive(tar, members=_members(tar))


def read_manifest(path: Path) -> Manifest:
    """What a copy says about itself. Raises BackupUnreadable, BackupDamaged."""
    with opened(path) as archive:
        return archive.manifest


def manifest_digest(path: Path) -> str:
    """The SHA-256 of a copy's manifest, as the row of the copy remembers it. Raises BackupUnreadable, BackupDamaged."""
    with opened(path) as archive:
        return hashlib.sha256(archive.manifest_bytes).hexdigest()


def verify(path: Path, *, on_progress: Progress) -> Manifest:
    """Read a copy from end to end and check everything in it; nothing is written. Raises BackupUnreadable, BackupDamaged."""
    pulse, done = Pulse(on_progress), 0
    with opened(path) as archive:
        for table in archive.manifest.tables:
            for piece in archive.text_of(table):
                done += len(piece)
                pulse.at(done, archive.manifest.text_bytes, table.name)
        return archive.manifest


def plain_pieces(path: Path) -> Iterator[bytes]:
    """A copy's archive without its seal, piece by piece, for whoever it is handed to. Raises BackupUnreadable, BackupDamaged."""
    with path.open("rb") as file, _plain(file) as plain:
        while piece := plain.read(READ):
            yield piece


def sealed_pieces(path: Path) -> Iterator[bytes]:
    """A copy's file as it lies there, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(READ):
            yield piece


def _members(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    try:
        for member in tar:
            if member.type != tarfile.REGTYPE or member.name in found or len(found) >= MEMBERS_MAXIMUM:
                raise BackupUnreadable("It holds something that no copy of a tenant holds: links, folders, or the same name twice.")
            found[member.name] = member
    except tarfile.TarError as fault:
        raise BackupDamaged("The copy is cut off.") from fault
    return found


def _plain(file: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(SealedReader(file), CHUNK) if is_sealed(file) else file


def _damaged(table: str, why: str) -> BackupDamaged:
    return BackupDamaged(f"The copy was cut or altered: of the table {table}, {why}.", table=table)
