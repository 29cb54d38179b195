"""How tenants end, as tables."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tenants.management.tables.parts import headed, line
from tenants.queries import DeletionPreview


def of_deletion(preview: DeletionPreview) -> Table:
    """What a deletion takes, and what stays until when; a line per fact."""
    contents = preview.contents
    return _facts(
        {
            "Tenant": preview.tenant.slug,
            "People": str(contents.people),
            "API keys": str(contents.api_keys),
            "Entries of its trail": str(contents.entries),
            "Rows in all": f"{contents.rows or preview.archived_rows} in {len(contents.tables)} tables, {contents.size_bytes // 1024} KiB",
            "Hosts that stop answering": ", ".join(preview.hosts),
            "Backups that go": ", ".join(backup.public_id for backup in preview.backups) or "none",
            "Can be undone until": f"{preview.delete_after:%Y-%m-%d %H:%M} UTC ({preview.grace_days} days)",
            "A final copy is kept until": f"{preview.final_copy_until:%Y-%m-%d %H:%M} UTC",
            "Hosts are kept from others until": f"{preview.hosts_kept_until:%Y-%m-%d %H:%M} UTC",
            "Stays for good": "id, slug, dates, and the proof of erasure",
        }
    )


def of_erasure(document: Mapping[str, Any]) -> Text:
    """The proof of an erasure, a line per fact, none broken: the digest is there to be copied."""
    proof = document["proof"]
    facts = {
        "Tenant": f"{document['slug']} ({document['tenant']})",
        "Purged": document["purged_at"],
        "Asked by": str(proof["asked_by"]),
        "There was": _numbers(proof["there_was"]),
        "Removed": _numbers(proof["removed"]),
        "Found afterwards": _numbers(proof["found_afterwards"]),
        "Last copy expires": document["last_backup_expires_at"] or "no copy is left",
        "SHA-256": document["sha256"],
    }
    return line("\n".join(f"{label:<18}{value}" for label, value in facts.items()))


def of_outcomes(rows: Iterable[Mapping[str, str]]) -> Table:
    """One line per tenant of a change of many."""
    table = headed("Tenant", "Outcome", "State", "Why")
    for row in rows:
        table.add_row(escape(row["tenant"]), row["outcome"], row.get("state", ""), escape(row.get("why", "")))
    return table


def _numbers(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())


def _facts(facts: Mapping[str, str]) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in facts.items():
        table.add_row(f"[dim]{label}[/]", escape(value))
    return table
