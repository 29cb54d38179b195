"""Reading what checks of the log have found: the trail itself tells of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.models import Entry, Head
from audit.verifying import Answer, Depth, Fault, Verification, resting
from kernel.clock import rfc3339
from operations import queries as operations
from operations.models import Operation

VERIFYING = "audit.verify"
NEVER = "never"
AT_ONCE_MAXIMUM = 50_000
"""Entries that are checked while somebody waits for the answer: a second or two."""

TOLD = {
    "audit.chain.verified": Answer.SOUND,
    "audit.verification.failed": Answer.TAMPERED,
    "audit.verification.unsettled": Answer.CANNOT_TELL,
}


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What the newest check found, when, and by which entry it is told; `state` is "never" while there was none."""

    state: str
    checked_at: datetime | None = None
    entry: str = ""
    checked: int = 0
    broken_at: int = 0
    problem: str = ""
    rests_on: str = ""


def last_check() -> LastCheck:
    """The newest check of the active tenant's log."""
    # One look-up for each action: asked for all three at once the database may walk back through the whole trail in the hope of meeting one.
    found = [entry for action in TOLD if (entry := Entry.objects.filter(action=action).order_by("-id").first()) is not None]
    if not found:
        return LastCheck(NEVER)
    newest = max(found, key=lambda entry: entry.pk)
    details = newest.document["details"]
    return LastCheck(
        state=TOLD[newest.action] if not details.get("broken_at") else Answer.TAMPERED,
        checked_at=newest.received_at,
        entry=newest.public_id,
        checked=details["checked"],
        broken_at=details.get("broken_at", 0),
        problem=details.get("problem", ""),
        rests_on=details.get("rests_on", ""),
    )


def running_check() -> Operation | None:
    """The job that checks the active tenant's log now, if there is one."""
    return next((job for job in operations.operations(kind=VERIFYING).order_by("-id")[:5] if not job.is_over), None)


def is_checked_at_once(depth: Depth) -> bool:
    """Whether a check of this depth is over so soon that a caller may wait for it."""
    head = Head.objects.first()
    if head is None:
        return True
    basis = resting.basis(head) if depth is Depth.QUICK else None
    return head.size - (basis.size if basis else 0) <= AT_ONCE_MAXIMUM


def check_document(found: Verification) -> dict[str, Any]:
    """What a check found, as JSON can hold it: for the API, for commands and for the result of a job."""
    basis = found.basis
    return {
        "answer": found.answer,
        "ok": found.ok,
        "checked": found.checked,
        "pending": found.pending,
        "size": found.size,
        "epoch": found.epoch,
        "root": found.root,
        "broken_at": found.broken_at,
        "reason": found.reason,
        "rests_on": None if basis is None else {"entry": basis.entry, "checked_at": rfc3339(basis.checked_at), "size": basis.size},
        "faults": [_fault(fault) for fault in found.faults],
        "doubts": [_fault(doubt) for doubt in found.doubts],
        "removed": [
            {
                "stage": one.stage,
                "first_seq": one.first_seq,
                "last_seq": one.last_seq,
                "removed_at": rfc3339(one.removed_at),
                "basis": one.basis,
            }
            for one in found.removed
        ],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "check": fault.check, "seq": fault.seq, "entry": fault.entry, "what": fault.what, "expected": fault.expected, "found": fault.found,
    }  # fmt: skip
