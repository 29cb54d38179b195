"""The file of an export at rest: a folder of sealed parts, and the key that they were sealed with.

Every export has a key of its own, kept beside the parts under the installation's ring. A part is `nonce ‖ ciphertext`, AES-256-GCM with the id of
the export, the number of the part and whether it is the last as associated data: parts cannot be swapped or carried elsewhere, and a file that
was cut does not open. A part is written under a temporary name, brought to the disk and renamed, so that what has its name is whole; after a
crash the next worker writes on behind the last part that its operation knows of.
"""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from audit.models import Export
from audit.problems import ExportDamaged
from kernel import ids, sealing, tenancy

KEY_BITS, NONCE_BYTES = 256, 12
KEPT_DAYS = 7
KEY_FILE, LAST = "key", "last"
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


def new_path(export_id: UUID) -> str:
    """Where an export of the active tenant lies, below the folder of exports."""
    return f"{ids.show('ten', tenancy.current().id)}/{ids.show('exp', export_id)}"


def begin(export: Export) -> None:
    """Make the folder and the key of an export. Idempotent: those of an earlier worker are kept."""
    folder = _folder(export)
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if not (folder / KEY_FILE).is_file():
        key = AESGCM.generate_key(KEY_BITS)
        _write(folder / KEY_FILE, sealing.seal(key, context=_context(export)).encode())


def put(export: Export, *, number: int, content: bytes) -> None:
    """Write one part; one that an earlier worker left is replaced. Raises ExportDamaged when the folder is gone."""
    _put(export, name=f"{number:08d}", number=number, content=content)


def finish(export: Export, *, number: int) -> None:
    """Mark the end behind `number` parts, and remove what an earlier worker wrote beyond it."""
    for path in _folder(export).glob("[0-9]*"):
        if not path.name.isdigit() or int(path.name) >= number:
            path.unlink()
    _put(export, name=LAST, number=number, content=b"")


def pieces(export: Export) -> Iterator[bytes]:
    """What was written, part by part. Raises ExportDamaged before the first piece when the end is missing, and where a part does not open."""
    folder, cipher = _folder(export), _cipher(export)
    numbers = sorted(int(path.name) for path in folder.glob("[0-9]*") if path.name.isdigit())
    if numbers != list(range(len(numbers))):
        raise _damaged()
    _opened(export, cipher, folder / LAST, number=len(numbers), is_last=True)
    for number in numbers:
        yield _opened(export, cipher, folder / f"{number:08d}", number=number, is_last=False)


def remove(export: Export) -> None:
    """Remove all of it. Idempotent; the key goes first, without which the rest is noise."""
    folder = _folder(export)
    (folder / KEY_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def remove_older_than(age_s: float = (KEPT_DAYS + 1) * 86400) -> int:
    """Remove what lies here for longer than any export is kept: of tenants that are gone, nobody else does; the number of exports removed."""
    old = [path for path in Path(settings.EXPORT_FOLDER).glob("ten_*/exp_*") if path.stat().st_mtime < time.time() - age_s]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _folder(export: Export) -> Path:
    return Path(settings.EXPORT_FOLDER) / export.path


def _put(export: Export, *, name: str, number: int, content: bytes) -> None:
    nonce = os.urandom(NONCE_BYTES)
    place = _place(export, number=number, is_last=name == LAST)
    _write(_folder(export) / name, nonce + _cipher(export).encrypt(nonce, content, place))


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    unfinished.rename(path)


def _opened(export: Export, cipher: AESGCM, path: Path, *, number: int, is_last: bool) -> bytes:
    try:
        sealed = path.read_bytes()
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place(export, number=number, is_last=is_last))
    except (OSError, InvalidTag, ValueError) as fault:
        raise _damaged() from fault


def _cipher(export: Export) -> AESGCM:
    try:
        return AESGCM(sealing.unseal((_folder(export) / KEY_FILE).read_text(), context=_context(export)))
    except (OSError, sealing.Unsealable) as fault:
        raise _damaged() from fault


def _place(export: Export, *, number: int, is_last: bool) -> bytes:
    return f"{export.public_id}|{number}|{'last' if is_last else 'part'}".encode()


def _context(export: Export) -> str:
    return f"audit.export:{export.pk}"


def _damaged() -> ExportDamaged:
    return ExportDamaged("Its file is missing or was altered where it lay. Remove this export and start another.")
