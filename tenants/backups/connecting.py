"""A connection beside the others: a copy reads for as long as it takes, while the operation that it belongs to tells how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef

# What the text of values depends on: with these, the same row gives the same text on any server, and so the same checksum.
PLAIN = (
    "SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false), set_config('IntervalStyle', 'postgres', false),"
    " set_config('extra_float_digits', '1', false), set_config('bytea_output', 'hex', false), set_config('statement_timeout', '0', false),"
    " set_config('lock_timeout', '10s', false), set_config('idle_in_transaction_session_timeout', '0', false)"
)


@contextmanager
def owning(ref: TenantRef) -> Iterator[Any]:
    """A psycopg connection of its own, in autocommit mode, that stands in a place as the owner of its tables. Closed at the end."""
    wrapper = connections[ref.cell].copy()
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        wrapper.ensure_connection()
        try:
            wrapper.connection.execute(PLAIN)
            yield wrapper.connection
        finally:
            wrapper.close()
