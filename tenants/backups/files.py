"""Where copies lie: below one folder per region, so that a copy stays under the law of the place that it was taken at.

A file is written under a temporary name, brought to the disk and then renamed: what has its final name is whole. Files are readable by their
owner alone, and so are the folders.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings

from kernel import ids
from kernel.clock import now
from tenants.models import Backup
from tenants.problems import BackupNotReady

SUFFIX = ".copy"
UNFINISHED = ".unfinished"
REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def folder_of(region: str) -> Path:
    """The folder of a region's copies: as BACKUP_FOLDERS says, else below BACKUP_FOLDER."""
    if not REGION.match(region):
        raise ValueError(f"{region!r} cannot be the name of a folder")
    return Path(settings.BACKUP_FOLDERS.get(region) or Path(settings.BACKUP_FOLDER) / region)


def path_of(backup: Backup) -> Path:
    """Where a copy's file is, or will be."""
    return folder_of(backup.region) / backup.path


def present(backup: Backup) -> Path:
    """The same for a copy that can be read. Raises BackupNotReady."""
    path = path_of(backup)
    if backup.state != "ready" or not path.is_file():
        missing = "its file is not in its folder" if backup.state == "ready" else f"it is {backup.state}"
        raise BackupNotReady(f"This copy cannot be read: {missing}. Take another one, or choose another.", state=backup.state)
    return path


def new_path(tenant_id: UUID, *, backup_id: UUID) -> str:
    """The path of a new copy below its region's folder, e.g. `ten_…/20260131T120000Z-bak_….copy`."""
    return f"{ids.show('ten', tenant_id)}/{now():%Y%m%dT%H%M%SZ}-{ids.show('bak', backup_id)}{SUFFIX}"


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that has its name only once the block ended well; what was written of it is removed otherwise."""
    _make_folder(path.parent)
    unfinished = path.with_name(path.name + UNFINISHED)
    unfinished.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        _sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def take_in(source: Path, target: Path) -> None:
    """Copy a file of somebody else's into the folders of copies."""
    with source.open("rb") as given, writing(target) as file:
        shutil.copyfileobj(given, file, 1024 * 1024)


def remove(path: Path) -> None:
    """Remove a copy's file, what was begun of it, and its folder when that is empty. Idempotent."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + UNFINISHED).unlink(missing_ok=True)
    try:
        path.parent.rmdir()
    except OSError:
        return  # other copies lie there, or it is gone already


def idle_s(path: Path) -> float | None:
    """Seconds since something was written of a copy that is not finished; None when there is no such file."""
    try:
        return time.time() - path.with_name(path.name + UNFINISHED).stat().st_mtime
    except FileNotFoundError:
        return None


def _make_folder(folder: Path) -> None:
    """The folder and those above it, for their owner alone where they are new."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk as well."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
