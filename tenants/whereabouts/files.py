"""Looks for the copies of a tenant: those that the registry knows, and files in its folders that it does not know."""

from collections.abc import Iterator
from pathlib import Path

from kernel.clock import rfc3339
from tenants.backups import files
from tenants.models import Backup, BackupState, Region, Tenant
from tenants.whereabouts.places import Place, PlaceKind

FILES_MAXIMUM = 1000


def places(tenant: Tenant) -> Iterator[Place]:
    """Every copy that is not removed, and every other file in the tenant's folders, region by region."""
    known = set()
    for backup in Backup.objects.filter(tenant=tenant).exclude(state=BackupState.REMOVED):
        path = files.path_of(backup)
        known.add(path)
        yield _of_backup(backup, path=path)
    for region in Region.objects.order_by("code"):
        for path in _files(region.code, tenant=tenant):
            if path not in known:
                evidence = {"file": path.name, "bytes": path.stat().st_size, "known": False}
                yield Place(PlaceKind.BACKUP, str(path.parent.name), region=region.code, evidence=evidence)


def _of_backup(backup: Backup, *, path: Path) -> Place:
    exists = path.is_file()
    evidence = {
        "file": path.name,
        "exists": exists,
        "bytes": path.stat().st_size if exists else 0,
        "kind": backup.kind,
        "state": backup.state,
        "taken_at": rfc3339(backup.taken_at),
        "expires_at": None if backup.expires_at is None else rfc3339(backup.expires_at),
        "known": True,
    }
    return Place(PlaceKind.BACKUP, backup.public_id, region=backup.region, evidence=evidence)


def _files(region: str, *, tenant: Tenant) -> list[Path]:
    folder = files.folder_of(region) / tenant.public_id
    return sorted(path for path in folder.iterdir() if path.is_file())[:FILES_MAXIMUM] if folder.is_dir() else []
