"""The first stage: the bodies of a month go, and their seals stay, so that chain, tree and all proofs remain as they were.

One transaction of the owner: who is killed in it has removed nothing. What is held is copied, the record is written, and the month is dropped
last, because dropping keeps everybody waiting who writes entries; it gives up after a moment when somebody reads the month.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connections
from psycopg import sql

from audit import forgetting, holds, partitions
from audit.models import Entry, HeldEntry, LegalHold, PersonKey, Pruning
from audit.retention import months, periods
from audit.retention.months import MonthPlan
from kernel import clock, tenancy

STAGE = "bodies"
LOCK_MS = 1000
LOCK = sql.SQL("LOCK TABLE {month} IN SHARE ROW EXCLUSIVE MODE")
DROP = sql.SQL("DROP TABLE {month}")
SLACK = timedelta(minutes=1)
"""By which the moment in an entry's id may lie before the moment that it was received."""

WAIT = f"SET LOCAL lock_timeout = {LOCK_MS}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A month that is locked and ready to go: what it is, and the record of it, already written."""

    plan: MonthPlan
    record: Pruning


def prepare(name: str, *, standing: list[LegalHold]) -> Prepared | MonthPlan:
    """Lock a month, copy what is held, and write the record, in the running transaction of the owner; the plan of one that stays.

    Raises OperationalError when the month is in use.
    """
    month = next((month for month in partitions.months() if month.name == name), None)
    if month is None or month.is_rest:
        return MonthPlan(name=name, ends_at=None, size_bytes=0, entries=0, why_kept="There is no such month any more.")
    _run(WAIT)
    _run(LOCK.format(month=sql.Identifier(month.name)))
    policies = periods.policies()
    plan = months.plan(month, policies=policies, holds=standing)
    if not plan.is_due:
        return plan
    held = holds.copy_from(month.name, holds=standing)
    record = Pruning.objects.create(
        stage=STAGE, partition=month.name, first_seq=plan.first_seq, last_seq=plan.last_seq, number=plan.entries, held=held,
        policies=months.removed_by(month, policies=policies), pruned_at=clock.now(),
    )  # fmt: skip
    return Prepared(plan, record)


def drop(prepared: Prepared) -> int:
    """Drop the month and destroy the keys of its days, in the same transaction; the number of keys. Raises OperationalError when it is in use."""
    _run(DROP.format(month=sql.Identifier(prepared.plan.name)))
    return close_days(before=prepared.plan.ends_at or datetime.min.replace(tzinfo=UTC))


def close_days(*, before: datetime) -> int:
    """Destroy the keys of days before a moment of which no entry and no held copy is left; the number."""
    known = PersonKey.objects.filter(ref__startswith="day_").exclude(sealed="").values_list("ref", flat=True)
    days = {ref: day for ref in known if (day := _day_of(ref)) is not None and day + timedelta(days=1) <= before}
    return forgetting.close(ref for ref, day in days.items() if not _has_left(day)) if days else 0


def _day_of(ref: str) -> datetime | None:
    """The beginning of the day that a key is for; None for a key that only begins like one."""
    try:
        return datetime.strptime(ref, "day_%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _has_left(day: datetime) -> bool:
    end = day + timedelta(days=1)
    low, high = partitions.lowest_id(day - SLACK), partitions.lowest_id(end)
    held = HeldEntry.objects.filter(received_at__gte=day, received_at__lt=end)
    return held.exists() or Entry.objects.filter(id__gte=low, id__lt=high, received_at__gte=day).exists()


def _run(statement: str | sql.Composable) -> None:
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(statement)
