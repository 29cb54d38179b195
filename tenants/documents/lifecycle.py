"""How tenants end, as documents."""

from typing import Any

from kernel.clock import rfc3339, rfc3339_or_none
from tenants.documents.tenants import of_tenant
from tenants.models import Backup, Erasure, Tenant
from tenants.queries import DeletionPreview


def of_begun(tenant: Tenant, *, operation: str | None) -> dict[str, Any]:
    """A tenant and the operation that works on it; None where there is none to wait for."""
    return {**of_tenant(tenant), "operation": operation}


def of_deletion(preview: DeletionPreview) -> dict[str, Any]:
    """What a deletion takes and what stays until when. `is_deleting` says whether it was asked for already."""
    tenant, contents = preview.tenant, preview.contents
    return {
        "tenant": tenant.public_id,
        "slug": tenant.slug,
        "state": tenant.state,
        "is_deleting": tenant.state == "deleting",
        "grace_days": preview.grace_days,
        "delete_after": rfc3339(preview.delete_after),
        "goes": {
            "people": contents.people,
            "api_keys": contents.api_keys,
            "trail_entries": contents.entries,
            "tables": contents.tables,
            "rows": contents.rows or preview.archived_rows,
            "bytes": contents.size_bytes,
            "hosts": preview.hosts,
            "backups": [_copy(backup) for backup in preview.backups],
        },
        "stays": {
            "final_copy_until": rfc3339(preview.final_copy_until),
            "hosts_kept_from_others_until": rfc3339(preview.hosts_kept_until),
            "tombstone": "Id, slug, dates and the proof of erasure stay for good.",
        },
    }


def of_erasure(erasure: Erasure) -> dict[str, Any]:
    """The proof that a tenant was erased, with the digest that stands in the operator's trail."""
    return {
        "tenant": erasure.tenant.public_id,
        "slug": erasure.tenant.slug,
        "purged_at": rfc3339(erasure.purged_at),
        "last_backup_expires_at": rfc3339_or_none(erasure.last_backup_expires_at),
        "sha256": erasure.sha256,
        "proof": erasure.proof,
    }


def _copy(backup: Backup) -> dict[str, Any]:
    return {
        "id": backup.public_id,
        "kind": backup.kind,
        "bytes": backup.size_bytes,
        "taken_at": rfc3339(backup.taken_at),
        "expires_at": rfc3339_or_none(backup.expires_at),
    }
