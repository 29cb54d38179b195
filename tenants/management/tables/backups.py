"""Copies as tables."""

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from tenants.management.tables.parts import coloured, headed
from tenants.models import Backup


def of_backups(rows: Iterable[Backup]) -> Table:
    """One line per copy."""
    table = headed("Id", "Tenant", "Kind", "State", "Taken", "Rows", "Bytes", "Tried", "Kept until")
    for row in rows:
        table.add_row(
            row.public_id,
            row.tenant.slug,
            row.kind,
            coloured(row.state),
            f"{row.taken_at:%Y-%m-%d %H:%M}",
            f"{row.row_count:,}",
            f"{row.size_bytes:,}",
            _tried(row),
            "" if row.expires_at is None else f"{row.expires_at:%Y-%m-%d}",
        )
    return table


def of_backup(row: Backup) -> Table:
    """All about one copy, a line per fact."""
    table = Table(show_header=False, box=None, pad_edge=False)
    facts = {
        "Tenant": row.tenant.slug,
        "Kind": row.kind,
        "State": coloured(row.state),
        "Fault": escape(row.fault),
        "Taken": f"{row.taken_at:%Y-%m-%d %H:%M:%S} UTC",
        "Tried": _tried(row),
        "Kept until": "" if row.expires_at is None else f"{row.expires_at:%Y-%m-%d %H:%M} UTC",
        "Region": row.region,
        "Cell": row.cell,
        "Tables": str(row.table_count),
        "Rows": f"{row.row_count:,}",
        "Bytes": f"{row.size_bytes:,}",
        "Manifest": row.manifest_sha256,
        "Log position": row.lsn,
        "Id": row.public_id,
    }
    for label, value in facts.items():
        if value:
            table.add_row(f"[dim]{label}[/]", value)
    return table


def _tried(row: Backup) -> str:
    if row.fault and row.state == "ready":
        return "[red]damaged[/]"
    return "" if row.verified_at is None else f"{row.verified_at:%Y-%m-%d %H:%M}, {row.verify_ms} ms"
