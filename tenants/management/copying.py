"""Putting a copy's file where somebody at a terminal wants it."""

import os
from pathlib import Path
from uuid import UUID

from kernel.actors import Actor
from kernel.problems import Invalid
from tenants import actions, queries
from tenants.backups import archive, files
from tenants.models import Backup

PRIVATE_FILE = 0o600
PIECE = 1024 * 1024


def require_free(to: Path | None, *, plain: bool) -> None:
    """Refuse a target before anything is done for it. Raises Invalid."""
    if to is None and plain:
        raise Invalid("--plain says how the file is put somewhere; say where with --to FILE.")
    if to is not None and (to.exists() or not to.absolute().parent.is_dir()):
        raise Invalid(f"{to} exists already, or its folder does not. Name a new file.")


def hand_out(backup_id: UUID, *, to: Path, plain: bool, actor: Actor) -> str:
    """Write a copy to a new file that only we can read; its path. Platform is active. Raises what `hand_out_backup` raises, BackupDamaged."""
    backup = actions.hand_out_backup(backup_id, form=actions.PLAIN if plain else actions.SEALED, actor=actor)
    source = files.present(backup)
    with os.fdopen(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE), "wb") as target:
        for piece in archive.plain_pieces(source) if plain else archive.sealed_pieces(source):
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return str(to)


def undo_taking_in(backup: Backup) -> None:
    """Remove the file of a copy whose row was rolled back; a copy that has a row keeps its file."""
    if not queries.backups().filter(id=backup.id).exists():
        files.remove(files.path_of(backup))
