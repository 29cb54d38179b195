"""Which months of the trail may go, and why the others stay. Asked as the owner of the tables; nothing is changed.

A month goes as a whole, when the period of every category in it is over for its last entry. There is nothing finer than a month.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections
from psycopg import sql

from audit import partitions
from audit.holds import count_in
from audit.models import LegalHold, RetentionPolicy
from audit.partitions import Month
from audit.retention import periods
from audit.streams.delivery import lowest_place
from kernel import clock, tenancy

SIZE = "SELECT pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint FROM pg_class c WHERE c.oid = to_regclass(%s)"
HAS = sql.SQL("SELECT category FROM {month} WHERE category = ANY(%s) LIMIT 1")
# Rows that are older than categories: what their actions mean is known to the code alone.
NAMELESS = sql.SQL("SELECT DISTINCT action FROM {month} WHERE category = ''")
UNSEALED = sql.SQL("SELECT count(*) FROM {month} e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)")
UNCOPIED = sql.SQL("SELECT count(*) FROM {month} e JOIN audit_mirrored m ON m.entry_id = e.id")
EXTENT = sql.SQL(
    "SELECT count(*), coalesce(min(s.seq), 0), coalesce(max(s.seq), 0) FROM {month} e JOIN audit_seal s ON s.entry_id = e.id"
)
NUMBERS = sql.SQL("SELECT category, action, count(*) FROM {month} GROUP BY category, action")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPlan:
    """What would become of a month: `why_kept` says in words what keeps it, and is empty when it may go.

    `entries` is exact when it may go, and an estimate of the database otherwise; so are `first_seq`, `last_seq` and `held` (entries that a legal hold
    names, which are copied first) 0 then. `ends_at` is the moment after its last entry, None for the rest, which takes what belongs in no month.
    """

    name: str
    ends_at: datetime | None
    size_bytes: int
    entries: int
    first_seq: int = 0
    last_seq: int = 0
    held: int = 0
    why_kept: str = ""

    @property
    def is_due(self) -> bool:
        """Whether it may go now."""
        return not self.why_kept


def plans(*, holds: list[LegalHold]) -> list[MonthPlan]:
    """What would become of each month of the active tenant's trail, entered as its owner; the oldest first."""
    policies = periods.policies()
    return [plan(month, policies=policies, holds=holds) for month in partitions.months()]


def plan(month: Month, *, policies: Mapping[str, RetentionPolicy], holds: list[LegalHold]) -> MonthPlan:
    """The same for one month."""
    size_bytes, estimate = _row(SIZE, [month.name])
    ends_at = None if month.high is None else datetime.fromtimestamp(partitions.moment_of(month.high), tz=UTC)
    kept = next(_kept_by_age(month, ends_at=ends_at, policies=policies), "")
    if kept:
        return MonthPlan(name=month.name, ends_at=ends_at, size_bytes=size_bytes, entries=estimate, why_kept=kept)
    number, first, last = _row(_about(EXTENT, month))
    return MonthPlan(
        name=month.name, ends_at=ends_at, size_bytes=size_bytes, entries=number, first_seq=first, last_seq=last,
        held=count_in(month.name, holds=holds), why_kept=next(_kept_by_others(month, last_seq=last), ""),
    )  # fmt: skip


def removed_by(month: Month, *, policies: Mapping[str, RetentionPolicy]) -> dict[str, dict[str, Any]]:
    """The policies under which a month goes, by category, each with the number of its entries."""
    found: dict[str, dict[str, Any]] = {}
    for stored, action, number in _rows(_about(NUMBERS, month)):
        name = periods.category_of(action, stored=stored)
        known = found.setdefault(name, {**periods.document(policies[name]), "number": 0})
        known["number"] += number
    return found


def _kept_by_age(month: Month, *, ends_at: datetime | None, policies: Mapping[str, RetentionPolicy]) -> Iterator[str]:
    """Cheap questions first: a month that stays is looked at every day."""
    now = clock.now()
    if ends_at is None or ends_at + timedelta(days=1) > now:
        yield "It is running, or still to come."
        return
    until = {name: _end(policy, ends_at=ends_at) for name, policy in policies.items()}
    late = sorted(name for name, moment in until.items() if moment is None or moment > now)
    if len(late) == len(until):
        ends = [moment for moment in until.values() if moment is not None]
        yield (
            f"No category's period is over before {min(ends):%Y-%m-%d}."
            if ends
            else "No policy is set, so everything is kept for good."
        )
    found = _rows(_about(HAS, month), [late])
    if found:
        yield _stays(found[0][0], until=until[found[0][0]])
    for (action,) in _rows(_about(NAMELESS, month)):
        name = periods.category_of(action, stored="")
        if name not in until or name in late:
            yield _stays(name, until=until.get(name))


def _kept_by_others(month: Month, *, last_seq: int) -> Iterator[str]:
    unsealed, uncopied = _row(_about(UNSEALED, month))[0], _row(_about(UNCOPIED, month))[0]
    if unsealed:
        yield f"{unsealed} of its entries have no seal yet."
    if uncopied:
        yield f"{uncopied} of its entries have still to be copied to the platform's trail."
    place = lowest_place()
    if place is not None and place < last_seq:
        yield f"A stream has sent up to place {place} only. It is waited for until its next entry has been sealed for 7 days."


def _end(policy: RetentionPolicy, *, ends_at: datetime) -> datetime | None:
    """When the period of a category is over for the last entry of a month; None for never."""
    return ends_at + timedelta(days=policy.body_days) if policy.body_days else None


def _stays(category: str, *, until: datetime | None) -> str:
    if until is None:
        return f"It has entries of the category {category}, which are kept for good."
    return f"It has entries of the category {category}, which are kept until {until:%Y-%m-%d}."


def _about(statement: sql.SQL, month: Month) -> sql.Composed:
    return statement.format(month=sql.Identifier(month.name))


def _row(statement: str | sql.Composable, values: list[Any] | None = None) -> tuple[Any, ...]:
    return _rows(statement, values)[0]


def _rows(statement: str | sql.Composable, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
