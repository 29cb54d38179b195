"""How full a cell is: what its tenants take on disk, what the catalog has grown to, what its connections may take in memory."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.conf import settings

from kernel import clock
from kernel.problems import Unavailable
from tenants import queries
from tenants.placement import opening
from tenants.placement.checking import WORKER_PROCESSES

TENANT_BYTES_PER_BACKEND = 1024 * 1024
"""Private memory that PostgreSQL keeps in a connection for each tenant that it has served; measured, see `docs/benchmarks.md`."""

MEASURED = """
SELECT pg_database_size(current_database()),
       (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
         WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared),
       (SELECT count(*) FROM pg_class),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       current_setting('max_connections')::int
"""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Sizes in bytes. `memory_bytes` is what all connections of this installation to the cell may grow to."""

    cell: str
    capacity: int
    tenant_count: int
    spare_count: int
    database_bytes: int
    catalog_bytes: int
    relation_count: int
    connections: int
    max_connections: int
    backend_bytes: int
    memory_bytes: int
    asked_at: datetime

    @property
    def full_percent(self) -> float:
        """How full it is, by its number of tenants."""
        return round(100 * self.tenant_count / max(1, self.capacity), 1)

    @property
    def bytes_per_tenant(self) -> int | None:
        """What a place takes on disk, the catalog left out; None where there is none."""
        places = self.tenant_count + self.spare_count
        return (self.database_bytes - self.catalog_bytes) // places if places else None


def measure(name: str) -> Capacity:
    """Measure a cell now. Raises CellNotFound, Unavailable."""
    load = queries.load(name)
    try:
        with opening.opened(opening.entry_of(name)) as connection:
            row = connection.execute(MEASURED).fetchone()
    except psycopg.Error as fault:
        first = str(fault).strip().partition("\n")[0]
        raise Unavailable(f"The database of {name} does not answer: {first}.", cell=name) from fault
    size, catalog, relations, in_use, allowed = row if row is not None else (0,) * 5
    backend = min(load.tenant_count, settings.TENANTS_PER_CONNECTION) * TENANT_BYTES_PER_BACKEND
    kept = min(settings.SHELVED_CONNECTIONS, load.tenant_count // settings.TENANTS_PER_CONNECTION) * backend
    return Capacity(
        cell=name,
        capacity=load.capacity,
        tenant_count=load.tenant_count,
        spare_count=load.spare_count,
        database_bytes=int(size),
        catalog_bytes=int(catalog),
        relation_count=int(relations),
        connections=int(in_use),
        max_connections=int(allowed),
        backend_bytes=backend,
        memory_bytes=backend * (settings.WEB_WORKERS * settings.WEB_THREADS + WORKER_PROCESSES) + kept * settings.WEB_WORKERS,
        asked_at=clock.now(),
    )
