"""Making a tenant's place in its cell: role, schema, tables. Each step looks first, so that it may run again from anywhere.

Nothing here knows of people or of the registry's rows: the steps are put in order, with those of other apps, by `actions.provision_tenant`.
What a place is stands in `places.py`, Django's way to fill it in `tables.py`, the fast way in `template/`; this is their door.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import connections

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import partitions, tables, template
from tenants.advisory import lock_key
from tenants.places import OWNER_ROLE, SEALER_ROLE, Progress, create_schema, drop_place, has_tables
from tenants.problems import BeingMade
from tenants.tables import behind, is_home_migrated, migrate, migrate_home, tenant_app_labels

__all__ = [
    "OWNER_ROLE",
    "SEALER_ROLE",
    "STEPS",
    "Progress",
    "alone",
    "behind",
    "build_place",
    "create_schema",
    "create_tables",
    "drop_place",
    "is_home_migrated",
    "lock_key",
    "migrate",
    "migrate_home",
    "tenant_app_labels",
]

STEPS = ("Create the schema", "Create the tables", "Install the roles", "Invite the owner", "Open the tenant")

log = structlog.get_logger(__name__)


@contextmanager
def alone(ref: TenantRef) -> Iterator[None]:
    """Keep other workers out of this tenant's making. The server lets go by itself when the worker dies.

    Raises BeingMade at once instead of waiting.
    """
    key = lock_key(ref)
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        is_ours = bool(cursor.fetchone()[0])
    if not is_ours:
        raise BeingMade("Another worker is making this tenant. It goes on by itself; look at the operation in a minute.")
    try:
        yield
    finally:
        with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def build_place(ref: TenantRef, *, on_progress: Progress) -> None:
    """Make the role, the schema and all tables at the state of the code, with no rows but those that the migrations put in.

    Idempotent: what is there already is left, and a place that was begun by migrations is finished by them. Raises what the database raises.
    """
    create_schema(ref)
    create_tables(ref, on_progress=on_progress)


def create_tables(ref: TenantRef, *, on_progress: Progress) -> None:
    """Fill an empty schema from the compiled script, in one transaction; anything else is brought up to date by the migrations. Idempotent.

    Where the script cannot be compiled, the migrations do it as well, only slower. Tables that are cut by time have the partitions of today
    afterwards.
    """
    if not has_tables(ref):
        try:
            script = template.compiled(ref.cell, on_progress=on_progress)
        except template.NotCompilable as fault:
            log.warning("template.not_compilable", state=template.current_state(), why=str(fault))
        else:
            template.replay(script.script, ref=ref, on_progress=on_progress)
            return
    tables.migrate(ref, on_progress=on_progress)
    partitions.make(ref)
