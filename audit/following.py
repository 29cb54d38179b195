"""Following the log: what reads on from where it stopped, over sealed entries and never over ids.

Ids are given before commits, so whoever reads "greater than the last id" never sees what commits later (31 % of rows in a measurement, ADR 7).
`seq` is given by the sealer after the commit, without gaps. A consumer's place is a row, and it works once at a time: who is quick keeps the row
locked (`advance`); who waits for others, such as a target on the network, takes a lease in the row instead (`claim`), so that no transaction
stays open. After a crash a consumer begins again behind the last batch that it finished; so what it does with an entry must bear being done twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import F, Q, QuerySet

from audit.models import Cursor, Entry, Head, Seal
from kernel import clock, tenancy

BATCH = 500
FAULT_MAXIMUM = 500
FREE = {"leased_by": "", "leased_until": None}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed entry: its place, its hashes (32 bytes each), and the entry itself; `entry` is None once its body was pruned."""

    seq: int
    leaf: bytes
    chain: bytes
    sealed_at: datetime
    entry_id: UUID
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A consumer's next entries, those behind the place `after`, taken on by one worker; `attempts` counts the faults before.

    `holder` is the name of this claim, which no other has.
    """

    name: str
    holder: str
    after: int
    attempts: int
    entries: list[Sealed]


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
    entries = [] if cursor is None else read_after(cursor.seq, limit=batch)
    if cursor is None or not entries:
        return 0
    work(entries)
    cursor.seq, cursor.attempts, cursor.fault, cursor.not_before = entries[-1].seq, 0, "", None
    cursor.moved_at = clock.now()
    cursor.save()
    return len(entries)


@tenancy.atomic
def claim(name: str, *, lease: timedelta, batch: int = BATCH) -> Claim | None:
    """Take on a consumer's next entries, to deal with them outside of any transaction, as one that nobody else works for until the lease ends.

    None when no entries wait, when its time has not come, or when it is at work elsewhere. `finish` moves its place, `give_back` says what went
    wrong; who is killed leaves the entries to the next one when the lease ends. Work that lasts renews it with `renew`.
    """
    cursor = _locked(name)
    entries = [] if cursor is None else read_after(cursor.seq, limit=batch)
    if cursor is None or not entries:
        return None
    cursor.leased_by, cursor.leased_until = uuid4().hex, clock.now() + lease
    cursor.save(update_fields=["leased_by", "leased_until"])
    return Claim(name, cursor.leased_by, cursor.seq, cursor.attempts, entries)


@tenancy.atomic
def renew(claimed: Claim, *, lease: timedelta) -> bool:
    """Keep a claim for longer; False when it is lost: the consumer was put elsewhere or removed, or another worker came when the lease had ended."""
    return bool(_claimed(claimed).update(leased_until=clock.now() + lease))


@tenancy.atomic
def finish(claimed: Claim) -> bool:
    """Move a consumer behind the entries of a claim, and end it; False when it was lost meanwhile, which leaves the place as it is."""
    seq, now = claimed.entries[-1].seq, clock.now()
    return bool(_claimed(claimed).update(seq=seq, attempts=0, fault="", not_before=None, moved_at=now, **FREE)) or _release(claimed)


@tenancy.atomic
def give_back(claimed: Claim, *, fault: str, wait: timedelta) -> bool:
    """End a claim because of a fault, which is noted, and when its consumer may try again; False when it was lost meanwhile: nothing is noted."""
    noted = {"attempts": F("attempts") + 1, "fault": fault[:FAULT_MAXIMUM], "not_before": clock.now() + wait}
    return bool(_claimed(claimed).update(**noted, **FREE)) or _release(claimed)


@tenancy.atomic
def postpone(name: str, *, fault: str, wait: timedelta) -> None:
    """Note that a consumer failed, and when it may try again; its place stays."""
    Cursor.objects.filter(name=name).update(attempts=F("attempts") + 1, fault=fault[:FAULT_MAXIMUM], not_before=clock.now() + wait)


@tenancy.atomic
def place(name: str, *, seq: int) -> None:
    """Put a consumer at a place, e.g. to send everything behind it again. Waits for a batch that it is dealing with.

    A claim is lost by that; its worker goes on from the new place, and nobody else begins before it has noticed or its lease has ended.
    """
    Cursor.objects.update_or_create(
        name=name, defaults={"seq": seq, "attempts": 0, "fault": "", "not_before": None, "moved_at": clock.now()}
    )


@tenancy.atomic
def forget(name: str) -> None:
    """Remove the place of a consumer that is no more. Waits for a batch that it is dealing with; a claim is lost by that."""
    Cursor.objects.filter(name=name).delete()


def place_of(name: str) -> Cursor | None:
    """Where a consumer stands; None before its first entry."""
    return Cursor.objects.filter(name=name).first()


def is_free(cursor: Cursor) -> bool:
    """Whether a consumer's time has come, and nobody works for it by a lease."""
    now = clock.now()
    return all(moment is None or moment <= now for moment in (cursor.not_before, cursor.leased_until))


def free() -> Q:
    """The same as a condition on cursors."""
    now = clock.now()
    return (Q(not_before=None) | Q(not_before__lte=now)) & (Q(leased_until=None) | Q(leased_until__lte=now))


def _claimed(claimed: Claim) -> QuerySet[Cursor]:
    """The cursor of a claim, as long as it is not lost."""
    return Cursor.objects.filter(name=claimed.name, leased_by=claimed.holder, seq=claimed.after)


def _release(claimed: Claim) -> bool:
    """Let others work for a consumer that was put elsewhere; always False."""
    Cursor.objects.filter(name=claimed.name, leased_by=claimed.holder).update(**FREE)
    return False


def _locked(name: str) -> Cursor | None:
    """A consumer's place, locked, when it may work now."""
    found = Cursor.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if found is None and not Cursor.objects.filter(name=name).exists():
        found, _ = Cursor.objects.get_or_create(name=name)
    return found if found is not None and is_free(found) else None
