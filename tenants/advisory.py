"""The advisory locks of home and of cells. Each is a number that all who use a database share, so they stand in one place."""

from django.db import connections

from kernel import tenancy
from kernel.tenancy import TenantRef

OPENING_RUNS = 0x666C656574
"""Of home: two runs of the fleet begun at once would migrate the same tenants."""
ADDING_CELLS = 0x66686365
"""Of home: two cells added at once could take the same database under two names."""
COMPILING = 0x4648544D
"""Of a cell: one compiler of the template at a time, which clears away what one that died has left."""


def lock_key(ref: TenantRef) -> int:
    """The key of the lock that whoever changes a tenant's tables holds in its cell; 64 bits with a sign."""
    return int.from_bytes(ref.id.bytes[8:], signed=True)


def hold_in_home(key: int) -> None:
    """Wait for a lock of home and keep it until the running transaction ends."""
    with connections[tenancy.HOME].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
