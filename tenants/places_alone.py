"""Upkeep of places: a chore done in each of them, alone with it.

Whoever makes, migrates or restores a place holds the same lock, so that tables never change under a change. A tenant that moves is left out for
as long: what is made in the old place meanwhile would not be carried over.
"""

from collections.abc import Callable, Iterator

import structlog
from django.db import connections

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import places, provisioning, queries
from tenants.models import SpareState
from tenants.moves import servers
from tenants.problems import BeingMade

IS_PUBLISHED = "SELECT EXISTS (SELECT FROM pg_publication WHERE pubname = %s)"

log = structlog.get_logger(__name__)


def each(work: Callable[[], object]) -> None:
    """Do a chore as the owner of the tables in every tenant's place and in every place that waits for a tenant.

    What goes wrong in one is logged and does not keep the others waiting; a place that somebody else changes, or whose cell is away, is left
    to the next round.
    """
    for ref in _all():
        if tenancy.breaker.is_open(ref.cell):
            log.info("chore.skipped", tenant=ref.slug, why=f"{ref.cell} is away")
            continue
        try:
            with provisioning.alone(ref), tenancy.activate(ref, purpose=Purpose.MIGRATE):
                if not _is_moving(ref):
                    work()
        except BeingMade:
            log.info("chore.skipped", tenant=ref.slug, why="it is being made, moved or migrated")
        except Exception:
            log.exception("chore.failed", tenant=ref.slug, chore=getattr(work, "__qualname__", str(work)))
        tenancy.rest()


def _all() -> Iterator[TenantRef]:
    """Spares are looked up last: one that a tenant takes meanwhile is met once at least."""
    yield from [tenant.ref() for tenant in queries.complete_tenants()]
    for spare in list(queries.spares(state=SpareState.READY)):
        yield places.ref_of(spare.cell_id, schema=spare.schema, tenant_id=spare.id)


def _is_moving(ref: TenantRef) -> bool:
    """Whether its tables are offered for copying: so they are from the first row that is copied until the old place is left."""
    with connections[ref.cell].cursor() as cursor:
        cursor.execute(IS_PUBLISHED, [servers.name_of(ref.id)])
        return bool(cursor.fetchone()[0])
