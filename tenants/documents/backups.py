"""Copies of tenants as documents."""

from typing import Any

from kernel.clock import rfc3339, rfc3339_or_none
from tenants.models import Backup


def of_backup(backup: Backup) -> dict[str, Any]:
    """A copy as a map. Its path is left out: it is nobody's business but the server's."""
    return {
        "id": backup.public_id,
        "tenant": backup.tenant.public_id,
        "tenant_slug": backup.tenant.slug,
        "kind": backup.kind,
        "state": backup.state,
        "cell": backup.cell,
        "region": backup.region,
        "table_count": backup.table_count,
        "row_count": backup.row_count,
        "size_bytes": backup.size_bytes,
        "manifest_sha256": backup.manifest_sha256,
        "lsn": backup.lsn,
        "taken_at": rfc3339(backup.taken_at),
        "expires_at": rfc3339_or_none(backup.expires_at),
        "verified_at": rfc3339_or_none(backup.verified_at),
        "verify_ms": backup.verify_ms,
        "fault": backup.fault,
        "version": backup.version,
    }
