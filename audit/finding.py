"""Finding entries, newest first, at a price that does not grow with the trail.

`WHERE … ORDER BY id DESC LIMIT 26` leaves PostgreSQL a bet: walk back through all entries until enough match, or collect every match and sort.
Either is right for some filters and takes seconds for others, and statistics tell common from rare badly. So the bet is not offered:

1. Without filters, or with one that has an index in the order of the list, the list is read from that index.
2. Otherwise the newest entries are looked through, a few hundred, then a few thousand: what is common is found there. If one of several filters
   has such an index, only entries that it gives are looked through.
3. What is not, is rare there; so matches are collected by index, month by month into the past, each step twice as long as the one before.

Every step is bounded, and all of them together by a time limit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import OperationalError, connections
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, Collate
from psycopg.errors import QueryCanceled

from audit import holds, personal
from audit.filters import Filters, lowest_id
from audit.following import Sealed
from audit.models import Entry
from audit.problems import SearchTooLong
from kernel import tenancy

LOOKED_THROUGH = (250, 2000)
FIRST_STEP = timedelta(days=31)
PATIENCE_MS = 5000
SUCCESS = "success"
IN_ORDER = frozenset({"action", "actor", "subject"})
SPAN = frozenset({"since", "until"})
AFTER_COLLECTING = Collate(Cast("id", TextField()), "C").desc()
"""The order of the list in a form that no index has, so that PostgreSQL collects what matches and never walks all entries in the hope of it."""
LIMITED = "SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true)"
UNLIMITED = "SET LOCAL statement_timeout TO DEFAULT; SET LOCAL jit TO DEFAULT"


def newest(filters: Filters, *, before: UUID | None = None, limit: int) -> list[Entry]:
    """Up to `limit` entries that are meant, newest first, below an id if one is given. Raises SearchTooLong."""
    if _is_in_order(filters):
        return list(filters.apply(_below(before)).order_by("-id")[:limit])
    with _patience():
        return _by_steps(filters, before=before, limit=limit)


def meant(read: list[Sealed], *, filters: Filters) -> list[Sealed]:
    """Those of some sealed entries that the filters mean, in their order.

    One whose month was removed is among them when a legal hold kept its body; without a body it is meant by nobody.
    """
    chosen = _in_trail([sealed.entry.pk for sealed in read if sealed.entry is not None], filters=filters)
    gone = {sealed.entry_id for sealed in read if sealed.entry is None}
    whole = holds.restored(read) if gone else read
    copies = [sealed.entry for sealed in whole if sealed.entry is not None and sealed.entry_id in gone]
    chosen |= {copy.pk for copy, shown in zip(copies, personal.opened_all(copies), strict=True) if filters.matches(shown)}
    return [sealed for sealed in whole if sealed.entry_id in chosen]


def _in_trail(bodies: list[UUID], *, filters: Filters) -> set[UUID]:
    if not filters.given or not bodies:
        return set(bodies)
    among = Entry.objects.filter(pk__in=bodies, id__gte=min(bodies), id__lte=max(bodies))
    return set(filters.apply(among).values_list("pk", flat=True))


def _is_in_order(filters: Filters) -> bool:
    """Whether one index gives what is meant in the order of the list."""
    chosen = filters.given.keys() - SPAN
    return not chosen or (len(chosen) == 1 and chosen <= IN_ORDER and not filters.action.endswith("*"))


def _below(before: UUID | None) -> QuerySet[Entry]:
    return Entry.objects.all() if before is None else Entry.objects.filter(id__lt=before)


def _by_steps(filters: Filters, *, before: UUID | None, limit: int) -> list[Entry]:
    found: list[Entry] = []
    low: UUID | None = None
    for number in LOOKED_THROUGH:
        rows = _walked(filters, filters.within(_below(before)))
        low = rows.order_by("-id").values_list("id", flat=True)[number - 1 : number].first()
        found = list(filters.apply(rows if low is None else rows.filter(id__gte=low)).order_by("-id")[:limit])
        if low is None or len(found) == limit:
            return found
    return found + _collected(filters, below=low, limit=limit - len(found))


def _walked(filters: Filters, rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """The entries of the one index in the order of the list that serves the filters best; all of them where there is none."""
    if filters.subject:
        return rows.filter(subject=filters.subject)
    if filters.actor:
        return rows.filter(actor_id=filters.actor)
    if filters.outcome not in {"", SUCCESS}:
        return rows.filter(outcome=filters.outcome)
    return rows.filter(action=filters.action) if filters.action and not filters.action.endswith("*") else rows


def _collected(filters: Filters, *, below: UUID | None, limit: int) -> list[Entry]:
    """What is left below an id, by steps into the past."""
    found: list[Entry] = []
    oldest = filters.within(_below(below)).order_by("id").values_list("id", flat=True).first()
    step = FIRST_STEP
    while oldest is not None and below is not None and below > oldest and len(found) < limit:
        low = _earlier(below, step=step)
        rows = Entry.objects.filter(id__gte=low, id__lt=below)
        found += filters.narrowed(rows).order_by(AFTER_COLLECTING)[: limit - len(found)]
        below, step = low, step * 2
    return found


def _earlier(entry_id: UUID, *, step: timedelta) -> UUID:
    """The lowest id of the moment that lies a step before that of an id."""
    seconds = max(0.0, (entry_id.int >> 80) / 1000 - step.total_seconds())
    return lowest_id(datetime.fromtimestamp(seconds, UTC))


@contextmanager
def _patience() -> Iterator[None]:
    """No statement of the block takes longer than five seconds. Raises SearchTooLong where one would."""
    try:
        with tenancy.atomic(), connections[tenancy.current_alias()].cursor() as cursor:
            cursor.execute(LIMITED, [str(PATIENCE_MS)])
            yield
            cursor.execute(UNLIMITED)
    except OperationalError as fault:
        if not isinstance(fault.__cause__, QueryCanceled):
            raise
        raise SearchTooLong(
            "Narrow it down: choose a shorter time, one actor or one action, or look for a longer word.", patience_ms=PATIENCE_MS
        ) from fault
