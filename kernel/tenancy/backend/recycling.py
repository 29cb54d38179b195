"""Connections are full when they have served enough tenants: then they are closed, or kept for these very tenants (`shelf`).

PostgreSQL keeps what it has read of each table's definition for as long as a connection lives, and gives nothing back on `DISCARD ALL`: about
1 MiB for each tenant, so that one connection that serves a thousand of them holds a gigabyte. A new connection costs 5 ms (ADR 21). The count
is kept on the raw connection, with which it dies, and which may pass through a pool.
"""

from typing import Any

from django.conf import settings
from psycopg import OperationalError, pq

from kernel.tenancy.backend.results import done

ENTERED = "freehold_entered"
# What would be lost with the session though no transaction is open: advisory locks, and cursors that outlive their transaction.
LEANS_ON_SESSION = b"""
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) OR EXISTS (SELECT FROM pg_cursors)
"""


def note(raw: Any, schema: str) -> None:
    """Remember that a raw connection has entered a schema; asked at each switch."""
    vars(raw).setdefault(ENTERED, set()).add(schema)


def has_entered(raw: Any, schema: str) -> bool:
    """Whether a raw connection has entered a schema before."""
    return schema in vars(raw).get(ENTERED, ())


def tenants(raw: Any) -> int:
    """How many schemas a raw connection has entered."""
    return len(vars(raw).get(ENTERED, ()))


def is_worn(raw: Any) -> bool:
    """Whether a raw connection has entered so many schemas that it should enter no more, and nobody leans on its session."""
    if tenants(raw) < settings.TENANTS_PER_CONNECTION:
        return False
    if raw.pgconn.transaction_status != pq.TransactionStatus.IDLE:
        return False
    try:
        return bool(done(raw.pgconn.exec_(LEANS_ON_SESSION)).get_value(0, 0) == b"f")
    except OperationalError:
        return True  # nobody leans on what is gone
