"""Entries that wait for their seal: the only ones that the log does not cover yet, so that their MACs and their queue are all there is."""

from uuid import UUID

from django.db import connections

from audit.verifying import reading
from audit.verifying.findings import Check, Findings
from audit.verifying.rows import Checker, Row
from kernel import tenancy

NIL = UUID(int=0)
GHOSTS = """
SELECT q.entry_id FROM audit_queuedentry q WHERE NOT EXISTS (SELECT FROM audit_entry e WHERE e.id = q.entry_id)
   AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = q.entry_id) ORDER BY q.entry_id LIMIT 1
"""


def check(*, since: UUID, size: int, checker: Checker, findings: Findings) -> int:
    """Check entries without a seal whose id is at least `since`; how many wait."""
    waiting = 0
    for block in reading.waiting(since=since):
        for row, said in checker.faults(block):
            findings.fault(Check.TEXT, size + 1, said.what, expected=said.expected, found=said.found, entry=row.shown_id)
        for row in (Row(*raw) for raw in block):
            if row.chain != reading.QUEUED:
                what = f"the entry {row.shown_id} has no seal, and the sealer does not know of it"
                findings.fault(
                    Check.TEXT, size + 1, what, expected="a seal, or a place in the queue", found="neither", entry=row.shown_id
                )
        waiting += len(block)
    _check_ghosts(size=size, findings=findings)
    return waiting


def _check_ghosts(*, size: int, findings: Findings) -> None:
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(GHOSTS)
        found = cursor.fetchone()
    if found is not None:
        what = f"an entry that waited for its seal is missing: {found[0]}"
        findings.fault(Check.TEXT, size + 1, what, expected="an entry", found="its place in the queue alone")
