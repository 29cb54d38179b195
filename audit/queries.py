"""Reading."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate

from audit.chain import START, leaf_of, link
from audit.models import Entry, Head, Mirrored, QueuedEntry, Seal
from audit.problems import EntryNotFound
from audit.sealing import mac_of
from kernel import clock, tenancy

BATCH = 2000
ID_MAX = 80  # characters of an id that its column holds


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the chain reaches: sealed entries, entries that wait, and the last link as 64 hex digits."""

    sealed: int
    pending: int
    head_hex: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the chain found. `broken_at` is the sequence number of the first fault, 0 when all is well."""

    checked: int
    broken_at: int
    reason: str

    @property
    def ok(self) -> bool:
        """Whether nothing was altered, removed or put in."""
        return self.broken_at == 0


def entries(
    *,
    q: str = "",
    action: str = "",
    outcome: str = "",
    actor_id: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Entry]:
    """The tenant's trail. `q` searches actor, subject, action and request id; `action` may end in `*`; `until` is exclusive."""
    found = Entry.objects.all()
    if q:
        found = found.filter(
            Q(actor_label__icontains=q) | Q(subject_label__icontains=q) | Q(subject=q) | Q(action__icontains=q) | Q(request_id=q)
        )
    if action.endswith("*"):
        found = found.filter(action__startswith=action[:-1])
    elif action:
        found = found.filter(action=action)
    exact = {"outcome": outcome, "actor_id": actor_id, "subject": subject}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if since is not None:
        found = found.filter(received_at__gte=since)
    if until is not None:
        found = found.filter(received_at__lt=until)
    return found


def entry(entry_id: UUID) -> Entry:
    """One entry. Raises EntryNotFound."""
    found = Entry.objects.filter(pk=entry_id).first()
    if found is None:
        raise EntryNotFound("Check the id; entries belong to the tenant in whose trail they stand.")
    return found


def seal_of(found: Entry) -> Seal | None:
    """The seal of an entry, or None while it waits for one."""
    return Seal.objects.filter(entry_id=found.pk).first()


def seals_of(found: list[Entry]) -> dict[UUID, Seal]:
    """The seals of several entries by entry id, in one query."""
    return {seal.entry_id: seal for seal in Seal.objects.filter(entry_id__in=[row.pk for row in found])}


def chain() -> Chain:
    """The present state of the chain."""
    head = Head.objects.first()
    pending = QueuedEntry.objects.count()
    return Chain(sealed=0, pending=pending, head_hex="") if head is None else Chain(head.size, pending, bytes(head.chain).hex())


def per_day(*, days: int) -> list[tuple[str, int]]:
    """Entries per day for the last `days` days, oldest first, as (ISO date, number); days without any are there with 0."""
    today = clock.now().date()
    first = today - timedelta(days=days - 1)
    counted = dict(
        Entry.objects.filter(received_at__date__gte=first)
        .annotate(day=TruncDate("received_at"))
        .values_list("day")
        .annotate(number=Count("id"))
        .order_by("day")
    )
    return [(day.isoformat(), counted.get(day, 0)) for day in (first + timedelta(days=offset) for offset in range(days))]


@tenancy.atomic
def verify() -> Verification:
    """Check the whole chain against the entries: text, MAC, leaf, link, order, end.

    Reads in batches of 2,000, so memory stays flat. The head is read first: what is sealed meanwhile stands behind it and is left to the next
    check. Finds altered, removed, inserted and reordered entries, and a cut tail as long as the head was not cut with it (step to checkpoints
    held by the tenant: ADR 7).
    """
    head = Head.objects.first()
    size, end = (0, START) if head is None else (head.size, bytes(head.chain))
    checked, previous = 0, START
    while batch := list(Seal.objects.filter(seq__gt=checked, seq__lte=size).order_by("seq")[:BATCH]):
        bodies = {row.pk: row for row in Entry.objects.filter(pk__in=[seal.entry_id for seal in batch])}
        for seal in batch:
            reason = _fault(seal, expected_seq=checked + 1, previous=previous, body=bodies.get(seal.entry_id))
            if reason:
                return Verification(checked=checked, broken_at=checked + 1, reason=reason)
            checked, previous = seal.seq, bytes(seal.chain)
    if (checked, previous) != (size, end):
        return Verification(checked=checked, broken_at=checked + 1, reason=f"the chain ends at {checked}, its head says {size}")
    if _has_strays():
        return Verification(checked=checked, broken_at=checked + 1, reason="there are seals outside the chain")
    return Verification(checked=checked, broken_at=0, reason="")


def has_mirrored() -> bool:
    """Whether an entry waits to be copied to the platform's trail."""
    return Mirrored.objects.exists()


def mirrored() -> list[Entry]:
    """Entries whose copy the platform's trail still lacks, oldest first; at most 500."""
    waiting = list(Mirrored.objects.order_by("entry_id").values_list("entry_id", flat=True)[:500])
    return list(Entry.objects.filter(pk__in=waiting).order_by("id"))


def _fault(seal: Seal, *, expected_seq: int, previous: bytes, body: Entry | None) -> str:
    """Why a seal does not hold; empty when it does."""
    if seal.seq != expected_seq:
        return f"seal {expected_seq} is missing"
    if body is None:
        return f"the entry of seal {seal.seq} is missing"
    if not hmac.compare_digest(bytes(body.mac), mac_of(body.canonical)):
        return f"the text of entry {body.public_id} was altered"
    if bytes(seal.leaf) != leaf_of(body.canonical):
        return f"the leaf of seal {seal.seq} does not match its entry"
    if bytes(seal.chain) != link(previous, bytes(seal.leaf)):
        return f"seal {seal.seq} is not linked to the one before it"
    return _projection_fault(body)


def _projection_fault(body: Entry) -> str:
    """The columns are what lists show and searches find: each of them must say what the text says."""
    document = body.document
    actor, subject, where = document["actor"], document["subject"], document["context"]
    said = (
        document["action"], document["outcome"], document["occurred_at"], actor["kind"], actor["id"][:ID_MAX], actor["label"],
        subject["id"][:ID_MAX], subject["label"], where["request_id"], where["address"],
    )  # fmt: skip
    shown = (
        body.action, body.outcome, clock.rfc3339(body.received_at), body.actor_kind, body.actor_id, body.actor_label,
        body.subject, body.subject_label, body.request_id, body.address,
    )  # fmt: skip
    return "" if shown == said else f"the columns of entry {body.public_id} do not say what its text says"


def _has_strays() -> bool:
    """Whether a seal stands before the first place or behind the head; one statement, so that a sealer at work is never seen half-way."""
    size = Coalesce(Subquery(Head.objects.values("size")[:1]), 0)
    return Seal.objects.filter(Q(seq__lt=1) | Q(seq__gt=size)).exists()
