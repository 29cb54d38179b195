"""Whose turn it is at a tenant's log: whoever seals, signs or begins an epoch does it alone, for the length of a transaction."""

from django.db import connections

from kernel import tenancy

PLACE = "hashtextextended(%s, 7100)"


def try_take() -> bool:
    """Take the turn until the running transaction ends, unless somebody else has it."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({PLACE})", [tenancy.current().schema])
        return bool(cursor.fetchone()[0])


def take() -> None:
    """Wait for the turn, which nobody has for longer than a batch takes, and keep it until the running transaction ends."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({PLACE})", [tenancy.current().schema])
