"""The months of the trail: partitions of its table, cut by the id of an entry, whose first 48 bits are milliseconds (RFC 9562 section 5.7).

What makes a month stands in the tenant's schema (migration 0004) and may be called by the owner of the tables alone. Months are made ahead, so that
no entry waits for its month; an entry for which there is none goes to the rest, and from there to its month as soon as that is made.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from kernel import tenancy

AHEAD = 2
"""Months that stand ready beside the running one."""

LOCK_MS = 2000
MAKE = "SELECT audit_make_partitions(%s)"
MONTHS = r"""
SELECT c.relname, substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([0-9a-f-]+)''\)')::uuid,
       substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([0-9a-f-]+)''\)')::uuid
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_entry'::regclass
 ORDER BY 3 NULLS LAST
"""


@dataclass(frozen=True, slots=True)
class Month:
    """A partition: ids from `low` (None: from the first) up to but not including `high`. The rest, for ids of no month, has neither."""

    name: str
    low: UUID | None
    high: UUID | None

    @property
    def is_rest(self) -> bool:
        """Whether it takes what belongs in no month."""
        return self.high is None


def make(*, ahead: int = AHEAD) -> int:
    """Make the months up to `ahead` behind the running one in the place that is entered as its owner; returns how many were missing.

    Idempotent. Never keeps others waiting for long: gives up with OperationalError when a table is in use, to be tried again later.
    """
    with tenancy.atomic(), connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
        cursor.execute(MAKE, [ahead])
        made: int = cursor.fetchone()[0]
    return made


def make_everywhere() -> None:
    """The same in every place, those that wait for a tenant among them. A place that is being changed otherwise is left to the next round."""
    import_string(settings.EACH_PLACE_ALONE)(make)


def months() -> list[Month]:
    """The partitions of the active tenant's trail, the oldest first, the rest last."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(MONTHS)
        return [Month(*row) for row in cursor.fetchall()]


def lowest_id(moment: datetime) -> UUID:
    """The least id that an entry of a moment can have: where a month begins, at the first of it."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def moment_of(bound: UUID) -> float:
    """The second since 1970 (UTC) that an id was given in."""
    return (bound.int >> 80) / 1000
