"""Following the log: what reads on from where it stopped, over sealed entries and never over ids.

Ids are given before commits, so whoever reads "greater than the last id" never sees what commits later (31 % of rows in a measurement, ADR 7).
`seq` is given by the sealer after the commit, without gaps. A consumer's place is a row that is locked while it works: it works once at a time,
and after a crash it begins again behind the last batch that it finished; so what it does with an entry must bear being done twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from audit.models import Cursor, Entry, Head, Seal
from kernel import clock, tenancy

BATCH = 500
FAULT_MAXIMUM = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed entry: its place, its hashes (32 bytes each), and the entry itself; `entry` is None once its body was pruned."""

    seq: int
    leaf: bytes
    chain: bytes
    sealed_at: datetime
    entry_id: UUID
    entry: Entry | None


def read_after(seq: int, *, limit: int = BATCH, until: int | None = None) -> list[Sealed]:
    """Sealed entries behind a place, in order; at most `limit`, and none behind `until`."""
    found = Seal.objects.filter(seq__gt=seq)
    seals = list((found if until is None else found.filter(seq__lte=until)).order_by("seq")[:limit])
    bodies = {entry.pk: entry for entry in Entry.objects.filter(pk__in=[seal.entry_id for seal in seals])}
    return [
        Sealed(seal.seq, bytes(seal.leaf), bytes(seal.chain), seal.sealed_at, seal.entry_id, bodies.get(seal.entry_id))
        for seal in seals
    ]


def log_size() -> int:
    """How many entries are sealed."""
    return Head.objects.values_list("size", flat=True).first() or 0


@tenancy.atomic
def advance(name: str, work: Callable[[list[Sealed]], None], *, batch: int = BATCH) -> int:
    """Let a consumer deal with its next entries, in one transaction with its place; the number dealt with.

    0 when none wait, when its time has not come, or when it is at work elsewhere. What `work` raises undoes both; call `postpone` then.
    """
    cursor = _locked(name)
    if cursor is None or (cursor.not_before is not None and cursor.not_before > clock.now()):
        return 0
    entries = read_after(cursor.seq, limit=batch)
    if not entries:
        return 0
    work(entries)
    cursor.seq, cursor.attempts, cursor.fault, cursor.not_before = entries[-1].seq, 0, "", None
    cursor.moved_at = clock.now()
    cursor.save()
    return len(entries)


@tenancy.atomic
def postpone(name: str, *, fault: str, wait: timedelta) -> None:
    """Note that a consumer failed, and when it may try again; its place stays."""
    Cursor.objects.filter(name=name).update(attempts=F("attempts") + 1, fault=fault[:FAULT_MAXIMUM], not_before=clock.now() + wait)


@tenancy.atomic
def place(name: str, *, seq: int) -> None:
    """Put a consumer at a place, e.g. to send everything behind it again. Waits for a batch that it is dealing with."""
    Cursor.objects.update_or_create(
        name=name, defaults={"seq": seq, "attempts": 0, "fault": "", "not_before": None, "moved_at": clock.now()}
    )


@tenancy.atomic
def forget(name: str) -> None:
    """Remove the place of a consumer that is no more. Waits for a batch that it is dealing with."""
    Cursor.objects.filter(name=name).delete()


def place_of(name: str) -> Cursor | None:
    """Where a consumer stands; None before its first entry."""
    return Cursor.objects.filter(name=name).first()


def _locked(name: str) -> Cursor | None:
    found = Cursor.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if found is None and not Cursor.objects.filter(name=name).exists():
        found, _ = Cursor.objects.get_or_create(name=name)
    return found
