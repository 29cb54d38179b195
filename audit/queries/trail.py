"""Reading the trail: entries, their seals, the state of the log."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from audit import holds
from audit.filters import SLACK_S, Filters, lowest_id
from audit.models import Entry, Head, HeldEntry, Mirrored, QueuedEntry, Seal
from audit.problems import EntryNotFound
from kernel import clock


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the chain reaches: sealed entries, entries that wait, and the last link as 64 hex digits."""

    sealed: int
    pending: int
    head_hex: str


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
    """The tenant's trail; the filters as in `Filters`. A list of it is read with `newest`, at a price that does not grow with the trail."""
    filters = Filters(q=q, action=action, outcome=outcome, actor=actor_id, subject=subject, since=since, until=until)
    return filters.apply(Entry.objects.all())


def entry(entry_id: UUID) -> Entry:
    """One entry; one whose month was removed is there when a legal hold kept it. Raises EntryNotFound."""
    found = Entry.objects.filter(pk=entry_id).first() or _held(entry_id)
    if found is None:
        raise EntryNotFound("Check the id; entries belong to the tenant in whose trail they stand.")
    return found


def _held(entry_id: UUID) -> Entry | None:
    copy = HeldEntry.objects.filter(pk=entry_id).first()
    return None if copy is None else holds.entry_of(copy)


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
    start = datetime.combine(first, time.min, tzinfo=UTC)
    counted = dict(
        Entry.objects.filter(received_at__gte=start, id__gte=lowest_id(start, shift_s=-SLACK_S))
        .annotate(day=TruncDate("received_at"))
        .values_list("day")
        .annotate(number=Count("id"))
        .order_by("day")
    )
    return [(day.isoformat(), counted.get(day, 0)) for day in (first + timedelta(days=offset) for offset in range(days))]


def has_mirrored() -> bool:
    """Whether an entry waits to be copied to the platform's trail."""
    return Mirrored.objects.exists()


def mirrored() -> list[Entry]:
    """Entries whose copy the platform's trail still lacks, oldest first; at most 500."""
    waiting = list(Mirrored.objects.order_by("entry_id").values_list("entry_id", flat=True)[:500])
    return list(Entry.objects.filter(pk__in=waiting).order_by("id"))
