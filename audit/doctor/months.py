"""Whether every entry has a month to go to, now and in the time to come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.db import connections
from psycopg import sql

from audit import partitions
from audit.doctor.findings import Lack
from audit.models import Pruning
from audit.partitions import Month
from kernel import clock, tenancy

MAKE = "Run `manage.py audit make-months`; if it fails, it says why. Worker and beat do it daily."
LOOSE = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r' AND NOT c.relispartition
   AND starts_with(c.relname, 'audit_entry_') ORDER BY c.relname
"""


def lacks() -> Iterator[Lack]:
    """What the active tenant's log lacks of room."""
    ref, found = tenancy.current(), partitions.months()
    rest = [month for month in found if month.is_rest]
    cut = [month for month in found if not month.is_rest]
    with connections[ref.cell].cursor() as cursor:
        cursor.execute(LOOSE, [ref.schema])
        for (name,) in cursor.fetchall():
            yield Lack(
                "months", name, "It is not attached to the trail, so that its entries are not found.", _attach(ref.schema, name)
            )
        if not rest:
            yield Lack("months", "audit_entry", "There is no rest: an entry of no month would be refused.", MAKE)
        for month in rest:
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(month.name)))
            number = cursor.fetchone()[0]
            if number:
                yield Lack("months", month.name, f"{number} entries came before there was a month for them.", MAKE)
    yield from _holes(cut)
    if not cut or cut[-1].high < partitions.lowest_id(_next_but_one(clock.now())):  # type: ignore[operator]  # a month has an end
        yield Lack("months", "audit_entry", f"There is room until {_end(cut)} only.", MAKE)


def _holes(cut: list[Month]) -> Iterator[Lack]:
    gone = set(Pruning.objects.filter(stage="bodies").values_list("partition", flat=True))
    for earlier, later in pairwise(cut):
        if earlier.high != later.low and not _names(earlier, later) <= gone:
            detail = f"A month is missing between {earlier.name} and {later.name}."
            yield Lack(
                "months", "audit_entry", detail, "Find out who detached it, and attach it again with the bounds that are left out."
            )


def _names(earlier: Month, later: Month) -> set[str]:
    """The months between two that should be neighbours; those that were removed because their time was over are no hole."""
    found: set[str] = set()
    if earlier.high is None or later.low is None:
        return found
    moment = datetime.fromtimestamp(partitions.moment_of(earlier.high), tz=UTC)
    while partitions.lowest_id(moment) < later.low:
        found.add(f"audit_entry_y{moment:%Y}m{moment:%m}")
        moment = (moment + timedelta(days=32)).replace(day=1)
    return found


def _next_but_one(now: datetime) -> datetime:
    """The first moment of the month after the next: the running month and the next must be there."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(2):
        first = (first + timedelta(days=32)).replace(day=1)
    return first


def _end(cut: list[Month]) -> str:
    if not cut or cut[-1].high is None:
        return "now"
    return datetime.fromtimestamp(partitions.moment_of(cut[-1].high), tz=clock.now().tzinfo).date().isoformat()


def _attach(schema: str, name: str) -> str:
    return (
        f"Find out who detached it, verify the log, then run as the owner: ALTER TABLE {schema}.audit_entry ATTACH PARTITION {schema}.{name}"
        " FOR VALUES FROM (…) TO (…), with the bounds between its neighbours."
    )
